#include "cli/prompt.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <vector>

#include "../temporary_folder.hpp"
#include "cli/failure.hpp"

namespace host::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const boost::json::object form = boost::json::parse(R"({
  "type": "object", "required": ["client_id", "client_secret", "port"],
  "properties": {
    "client_id": {"type": "string", "title": "Client ID"},
    "client_secret": {"type": "string", "title": "Client secret", "writeOnly": true},
    "port": {"type": "integer"},
    "note": {"type": "string", "title": "Note"}}})")
                                     .as_object();

class Scripted : public Terminal {
 public:
  explicit Scripted(bool person) : person_(person) {}
  bool interactive() const override { return person_; }
  Secret ask_hidden(std::string_view title) override {
    asked.emplace_back(title);
    return Secret("hidden-answer");
  }
  Secret read_standard_input() override { return Secret(piped); }
  std::vector<std::string> asked;
  std::string piped;

 private:
  bool person_;
};

TEST(ConnectionInput, AsksAPersonForWhatIsRequiredAndMissing) {
  Scripted terminal(true);
  const auto input = read_connection_input("", form, terminal, [&](std::string_view title) {
    terminal.asked.emplace_back(title);
    return title == "port" ? "443" : "abc";
  });
  EXPECT_THAT(terminal.asked, ElementsAre("Client ID", "port", "Client secret"));
  EXPECT_EQ(boost::json::serialize(input),
            R"({"client_id":"abc","port":443,"client_secret":"hidden-answer"})");
}

TEST(ConnectionInput, AsksNobodyWhenNobodyIsThere) {
  Scripted terminal(false);
  const auto input = read_connection_input(R"({"client_id": "abc"})", form, terminal,
                                           [](std::string_view) -> std::string {
                                             ADD_FAILURE() << "asked";
                                             return {};
                                           });
  EXPECT_EQ(boost::json::serialize(input), R"({"client_id":"abc"})");
  EXPECT_THAT(terminal.asked, IsEmpty());
}

TEST(ConnectionInput, TakesAWholeObjectFromStandardInput) {
  Scripted terminal(true);
  terminal.piped = R"({"client_id": "a", "client_secret": "b"})";
  const auto input = read_connection_input("-", form, terminal, [](std::string_view) {
    ADD_FAILURE() << "asked";
    return std::string();
  });
  EXPECT_EQ(input.at("client_secret").as_string(), "b");
}

TEST(ConnectionInput, RefusesASecretInPlainSight) {
  Scripted terminal(false);
  try {
    (void)read_connection_input(R"({"client_secret": "visible"})", form, terminal,
                                [](std::string_view) { return std::string(); });
    ADD_FAILURE() << "was accepted";
  } catch (const InputRefused &refused) {
    EXPECT_EQ(refused.pointer, "/client_secret");
    EXPECT_EQ(std::string(refused.what()).find("visible"), std::string::npos);
  }
}

TEST(ConnectionInput, ReadsASecretFromItsFile) {
  const TemporaryFolder folder;
  Scripted terminal(false);
  const std::string file = folder.file("secret", "from-file\n");
  ASSERT_EQ(::chmod(file.c_str(), S_IRUSR | S_IWUSR), 0);
  const auto input = read_connection_input("{\"client_secret\": \"@" + file + "\"}", form, terminal,
                                           [](std::string_view) { return std::string(); });
  EXPECT_EQ(input.at("client_secret").as_string(), "from-file");
}

TEST(ConnectionInput, TellsWhereTheJsonIsWrong) {
  Scripted terminal(false);
  EXPECT_THROW((void)read_connection_input("{'a'}", form, terminal,
                                           [](std::string_view) { return std::string(); }),
               CommandFailure);
}

TEST(AskForMissing, KeepsWhatDoesNotFitForTheSchemaToRefuse) {
  boost::json::object input;
  ask_for_missing(input, form, [](std::string_view title) {
    return title == "port" ? std::string("[1]") : std::string();
  });
  EXPECT_EQ(boost::json::serialize(input), R"({"port":"[1]"})");
}

}  // namespace
}  // namespace host::cli
