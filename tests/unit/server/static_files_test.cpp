#include "server/static_files.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "../temporary_folder.hpp"

namespace host::server {
namespace {

namespace fs = std::filesystem;

class Ui : public testing::Test {
 protected:
  void write(const std::string &name, const std::string &text) const {
    fs::create_directories((folder.path() / name).parent_path());
    std::ofstream(folder.path() / name) << text;
  }
  static HttpAnswer get(const StaticFiles &files, const std::string &path,
                        const std::string &tag = {}) {
    IncomingRequest request;
    request.method = "GET";
    request.path = path;
    if (!tag.empty()) request.headers.emplace("if-none-match", tag);
    return files.answer(request);
  }
  static std::string header(const HttpAnswer &answer, std::string_view name) {
    for (const auto &[known, value] : answer.headers)
      if (known == name) return value;
    return {};
  }
  TemporaryFolder folder;
};

TEST_F(Ui, IsNotInstalledWithoutItsPage) {
  EXPECT_FALSE(StaticFiles("").installed());
  EXPECT_FALSE(StaticFiles("/nowhere").installed());
  write("assets/app-1.js", "x");
  EXPECT_FALSE(StaticFiles(folder.path()).installed());
}

TEST_F(Ui, KeepsWhatHasItsHashInItsName) {
  write("index.html", "<page>");
  write("assets/app-1.js", "code");
  const StaticFiles files(folder.path());
  ASSERT_TRUE(files.installed());
  EXPECT_EQ(get(files, "/").body, "<page>");
  EXPECT_EQ(get(files, "/index.html").body, "<page>");
  EXPECT_EQ(header(get(files, "/"), "Cache-Control"), "no-cache");
  EXPECT_EQ(get(files, "/assets/app-1.js").type, "text/javascript; charset=utf-8");
  EXPECT_NE(header(get(files, "/assets/app-1.js"), "Cache-Control").find("immutable"),
            std::string::npos);
  const std::string tag = header(get(files, "/"), "ETag");
  EXPECT_EQ(get(files, "/", tag).status, 304);
  EXPECT_EQ(get(files, "/", "\"another\"").status, 200);
}

TEST_F(Ui, HasNoFileThatWasNotThereAtTheStart) {
  write("index.html", "<page>");
  fs::create_symlink("/etc/passwd", folder.path() / "link");
  const StaticFiles files(folder.path());
  write("later.txt", "late");
  for (const char *path : {"/later.txt", "/link", "/../index.html", "/./index.html", "//",
                           "/assets", "", "index.html"})
    EXPECT_EQ(get(files, path).status, 404) << path;
}

TEST_F(Ui, IsLookedForBesideTheProgram) {
  write("web/index.html", "<page>");
  EXPECT_EQ(find_web_folder("", folder.path() / "connector-host"), folder.path() / "web");
  EXPECT_EQ(find_web_folder("/chosen", folder.path() / "connector-host"), "/chosen");
  EXPECT_EQ(find_web_folder("", folder.path() / "other" / "connector-host"), "");
}

}  // namespace
}  // namespace host::server
