#include "server/link_files.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

#include "../temporary_folder.hpp"

namespace host::server {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr const char *url = "http://127.0.0.1:7117/#/open/the-token";

class Links : public testing::Test {
 protected:
  std::size_t count() const {
    std::size_t files = 0;
    for ([[maybe_unused]] const auto &entry : fs::directory_iterator(folder.path())) ++files;
    return files;
  }
  std::string text(const std::string &name) const {
    std::ifstream file(folder.path() / name);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  TemporaryFolder folder;
};

TEST_F(Links, AreForTheirOwnerAloneAndTheNameTellsNothing) {
  LinkFiles files(folder.path());
  const std::string name = files.add("the-token", url, 1h);
  EXPECT_TRUE(LinkFiles::is_name(name)) << name;
  EXPECT_EQ(name.find("token"), std::string::npos);
  EXPECT_EQ(fs::status(folder.path() / name).permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_NE(text(name).find(std::string("content=\"0;url=") + url + '"'), std::string::npos);
  EXPECT_EQ(count(), 1U);
}

TEST_F(Links, GoWhenTheyAreUsed) {
  LinkFiles files(folder.path());
  files.add("one", url, 1h);
  const std::string other = files.add("two", url, 1h);
  files.remove("one");
  files.remove("one");
  files.remove("nothing");
  EXPECT_EQ(count(), 1U);
  EXPECT_TRUE(fs::exists(folder.path() / other));
}

TEST_F(Links, GoWhenTheyWorkNoMore) {
  LinkFiles files(folder.path());
  const std::string lasting = files.add("lasting", url, 1h);
  files.add("short", url, 1s);
  const auto late = std::chrono::steady_clock::now() + 60s;
  while (count() > 1 && std::chrono::steady_clock::now() < late) std::this_thread::sleep_for(20ms);
  EXPECT_EQ(count(), 1U);
  EXPECT_TRUE(fs::exists(folder.path() / lasting));
}

TEST_F(Links, AreBoundedAndTheOldestGoes) {
  LinkFiles files(folder.path());
  const std::string oldest = files.add("oldest", url, 30min);
  for (std::size_t i = 0; i < LinkFiles::most; ++i) files.add(std::to_string(i), url, 1h);
  EXPECT_EQ(count(), LinkFiles::most);
  EXPECT_FALSE(fs::exists(folder.path() / oldest));
}

TEST_F(Links, GoWithTheServerAndWhatAKilledOneLeft) {
  std::string name;
  {
    LinkFiles files(folder.path());
    name = files.add("one", url, 1h);
  }
  EXPECT_EQ(count(), 0U);
  std::ofstream(folder.path() / name) << "left";
  std::ofstream(folder.path() / "open-hours.html") << "somebody else's";
  const LinkFiles files(folder.path());
  EXPECT_EQ(count(), 1U);
}

TEST(LinkName, IsNoOther) {
  for (const char *wrong : {"", "open-.html", "open-0123456789abcdef0123456789abcdeg.html",
                            "../open-0123456789abcdef0123456789abcdef.html",
                            "open-0123456789abcdef0123456789abcdef.html.new"})
    EXPECT_FALSE(LinkFiles::is_name(wrong)) << wrong;
}

}  // namespace
}  // namespace host::server
