#include "plugins/library_image.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>

#include "plugin_folder.hpp"

namespace host {
namespace {

namespace fs = std::filesystem;
using test::PluginFolder;
using Place = LibraryImage::Place;

std::string text_of(const LibraryImage &image) {
  return {reinterpret_cast<const char *>(image.bytes().data()), image.bytes().size()};
}

std::string text_of(const fs::path &file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

class LibraryImageIn : public testing::TestWithParam<Place> {};

TEST_P(LibraryImageIn, IsACopyThatStaysAsItWasRead) {
  const PluginFolder folder;
  folder.write("one.so", std::string(700'000, 'x') + "end");
  const LibraryImage image(folder.path() / "one.so", GetParam());
  fs::resize_file(folder.path() / "one.so", 0);
  EXPECT_EQ(text_of(image), std::string(700'000, 'x') + "end");
  EXPECT_EQ(text_of(image.path()), text_of(image));
  EXPECT_EQ(image.source().st_size, 700'003);
}

TEST_P(LibraryImageIn, CanBeLoadedAndLeavesNothingBehind) {
  const PluginFolder folder;
  folder.install("good");
  fs::path path;
  {
    LibraryImage image(folder.path() / "tiny.so", GetParam());
    path = image.path();
    void *library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    ASSERT_NE(library, nullptr) << ::dlerror();
    image.hide();
    EXPECT_NE(::dlsym(library, "cpi_plugin_entry_v1"), nullptr);
    ::dlclose(library);
    if (GetParam() == Place::file) {
      EXPECT_FALSE(fs::exists(path.parent_path()));
    }
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST_P(LibraryImageIn, TakesAnEmptyFile) {
  const PluginFolder folder;
  folder.write("empty.so", "");
  EXPECT_TRUE(LibraryImage(folder.path() / "empty.so", GetParam()).bytes().empty());
}

INSTANTIATE_TEST_SUITE_P(Place, LibraryImageIn, testing::Values(Place::memory, Place::file),
                         [](const auto &one) {
                           return one.param == Place::memory ? "memory" : "file";
                         });

TEST(LibraryImage, InMemoryIsSealed) {
  const PluginFolder folder;
  folder.install("good");
  const LibraryImage image(folder.path() / "tiny.so");
  ASSERT_TRUE(image.path().string().starts_with("/proc/")) << image.path();
  EXPECT_EQ(fs::read_symlink(image.path()).string(), "/memfd:tiny.so (deleted)");
  const int writer = ::open(image.path().c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_GE(writer, 0);
  EXPECT_EQ(::write(writer, "x", 1), -1);
  EXPECT_EQ(errno, EPERM);
  EXPECT_NE(::ftruncate(writer, 0), 0);
  EXPECT_EQ(::mmap(nullptr, 1, PROT_WRITE, MAP_SHARED, writer, 0), MAP_FAILED);
  EXPECT_NE(::fcntl(writer, F_ADD_SEALS, F_SEAL_WRITE), 0);
  ::close(writer);
}

TEST(LibraryImage, InAFileIsForThisUserAlone) {
  const PluginFolder folder;
  folder.install("good");
  const LibraryImage image(folder.path() / "tiny.so", Place::file);
  EXPECT_EQ(fs::status(image.path()).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(fs::status(image.path().parent_path()).permissions(), fs::perms::owner_all);
}

TEST(LibraryImage, RefusesWhatIsNoFile) {
  const PluginFolder folder;
  ASSERT_EQ(::mkfifo((folder.path() / "pipe.so").c_str(), 0600), 0);
  for (const char *name : {"pipe.so", "absent.so", "."})
    EXPECT_THROW(LibraryImage(folder.path() / name), std::system_error) << name;
}

}  // namespace
}  // namespace host
