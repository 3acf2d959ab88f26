#include "plugins/library_image.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <system_error>

namespace host {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_name = 200;  // memfd_create(2) takes 249 bytes

class Descriptor {
 public:
  explicit Descriptor(int number) noexcept : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor &) = delete;
  Descriptor &operator=(const Descriptor &) = delete;
  int get() const noexcept { return number_; }

 private:
  int number_;
};

[[noreturn]] void fail(int error, const std::string &what) {
  throw std::system_error(error, std::generic_category(), what);
}

void write_all(int to, const char *data, std::size_t size) {
  while (size != 0) {
    const ssize_t written = ::write(to, data, size);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) fail(written < 0 ? errno : ENOSPC, "it cannot be copied");
    data += written;
    size -= static_cast<std::size_t>(written);
  }
}

void copy_all(int from, int to) {
  std::string buffer(std::size_t{1} << 18, '\0');
  off_t at = 0;
  for (;;) {
    const ssize_t got = ::pread(from, buffer.data(), buffer.size(), at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail(errno, "it cannot be read");
    if (got == 0) return;
    write_all(to, buffer.data(), static_cast<std::size_t>(got));
    at += got;
  }
}

int make_memory_file(const std::string &name) {
#ifdef MFD_EXEC
  const int executable = ::memfd_create(name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
#else
  constexpr unsigned mfd_exec = 0x10;  // since Linux 6.3; before, it is EINVAL
  const int executable = ::memfd_create(name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING | mfd_exec);
#endif
  if (executable >= 0 || errno != EINVAL) return executable;
  return ::memfd_create(name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

bool may_be_executed(int file) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  void *at = ::mmap(nullptr, page, PROT_READ | PROT_EXEC, MAP_PRIVATE, file, 0);
  if (at == MAP_FAILED) return false;
  ::munmap(at, page);
  return true;
}

bool same_time(const timespec &left, const timespec &right) noexcept {
  return left.tv_sec == right.tv_sec && left.tv_nsec == right.tv_nsec;
}

}  // namespace

FileStamp FileStamp::of(const struct stat &status) noexcept {
  return {status.st_dev, status.st_ino, status.st_size, status.st_mtim, status.st_ctim};
}

bool FileStamp::operator==(const FileStamp &other) const noexcept {
  return device == other.device && inode == other.inode && size == other.size &&
         same_time(modified, other.modified) && same_time(changed, other.changed);
}

LibraryImage::LibraryImage(const fs::path &library, Place place) {
  // Non-blocking: the path may be a pipe.
  const Descriptor source(::open(library.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (source.get() < 0 || ::fstat(source.get(), &source_) != 0) fail(errno, "it cannot be read");
  if (!S_ISREG(source_.st_mode)) fail(EINVAL, "it is not a regular file");
  const std::string name = library.filename().string().substr(0, longest_name);
  try {
    if (place == Place::file || !keep_in_memory(source.get(), name))
      keep_in_file(source.get(), name);
    struct stat now {};
    if (::fstat(source.get(), &now) != 0) fail(errno, "it cannot be read");
    if (FileStamp::of(now) != FileStamp::of(source_)) fail(EBUSY, "it is being written to");
    map();
  } catch (...) {
    release();
    throw;
  }
}

LibraryImage::~LibraryImage() {
  release();
}

// False: it cannot be loaded from memory on this system.
bool LibraryImage::keep_in_memory(int source, const std::string &name) {
  copy_ = make_memory_file(name);
  if (copy_ < 0) return false;
  // The process's id, because for a debugger that reads the loaded libraries "self" is a different
  // process.
  std::error_code error;
  const fs::path process = fs::read_symlink("/proc/self", error);
  path_ = "/proc" / process / "fd" / std::to_string(copy_);
  if (error || !may_be_executed(copy_) || ::access(path_.c_str(), R_OK) != 0) {
    ::close(copy_);
    copy_ = -1;
    return false;
  }
  copy_all(source, copy_);
  if (::fcntl(copy_, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
    fail(errno, "its copy cannot be sealed");
  return true;
}

void LibraryImage::keep_in_file(int source, const std::string &name) {
  std::error_code error;
  const fs::path within = fs::temp_directory_path(error);
  if (error) fail(error.value(), "there is no temporary folder for its copy");
  std::string folder = (within / "connector-plugin.XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) fail(errno, "it cannot be copied to " + within.string());
  folder_ = folder;
  path_ = folder_ / name;
  const Descriptor out(
      ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (out.get() < 0) fail(errno, "it cannot be copied to " + folder);
  copy_all(source, out.get());
  copy_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  if (copy_ < 0) fail(errno, "its copy cannot be read");
  if (!may_be_executed(copy_))
    fail(EACCES, "programs in " + within.string() + " cannot be run; set TMPDIR to another folder");
}

void LibraryImage::map() {
  const auto size = static_cast<std::size_t>(source_.st_size);
  if (size == 0) return;
  void *at = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, copy_, 0);
  if (at == MAP_FAILED) fail(errno, "its copy cannot be read");
  bytes_ = {static_cast<const std::byte *>(at), size};
}

void LibraryImage::hide() noexcept {
  if (folder_.empty()) return;
  ::unlink(path_.c_str());
  ::rmdir(folder_.c_str());
  folder_.clear();
}

void LibraryImage::release() noexcept {
  hide();
  if (!bytes_.empty()) ::munmap(const_cast<std::byte *>(bytes_.data()), bytes_.size());
  bytes_ = {};
  if (copy_ >= 0) ::close(copy_);
  copy_ = -1;
}

}  // namespace host
