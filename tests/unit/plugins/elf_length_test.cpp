#include "plugins/elf_length.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <span>
#include <string>

#include "plugin_folder.hpp"

namespace host {
namespace {

namespace fs = std::filesystem;
using test::PluginFolder;

std::optional<std::uintmax_t> length_of(const fs::path &file) {
  std::ifstream stream(file, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  return elf_length(std::as_bytes(std::span(bytes)));
}

TEST(ElfLength, IsTheSizeOfAWholeLibrary) {
  const PluginFolder folder;
  folder.install("good");
  const fs::path library = folder.path() / "tiny.so";
  EXPECT_EQ(length_of(library), fs::file_size(library));
}

TEST(ElfLength, IsMoreThanIsThereWhereverTheLibraryWasCut) {
  const PluginFolder folder;
  folder.install("good");
  const fs::path library = folder.path() / "tiny.so";
  for (std::uintmax_t size = fs::file_size(library) - 1; size >= 64; size = size * 9 / 10) {
    fs::resize_file(library, size);
    const auto length = length_of(library);
    ASSERT_TRUE(length) << size;
    EXPECT_GT(*length, size);
  }
}

TEST(ElfLength, IsNotKnownOfOtherFiles) {
  const PluginFolder folder;
  folder.write("empty", "");
  folder.write("short",
               "\x7f"
               "ELF");
  folder.write("text", std::string(500, 'x'));
  for (const char *name : {"empty", "short", "text"})
    EXPECT_FALSE(length_of(folder.path() / name)) << name;
}

// Headers may say anything.
TEST(ElfLength, LyingHeadersDoNotOverflow) {
  const PluginFolder folder;
  folder.install("good");
  const fs::path library = folder.path() / "tiny.so";
  std::fstream file(library, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(32);  // e_phoff and e_shoff
  file.write("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 16);
  file.close();
  const auto length = length_of(library);
  ASSERT_TRUE(length);
  EXPECT_GT(*length, fs::file_size(library));
}

}  // namespace
}  // namespace host
