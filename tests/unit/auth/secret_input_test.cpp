#include "auth/secret_input.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "data_folder.hpp"

namespace host {
namespace {

namespace json = boost::json;
using test::DataFolder;

class FakeTerminal : public Terminal {
 public:
  bool person = false;
  std::string standard_input;
  std::vector<std::string> asked;
  int reads = 0;

  bool interactive() const override { return person; }
  Secret ask_hidden(std::string_view title) override {
    asked.emplace_back(title);
    return Secret("typed-" + std::string(title));
  }
  Secret read_standard_input() override {
    ++reads;
    return Secret(standard_input);
  }
};

const json::object &schema() {
  static const json::object value = json::parse(R"({
    "type": "object", "required": ["client_id", "client_secret"],
    "properties": {
      "client_id": {"type": "string", "title": "Client ID"},
      "client_secret": {"type": "string", "title": "Client secret", "writeOnly": true},
      "note": {"type": "string"},
      "pin": {"type": "string", "writeOnly": true},
      "nested": {"type": "object", "properties": {"a/b": {"type": "string", "writeOnly": true}}}
    }})")
                                        .as_object();
  return value;
}

std::string read(std::string_view argument, Terminal &terminal) {
  return json::serialize(read_secret_input(argument, schema(), terminal));
}

std::optional<InputRefused> refusal(std::string_view argument, Terminal &terminal) {
  try {
    (void)read_secret_input(argument, schema(), terminal);
  } catch (const InputRefused &refused) {
    return refused;
  }
  return std::nullopt;
}

TEST(SecretInput, FieldsOfASchema) {
  EXPECT_EQ(secret_fields(schema()),
            (std::vector<std::string>{"/client_secret", "/pin", "/nested/a~1b"}));
}

TEST(SecretInput, TheWholeFromStandardInputOrAFile) {
  FakeTerminal terminal;
  terminal.standard_input = R"({"client_id":"me","client_secret":"hush"})";
  EXPECT_EQ(read("-", terminal), R"({"client_id":"me","client_secret":"hush"})");
  const DataFolder folder;
  const auto path =
      folder.write_secret("input.json", R"({"client_id":"me","client_secret":"@literal"})");
  EXPECT_EQ(read("@" + path.string(), terminal),
            R"({"client_id":"me","client_secret":"@literal"})");
}

TEST(SecretInput, OneSecretFromStandardInputOrAFile) {
  FakeTerminal terminal;
  terminal.standard_input = "hush\n";
  EXPECT_EQ(read(R"({"client_id":"me","client_secret":"-"})", terminal),
            R"({"client_id":"me","client_secret":"hush"})");
  const DataFolder folder;
  const auto path = folder.write_secret("secret", "from a file\r\n");
  EXPECT_EQ(read(R"({"client_id":"me","client_secret":"@)" + path.string() + "\"}", terminal),
            R"({"client_id":"me","client_secret":"from a file"})");
  EXPECT_EQ(read(R"({"client_id":"me","nested":{"a/b":"@)" + path.string() + "\"}}", terminal),
            R"({"client_id":"me","nested":{"a/b":"from a file"}})");
}

TEST(SecretInput, AFileThatOthersMayReadIsRefusedAsTheSealingKeyIs) {
  FakeTerminal terminal;
  const DataFolder folder;
  const std::string path = folder.write("secret", "hush").string();
  for (const mode_t mode : {0640, 0604, 0644, 0660}) {
    ASSERT_EQ(::chmod(path.c_str(), mode), 0);
    for (const std::string &argument :
         {"@" + path, R"({"client_id":"me","client_secret":"@)" + path + "\"}"}) {
      const auto refused = refusal(argument, terminal);
      ASSERT_TRUE(refused) << argument;
      EXPECT_NE(std::string(refused->what()).find("chmod 600 " + path), std::string::npos);
      EXPECT_EQ(std::string(refused->what()).find("hush"), std::string::npos);
    }
  }
}

TEST(SecretInput, ACredentialOfSystemdMayHaveAGroup) {
  FakeTerminal terminal;
  const DataFolder folder;
  const std::string path = folder.write("secret", "hush").string();
  ASSERT_EQ(::chmod(path.c_str(), 0440), 0);
  const std::string argument = R"({"client_id":"me","client_secret":"@)" + path + "\"}";
  EXPECT_TRUE(refusal(argument, terminal));
  ::setenv("CREDENTIALS_DIRECTORY", folder.path().c_str(), 1);
  EXPECT_FALSE(refusal(argument, terminal));
  const std::string sibling = folder.path().string() + "-of-others";
  ::setenv("CREDENTIALS_DIRECTORY", sibling.c_str(), 1);
  EXPECT_TRUE(refusal(argument, terminal));
  ::unsetenv("CREDENTIALS_DIRECTORY");
}

