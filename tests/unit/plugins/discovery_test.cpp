#include "plugins/discovery.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <string>

#include "plugin_folder.hpp"

namespace host {
namespace {

namespace fs = std::filesystem;
using test::PluginFolder;

TEST(Discovery, FilesSideBySide) {
  PluginFolder folder;
  folder.install("good");
  const Discovery found = folder.discover();
  ASSERT_EQ(found.plugins.size(), 1u);
  EXPECT_TRUE(found.problems.empty());
  EXPECT_EQ(found.plugins[0]->id(), "tiny");
  EXPECT_EQ(found.plugins[0]->manifest_path, folder.path() / "tiny.yaml");
  EXPECT_EQ(found.plugins[0]->library_path, folder.path() / "tiny.so");
  EXPECT_EQ(found.searched, std::vector{folder.path()});
}

TEST(Discovery, OneFolderForEachPlugin) {
  PluginFolder folder;
  folder.install("good", "tiny");
  const Discovery found = folder.discover();
  EXPECT_TRUE(found.problems.empty());
  ASSERT_NE(found.find("tiny"), nullptr);
  EXPECT_EQ(found.find("tiny")->library_path, folder.path() / "tiny" / "tiny.so");
  EXPECT_EQ(found.find("huge"), nullptr);
}

TEST(Discovery, NoCodeIsLoaded) {
  PluginFolder folder;
  folder.install("good");
  folder.write("tiny.so", "not a library");
  EXPECT_NE(folder.discover().find("tiny"), nullptr);
}

TEST(Discovery, ABrokenOneIsNamedAndTheOthersStay) {
  PluginFolder folder;
  folder.install("good", "tiny");
  folder.write("cut/cut.yaml", test::tiny_manifest().substr(0, 300));
  folder.write("cut/cut.so", "");
  const Discovery found = folder.discover();
  EXPECT_NE(found.find("tiny"), nullptr);
  ASSERT_EQ(found.problems.size(), 1u);
  const PluginProblem &problem = found.problems[0];
  EXPECT_EQ(problem.code, "P102");
  EXPECT_EQ(problem.plugin, "cut");
  EXPECT_EQ(problem.path, folder.path() / "cut" / "cut.yaml");
  ASSERT_FALSE(problem.manifest_problems.empty());
  EXPECT_NE(problem.sentence().find(problem.manifest_problems[0].message), std::string::npos);
}

TEST(Discovery, EveryKindOfRubbishIsAProblemAndNothingMore) {
  PluginFolder folder;
  folder.write("empty/empty.yaml", "");
  folder.write("binary/binary.yaml", std::string_view("\0\xFF\xFE\x01", 4));
  folder.write("deep/deep.yaml", std::string(100'000, '['));
  folder.write("list/list.yaml", "- 1\n- 2\n");
  fs::create_directory_symlink(folder.path() / "nowhere", folder.path() / "dangling");
  fs::create_symlink(folder.path() / "nowhere", folder.path() / "dangling.yaml");
  fs::create_directories(folder.path() / "folder.yaml");
  const Discovery found = folder.discover();
  EXPECT_TRUE(found.plugins.empty());
  ASSERT_EQ(found.problems.size(), 4u);
  for (const PluginProblem &problem : found.problems) EXPECT_EQ(problem.code, "P102");
}

TEST(Discovery, LibraryMissing) {
  PluginFolder folder;
  folder.install("good");
  fs::remove(folder.path() / "tiny.so");
  const Discovery found = folder.discover();
  EXPECT_TRUE(found.plugins.empty());
  ASSERT_EQ(found.problems.size(), 1u);
  EXPECT_EQ(found.problems[0].code, "P103");
  EXPECT_EQ(found.problems[0].plugin, "tiny");
  EXPECT_NE(found.problems[0].found.find((folder.path() / "tiny.so").string()), std::string::npos);
}

TEST(Discovery, ManifestMissing) {
  PluginFolder folder;
  folder.write("lonely/lonely.so", "x");
  const Discovery found = folder.discover();
  ASSERT_EQ(found.problems.size(), 1u);
  EXPECT_EQ(found.problems[0].code, "P104");
  EXPECT_EQ(found.problems[0].plugin, "lonely");
}

TEST(Discovery, AnotherAbiMajor) {
  PluginFolder folder;
  folder.install("good");
  std::string text = test::tiny_manifest();
  const std::string major = "abi_major: 1";
  text.replace(text.find(major), major.size(), "abi_major: 2");
  folder.write("tiny.yaml", text);
  const Discovery found = folder.discover();
  EXPECT_TRUE(found.plugins.empty());
  ASSERT_EQ(found.problems.size(), 1u);
  EXPECT_EQ(found.problems[0].code, "P105");
}

TEST(Discovery, TheSameIdTwiceTheFirstDirectoryWinsAndTheOtherIsTold) {
  PluginFolder first;
  PluginFolder second;
  first.install("good");
  second.install("good");
  const std::array directories{second.path(), first.path()};
  const Discovery found = discover(directories);
  ASSERT_EQ(found.plugins.size(), 1u);
  EXPECT_EQ(found.plugins[0]->manifest_path, second.path() / "tiny.yaml");
  ASSERT_EQ(found.problems.size(), 1u);
  EXPECT_EQ(found.problems[0].code, "P106");
  EXPECT_EQ(found.problems[0].path, first.path() / "tiny.yaml");
  EXPECT_NE(found.problems[0].expected.find((second.path() / "tiny.yaml").string()),
            std::string::npos);
}

TEST(Discovery, ADirectoryThatIsNotThereIsNoProblem) {
  PluginFolder folder;
  const std::array directories{folder.path() / "nowhere"};
  const Discovery found = discover(directories);
  EXPECT_TRUE(found.problems.empty());
  EXPECT_EQ(found.searched.size(), 1u);
}

TEST(Discovery, WhatIsNoDirectory) {
  PluginFolder folder;
  folder.write("file", "");
  const std::array directories{folder.path() / "file"};
  const Discovery found = discover(directories);
  ASSERT_EQ(found.problems.size(), 1u);
  EXPECT_EQ(found.problems[0].code, "P101");
}

TEST(Discovery, ADirectoryThatThisUserMayNotRead) {
  if (geteuid() == 0) GTEST_SKIP() << "root may read everything";
  const PluginFolder folder;
  fs::permissions(folder.path(), fs::perms::none);
  const Discovery closed = folder.discover();
  ASSERT_EQ(closed.problems.size(), 1u);
  EXPECT_EQ(closed.problems[0].code, "P101");
}

// Whoever may change one of these would run as this user.
TEST(Discovery, WhatOthersMayChangeIsRefusedUnread) {
  for (const char *name : {"", "tiny", "tiny/tiny.yaml", "tiny/tiny.so"}) {
    PluginFolder folder;
    folder.install("good", "tiny");
    const fs::path path = *name == '\0' ? folder.path() : folder.path() / name;
    fs::permissions(path, fs::perms::others_write, fs::perm_options::add);
    const Discovery found = folder.discover();
    EXPECT_TRUE(found.plugins.empty()) << name;
    ASSERT_EQ(found.problems.size(), 1u) << name;
    EXPECT_EQ(found.problems[0].code, "P107");
    EXPECT_EQ(found.problems[0].path, path);
    EXPECT_NE(found.problems[0].found.find("writable by everyone"), std::string::npos);
  }
}

TEST(Discovery, WhatAnotherUserOwnsIsRefused) {
  if (geteuid() != 0) GTEST_SKIP() << "only root may give files away";
  for (const char *name : {"tiny", "tiny/tiny.yaml", "tiny/tiny.so"}) {
    PluginFolder folder;
    folder.install("good", "tiny");
    ASSERT_EQ(::chown((folder.path() / name).c_str(), 54321, 0), 0);
    const Discovery found = folder.discover();
    EXPECT_TRUE(found.plugins.empty()) << name;
    ASSERT_EQ(found.problems.size(), 1u) << name;
    EXPECT_EQ(found.problems[0].code, "P107");
  }
}

TEST(PluginDirectories, FlagsThenVariableThenInstalled) {
  const std::array<fs::path, 2> flags{"relative", "/flag/"};
  const auto found =
      plugin_directories(flags, "/one::/flag:two", "/opt/app/bin/connector-host", "/here");
  ASSERT_GE(found.size(), 6u);
  EXPECT_EQ(found[0], "/here/relative");
  EXPECT_EQ(found[1], "/flag");
  EXPECT_EQ(found[2], "/one");
  EXPECT_EQ(found[3], "/here/two");
  EXPECT_EQ(found[4], "/opt/app/bin/plugins");
  EXPECT_TRUE(found[5].string().starts_with("/opt/app/lib")) << found[5];
  EXPECT_EQ(found[5].filename(), "connector-plugins");
  for (const auto &directory : found) EXPECT_TRUE(directory.is_absolute()) << directory;
}

}  // namespace
}  // namespace host
