#include "plugins/checked_manifests.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "plugin_folder.hpp"

namespace host {
namespace {

namespace fs = std::filesystem;

class CheckedManifestsTest : public testing::Test {
 protected:
  CheckedManifestsTest() { fs::create_directory(data_dir); }

  fs::path kept() const { return data_dir / "manifests"; }
  std::vector<fs::path> files() const {
    if (!fs::exists(kept())) return {};
    std::vector<fs::path> out;
    for (const auto &entry : fs::directory_iterator(kept())) out.push_back(entry.path());
    return out;
  }
  // What a reader of the kept file sees shows that the YAML was not read again.
  void mark_the_kept_one() const {
    std::ifstream in(files().at(0));
    std::string text{std::istreambuf_iterator<char>(in), {}};
    const auto at = text.find("\"title\":\"Tiny");
    ASSERT_NE(at, std::string::npos) << text;
    text.replace(at, 13, "\"title\":\"Kept");
    std::ofstream(files().at(0)) << text;
  }
  std::string title(const CheckedManifests &by) const {
    const auto loaded = by.load(manifest);
    return loaded.manifest ? std::string(loaded.manifest->title()) : "";
  }

  test::PluginFolder folder;
  fs::path manifest = [this] {
    folder.write("tiny.yaml", test::tiny_manifest());
    return folder.path() / "tiny.yaml";
  }();
  fs::path data_dir = folder.path() / "data";
  CheckedManifests checked{kept(), "host 1"};
};

TEST_F(CheckedManifestsTest, GiveWhatTheFileSays) {
  const auto plain = cpi::manifest::load(manifest);
  for (int i = 0; i < 3; ++i) {
    const auto loaded = checked.load(manifest);
    ASSERT_TRUE(loaded.manifest);
    EXPECT_EQ(loaded.manifest->json(), plain.manifest->json());
    EXPECT_EQ(loaded.manifest->sha256(), plain.manifest->sha256());
    EXPECT_EQ(loaded.manifest->rate_limits().size(), plain.manifest->rate_limits().size());
    EXPECT_EQ(loaded.problems.size(), plain.problems.size());
  }
  EXPECT_EQ(files().size(), 1U);
}

TEST_F(CheckedManifestsTest, AreNotReadAgain) {
  const std::string before = title(checked);
  mark_the_kept_one();
  EXPECT_NE(title(checked), before);
  EXPECT_TRUE(title(checked).starts_with("Kept"));
}

TEST_F(CheckedManifestsTest, AnotherTextOrAnotherHostIsCheckedAnew) {
  const std::string before = title(checked);
  mark_the_kept_one();
  EXPECT_EQ(title(CheckedManifests(kept(), "host 2")), before);
  folder.write("tiny.yaml", test::tiny_manifest() + "\n# the same, but for this\n");
  EXPECT_EQ(title(checked), before);
  folder.write("tiny.yaml", test::tiny_manifest() + "\nsurplus: 1\n");
  EXPECT_FALSE(checked.load(manifest).manifest);
}

TEST_F(CheckedManifestsTest, AWarningIsToldEachTime) {
  std::string text = test::tiny_manifest();
  const auto at = text.find("title: Tiny");
  ASSERT_NE(at, std::string::npos);
  text.replace(at, 11, "title: \"Tiny \"");
  folder.write("tiny.yaml", text);
  const auto first = checked.load(manifest);
  const auto second = checked.load(manifest);
  ASSERT_EQ(first.problems.size(), 1U);
  ASSERT_EQ(second.problems.size(), 1U);
  EXPECT_EQ(to_line(second.problems[0]), to_line(first.problems[0]));
}

TEST_F(CheckedManifestsTest, ADamagedOneIsReadFromTheFile) {
  const std::string before = title(checked);
  const fs::path file = files().at(0);
  for (const std::string_view damage :
       {"", "{", "[]", "{\"problems\":[],\"manifest\":7}", "null",
        "{\"problems\":[],\"manifest\":{\"rate_limits\":[{\"id\":\"a\",\"poll_share\":\"x\"}]}}"}) {
    std::ofstream(file) << damage;
    EXPECT_EQ(title(checked), before) << damage;
  }
}

TEST_F(CheckedManifestsTest, BadOnesAreNotKept) {
  folder.write("tiny.yaml", "id: [");
  EXPECT_FALSE(checked.load(manifest).manifest);
  EXPECT_TRUE(files().empty());
  EXPECT_FALSE(checked.load(folder.path() / "missing.yaml").manifest);
}

TEST_F(CheckedManifestsTest, NothingIsMadeWhereThereIsNoDataDirectory) {
  const CheckedManifests nowhere(folder.path() / "no" / "manifests", "host 1");
  EXPECT_FALSE(title(nowhere).empty());
  EXPECT_FALSE(fs::exists(folder.path() / "no"));
  EXPECT_FALSE(title(CheckedManifests({}, "host 1")).empty());
  EXPECT_FALSE(title(CheckedManifests(kept(), {})).empty());
  EXPECT_TRUE(files().empty());
}

TEST_F(CheckedManifestsTest, TheOldestGo) {
  for (int i = 0; i < 40; ++i) {
    folder.write("tiny.yaml", test::tiny_manifest() + "\n# " + std::to_string(i) + "\n");
    EXPECT_TRUE(checked.load(manifest).manifest);
  }
  EXPECT_EQ(files().size(), 32U);
}

}  // namespace
}  // namespace host
