#include "plugins/replaced_files.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "plugin_folder.hpp"

namespace host {
namespace {

namespace fs = std::filesystem;

class Replaced : public testing::Test {
 protected:
  Replaced() {
    folder.install("good");
    loaded.push_back(Plugin::load(folder.tiny()));
  }

  std::size_t reported(int checks) {
    std::size_t count = 0;
    for (int i = 0; i < checks; ++i) count += files.check(loaded).size();
    return count;
  }

  test::PluginFolder folder;
  std::vector<std::shared_ptr<const Plugin>> loaded;
  ReplacedFiles files;
};

TEST_F(Replaced, NothingIsSaidOfFilesThatStay) {
  EXPECT_EQ(reported(5), 0u);
}

TEST_F(Replaced, ALibraryWrittenOverIsReportedOnce) {
  EXPECT_EQ(reported(2), 0u);
  fs::copy_file(fs::path(BROKEN_PLUGINS) / "endless_waits.so", folder.path() / "tiny.so",
                fs::copy_options::overwrite_existing);
  EXPECT_EQ(reported(1), 0u) << "it may still be copied";
  EXPECT_EQ(reported(1), 1u);
  EXPECT_EQ(reported(5), 0u);
  EXPECT_EQ(files.replaced(), std::vector<std::string>{"tiny"});
}

TEST_F(Replaced, AnotherFileInItsPlaceIsReportedToo) {
  folder.write("next.so", "another library");
  fs::rename(folder.path() / "next.so", folder.path() / "tiny.so");
  EXPECT_EQ(reported(5), 1u);
}

TEST_F(Replaced, SoIsAManifest) {
  EXPECT_EQ(reported(2), 0u);
  std::ofstream(folder.path() / "tiny.yaml", std::ios::app) << "# another\n";
  EXPECT_EQ(reported(5), 1u);
}

TEST_F(Replaced, TheSameContentAgainIsNoOther) {
  EXPECT_EQ(reported(2), 0u);
  fs::copy_file(fs::path(BROKEN_PLUGINS) / "good.so", folder.path() / "tiny.so",
                fs::copy_options::overwrite_existing);
  EXPECT_EQ(reported(5), 0u);
  EXPECT_TRUE(files.replaced().empty());
}

TEST_F(Replaced, WhatIsGoneIsNotReplacedYetAndWhatIsPutBackNoMore) {
  fs::rename(folder.path() / "tiny.so", folder.path() / "away");
  EXPECT_EQ(reported(5), 0u);
  folder.write("tiny.so", "");
  EXPECT_EQ(reported(5), 1u);
  fs::rename(folder.path() / "away", folder.path() / "tiny.so");
  EXPECT_EQ(reported(5), 0u);
  EXPECT_TRUE(files.replaced().empty());
}

}  // namespace
}  // namespace host
