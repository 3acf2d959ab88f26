// An immutable copy of a plugin's library, read once: the checked bytes are the ones that run, and
// later changes to the file do not affect the running code.
//
// The copy is a sealed memfd. If the kernel or a policy forbids executing one (sysctl
// vm.memfd_noexec), or /proc is missing, it is a private file in its own folder below the temporary
// folder, removed as soon as it is loaded.
#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <filesystem>
#include <span>

namespace host {

// Identifies a file's state: it differs if the file was written to or replaced.
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
  enum class Place { memory, file };  // `memory` falls back to `file` if necessary

  // Throws std::system_error: with EBUSY if the file was written to meanwhile.
  explicit LibraryImage(const std::filesystem::path &library, Place place = Place::memory);
  ~LibraryImage();
  LibraryImage(const LibraryImage &) = delete;
  LibraryImage &operator=(const LibraryImage &) = delete;

  std::span<const std::byte> bytes() const noexcept { return bytes_; }
  // Owner, mode and stamp of the file that was read.
  const struct stat &source() const noexcept { return source_; }

  // The path for the loader. It remains the name of the loaded library, which the loader compares
  // with others before it opens a file; so this object must live as long as the library.
  const std::filesystem::path &path() const noexcept { return path_; }
  // Call once the loader has opened it, or will not: the name is no longer needed.
  void hide() noexcept;
  // The library stays loaded after this object is destroyed: its name must never be reused.
  void leave_name_taken() noexcept { copy_ = -1; }

 private:
  bool keep_in_memory(int source, const std::string &name);
  void keep_in_file(int source, const std::string &name);
  void map();
  void release() noexcept;

  std::filesystem::path path_;
  std::filesystem::path folder_;  // of a private file that is not removed yet
  std::span<const std::byte> bytes_;
  struct stat source_ {};
  int copy_ = -1;
};

}  // namespace host