TEST(SecretInput, APipeIsRead) {
  FakeTerminal terminal;
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  ASSERT_EQ(::write(ends[1], "hush", 4), 4);
  ::close(ends[1]);
  const std::string argument =
      R"({"client_id":"me","client_secret":"@/dev/fd/)" + std::to_string(ends[0]) + "\"}";
  EXPECT_EQ(read(argument, terminal), R"({"client_id":"me","client_secret":"hush"})");
  ::close(ends[0]);
}

TEST(SecretInput, ASecretInPlainSightIsRefusedWithAdviceAndWithoutRepeatingIt) {
  FakeTerminal terminal;
  terminal.person = true;
  for (const auto *argument :
       {R"({"client_id":"me","client_secret":"hush"})", R"({"client_id":"me","client_secret":""})",
        R"({"client_id":"me","client_secret":{"x":"hush"}})", R"({"client_secret":["hush"]})"}) {
    const auto refused = refusal(argument, terminal);
    ASSERT_TRUE(refused) << argument;
    EXPECT_EQ(refused->pointer, "/client_secret");
    const std::string message = refused->what();
    EXPECT_EQ(message.find("hush"), std::string::npos) << message;
    EXPECT_NE(message.find("@PATH"), std::string::npos) << message;
  }
  const auto nested = refusal(R"({"nested":{"a/b":"hush"},"client_secret":"-"})", terminal);
  ASSERT_TRUE(nested);
}

TEST(SecretInput, APersonIsAskedForWhatIsMissing) {
  FakeTerminal terminal;
  terminal.person = true;
  EXPECT_EQ(read(R"({"client_id":"me"})", terminal),
            R"({"client_id":"me","client_secret":"typed-Client secret"})");
  EXPECT_EQ(terminal.asked, std::vector<std::string>{"Client secret"});  // not the optional pin
  EXPECT_EQ(read("", terminal), R"({"client_secret":"typed-Client secret"})");
}

TEST(SecretInput, NobodyIsAskedWhereNobodyIs) {
  FakeTerminal terminal;
  EXPECT_EQ(read(R"({"client_id":"me"})", terminal), R"({"client_id":"me"})");
  EXPECT_TRUE(terminal.asked.empty());
}

TEST(SecretInput, WhatCannotBeReadIsNamed) {
  FakeTerminal terminal;
  terminal.standard_input = "hush";
  EXPECT_TRUE(refusal("@/no/such/file", terminal));
  EXPECT_TRUE(refusal("{", terminal));
  EXPECT_TRUE(refusal("[]", terminal));
  const auto not_json = refusal("-", terminal);
  ASSERT_TRUE(not_json);
  EXPECT_EQ(std::string(not_json->what()).find("hush"), std::string::npos);
  EXPECT_TRUE(refusal(R"({"client_secret":"@/no/such/file"})", terminal));
  EXPECT_TRUE(refusal(R"({"client_secret":"@/dev/null"})", terminal)) << "an empty secret";
  EXPECT_TRUE(refusal(R"({"client_secret":"@/dev/zero"})", terminal)) << "an endless one";
  EXPECT_TRUE(refusal(R"({"client_secret":"-","pin":"-"})", terminal)) << "standard input twice";
}

// The real terminal: a child of its own session asks, and what is typed must not come back.
TEST(SecretInput, WhatIsTypedIsNotShown) {
  int master = -1;
  const pid_t child = ::forkpty(&master, nullptr, nullptr, nullptr);
  ASSERT_GE(child, 0);
  if (child == 0) {
    const Secret secret = process_terminal()->ask_hidden("Client secret");
    ::_exit(secret.reveal() == "hush hush" && process_terminal()->interactive() ? 0 : 1);
  }
  std::string shown;
  std::array<char, 256> buffer{};
  bool typed = false;
  for (ssize_t got = 0; (got = ::read(master, buffer.data(), buffer.size())) > 0;) {
    shown.append(buffer.data(), static_cast<std::size_t>(got));
    if (!typed && shown.find("Client secret: ") != std::string::npos) {
      typed = true;
      constexpr std::string_view answer = "hush hush\n";
      ASSERT_EQ(::write(master, answer.data(), answer.size()), static_cast<ssize_t>(answer.size()));
    }
  }
  ::close(master);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  EXPECT_TRUE(typed);
  EXPECT_EQ(shown.find("hush"), std::string::npos) << shown;
}

}  // namespace
}  // namespace host
