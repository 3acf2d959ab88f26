#include "plugins/plugin.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "plugin_folder.hpp"

namespace host {
namespace {

using test::Loaded;
using test::PluginFolder;

struct Refused {
  const char *name;
  const char *code;
  std::vector<std::string> words;  // all of them in the sentence
};

void PrintTo(const Refused &refused, std::ostream *out) {
  *out << refused.name;
}

class PluginRefusal : public testing::TestWithParam<Refused> {};

TEST_P(PluginRefusal, NamesFilesFindingAndWhoMustAct) {
  PluginFolder folder;
  folder.install(GetParam().name);
  const auto files = folder.tiny();
  try {
    const auto plugin = Plugin::load(files);
    FAIL() << "loaded";
  } catch (const PluginRefused &refused) {
    const std::string sentence = refused.what();
    EXPECT_EQ(refused.problem().code, GetParam().code) << sentence;
    EXPECT_EQ(refused.problem().plugin, "tiny");
    EXPECT_EQ(refused.problem().path, folder.path() / "tiny.so");
    EXPECT_FALSE(refused.problem().advice.empty());
    EXPECT_NE(sentence.find("; expected "), std::string::npos) << sentence;
    for (const std::string &word : GetParam().words)
      EXPECT_NE(sentence.find(word), std::string::npos) << sentence << "\nlacks: " << word;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Broken, PluginRefusal,
    testing::Values(Refused{"no_symbol", "P202", {"cpi_plugin_entry_v1", "ABI major 1"}},
                    Refused{"null_table", "P203", {"null table"}},
                    Refused{"small_table", "P204", {"of 96 bytes", "at least the 144"}},
                    Refused{"null_function", "P205", {"`next`"}},
                    Refused{"needs_minor",
                            "P206",
                            {"needs ABI minor " + std::to_string(CPI_ABI_MINOR + 7),
                             "at most " + std::to_string(CPI_ABI_MINOR), "Update connector-host"}},
                    Refused{"wrong_id", "P207", {"\"huge\"", "\"tiny\"", "tiny.yaml"}},
                    Refused{"wrong_version", "P208", {"\"9.9.9\"", "\"1.2.3\""}},
                    Refused{
                        "other_manifest", "P209", {"abcd0000", "tiny.yaml", "tiny.so", "SHA-256"}},
                    Refused{"create_fails", "P210", {"CPI_ERR_INTERNAL", "build: tiny"}},
                    Refused{"create_null", "P210", {"null connector"}}),
    [](const auto &one) { return std::string(one.param.name); });

TEST(Plugin, NotALibraryAtAll) {
  PluginFolder folder;
  folder.install("good");
  folder.write("tiny.so", "#!/bin/sh\n" + std::string(5000, '#') + "\necho not a library\n");
  try {
    const auto plugin = Plugin::load(folder.tiny());
    FAIL() << "loaded";
  } catch (const PluginRefused &refused) {
    EXPECT_EQ(refused.problem().code, "P201");
    EXPECT_EQ(refused.problem().found, "the loader's refusal \"" +
                                           (folder.path() / "tiny.so").string() +
                                           ": invalid ELF header\"");
  }
}

// Loading it would end the process.
TEST(Plugin, LibraryCutShort) {
  PluginFolder folder;
  folder.install("good");
  std::filesystem::resize_file(folder.path() / "tiny.so", 5000);
  try {
    const auto plugin = Plugin::load(folder.tiny());
    FAIL() << "loaded";
  } catch (const PluginRefused &refused) {
    EXPECT_EQ(refused.problem().code, "P201");
    EXPECT_TRUE(refused.problem().found.starts_with("the first 5000 bytes of a library of "));
  }
}

TEST(Plugin, LibraryThatOthersMayWriteToSinceItWasFound) {
  PluginFolder folder;
  folder.install("good");
  const auto files = folder.tiny();
  std::filesystem::permissions(files->library_path, std::filesystem::perms::others_write,
                               std::filesystem::perm_options::add);
  try {
    const auto plugin = Plugin::load(files);
    FAIL() << "loaded";
  } catch (const PluginRefused &refused) {
    EXPECT_EQ(refused.problem().code, "P107");
    EXPECT_NE(refused.problem().advice.find("chmod go-w"), std::string::npos);
  }
}

TEST(Plugin, LibraryRemovedSinceItWasFound) {
  PluginFolder folder;
  folder.install("good");
  const auto files = folder.tiny();
  std::filesystem::remove(files->library_path);
  EXPECT_THROW(Plugin::load(files), PluginRefused);
}

TEST(Plugin, BothDigestsAreShownWhenTheManifestWasEdited) {
  PluginFolder folder;
  folder.install("good");
  std::ofstream(folder.path() / "tiny.yaml", std::ios::app) << "# my own note\n";
  const auto files = folder.tiny();
  const std::string edited = cpi::manifest::to_hex(files->manifest.sha256());
  const std::string compiled = cpi::manifest::to_hex(cpi::manifest::sha256(test::tiny_manifest()));
  try {
    const auto plugin = Plugin::load(files);
    FAIL() << "loaded";
  } catch (const PluginRefused &refused) {
    const std::string sentence = refused.what();
    EXPECT_NE(sentence.find(edited), std::string::npos) << sentence;
    EXPECT_NE(sentence.find(compiled), std::string::npos) << sentence;
  }

  const auto plugin = Plugin::load(files, {.allow_manifest_mismatch = true});
  EXPECT_NE(plugin->mismatch().find(edited), std::string::npos);
  EXPECT_NE(plugin->mismatch().find(compiled), std::string::npos);
}

TEST(Plugin, AGoodOne) {
  const Loaded good("good");
  EXPECT_EQ(good.plugin->id(), "tiny");
  EXPECT_EQ(good.plugin->build(), "good");
  EXPECT_TRUE(good.plugin->mismatch().empty());
}

TEST(Plugin, AReleaseFromTheFutureStillLoads) {
  const Loaded future("future");
  EXPECT_GT(future.plugin->table().abi_minor, static_cast<std::uint32_t>(CPI_ABI_MINOR));
}

// What this process has mapped under a name.
bool mapped(std::string_view name) {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);)
    if (line.find(name) != std::string::npos) return true;
  return false;
}

std::size_t open_files() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

TEST(Plugin, TheLibraryLivesAsLongAsItsOperations) {
  const std::size_t before = open_files();
  Loaded good("good");
  {
    const Operation operation = good.plugin->begin({OperationKind::action, "thing.get", "{}"});
    good.plugin.reset();
    EXPECT_TRUE(mapped("/memfd:tiny.so"));
  }
  EXPECT_FALSE(mapped("tiny.so"));
  EXPECT_EQ(open_files(), before);
}

// The README's own way of upgrading is `cp`, which writes into the file that is there.
TEST(Plugin, WhatHappensToTheFileDoesNoHarmToTheLoadedLibrary) {
  for (const std::uintmax_t left : {0, 100, 5000}) {
    const Loaded good("good");
    const auto library = good.plugin->files().library_path;
    EXPECT_FALSE(mapped(library.string()));
    std::filesystem::resize_file(library, left);
    std::ofstream(library, std::ios::binary | std::ios::in) << std::string(200'000, '\xcc');
    for (int i = 0; i < 3; ++i) {
      Operation operation = good.plugin->begin({OperationKind::action, "thing.get", "{}"});
      EXPECT_TRUE(std::holds_alternative<SendStep>(operation.next(Answer::start(0))));
    }
  }
}

TEST(Plugin, ALibraryPutInThePlaceOfALoadedOneIsLoadedBesideIt) {
  PluginFolder folder;
  folder.install("good");
  const auto first = Plugin::load(folder.tiny());
  std::filesystem::remove(folder.path() / "tiny.so");
  std::filesystem::copy_file(std::filesystem::path(BROKEN_PLUGINS) / "endless_waits.so",
                             folder.path() / "tiny.so");
  const auto second = Plugin::load(folder.tiny());
  Operation of_first = first->begin({OperationKind::action, "thing.get", "{}"});
  Operation of_second = second->begin({OperationKind::action, "thing.get", "{}"});
  EXPECT_TRUE(std::holds_alternative<SendStep>(of_first.next(Answer::start(0))));
  EXPECT_TRUE(std::holds_alternative<WaitStep>(of_second.next(Answer::start(0))));
}

// The loader knows a library by its name, and this one keeps its own for ever.
TEST(Plugin, ALibraryThatDoesNotGoIsNotTakenForTheNext) {
  { const Loaded stays("stays"); }
  EXPECT_TRUE(mapped("/memfd:tiny.so"));
  const Loaded good("good");
  EXPECT_EQ(good.plugin->build(), "good");
}

TEST(Plugin, TwoConnectorsOfOneLibrary) {
  PluginFolder folder;
  folder.install("good");
  const auto first = Plugin::load(folder.tiny());
  auto second = Plugin::load(folder.tiny());
  second.reset();
  EXPECT_NO_THROW(first->begin({OperationKind::action, "thing.get", "{}"}));
}

}  // namespace
}  // namespace host
