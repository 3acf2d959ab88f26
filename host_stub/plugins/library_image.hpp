// A plugin's library as it was read, once, into a copy that nobody can change: what was checked is
// what runs, and what happens to the file later does no harm to the code that runs.
//
// The copy is a sealed memfd. Where the kernel or a policy forbids to execute one (sysctl
// vm.memfd_noexec), or /proc is not there, it is a file of this user in a folder of its own below
// the temporary folder, and gone from there as soon as it is loaded.
#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <filesystem>
#include <span>

namespace host {

// A file at one moment: it was written to, or is another one, when this differs.
struct FileStamp {
  dev_t device = 0;
  ino_t inode = 0;
  off_t size = 0;
  timespec modified{};
  timespec changed{};

  static FileStamp of(const struct stat &status) noexcept;
  bool operator==(const FileStamp &other) const noexcept;
};

class LibraryImage {
 public:
  enum class Place { memory, file };  // `memory` falls back to `file` where it must

  // Throws std::system_error: with EBUSY when the file was written to meanwhile.
  explicit LibraryImage(const std::filesystem::path &library, Place place = Place::memory);
  ~LibraryImage();
  LibraryImage(const LibraryImage &) = delete;
  LibraryImage &operator=(const LibraryImage &) = delete;

  std::span<const std::byte> bytes() const noexcept { return bytes_; }
  // The file that was read: its owner and mode, and its stamp.
  const struct stat &source() const noexcept { return source_; }

  // What to give to the loader. It stays the name of the loaded library, which the loader compares
  // with others before it opens a file: so this object must live for as long as the library does.
  const std::filesystem::path &path() const noexcept { return path_; }
  // The loader has opened it, or will not: no name for it is needed any more.
  void hide() noexcept;
  // The library will not go, though this object does: no other may ever get its name.
  void leave_name_taken() noexcept { copy_ = -1; }

 private:
  bool keep_in_memory(int source, const std::string &name);
  void keep_in_file(int source, const std::string &name);
  void map();
  void release() noexcept;

  std::filesystem::path path_;
  std::filesystem::path folder_;  // of a private file that still has a name
  std::span<const std::byte> bytes_;
  struct stat source_ {};
  int copy_ = -1;
};

}  // namespace host
