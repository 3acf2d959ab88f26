#include "delivery/file_sink.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>

#include "delivery/sink_spec.hpp"

namespace host {

namespace {

namespace fs = std::filesystem;

// The beginning of every line of this sink (see cloud_event.cpp).
constexpr std::string_view own_line = R"({"specversion":)";

[[noreturn]] void fail(const fs::path &path, const std::string &what, int error) {
  throw SinkError("The event file " + path.string() + " " + what + ": " +
                  std::generic_category().message(error) +
                  ". Choose another path, or make this one writable for the host's user.");
}

// The start of an unterminated last line; `size` if there is none.
off_t torn_line(int descriptor, off_t size, const fs::path &path) {
  std::array<char, 65536> block{};
  off_t end = size;
  while (end > 0) {
    const off_t start = std::max<off_t>(0, end - static_cast<off_t>(block.size()));
    const ssize_t got =
        ::pread(descriptor, block.data(), static_cast<std::size_t>(end - start), start);
    if (got != end - start) fail(path, "cannot be read", got < 0 ? errno : EIO);
    const std::string_view text(block.data(), static_cast<std::size_t>(got));
    const std::size_t newline = text.rfind('\n');
    if (newline != std::string_view::npos) return start + static_cast<off_t>(newline) + 1;
    end = start;
  }
  return 0;
}

bool is_own_line(int descriptor, off_t start, off_t size) {
  std::array<char, own_line.size()> text{};
  const auto length = std::min<std::size_t>(text.size(), static_cast<std::size_t>(size - start));
  return ::pread(descriptor, text.data(), length, start) == static_cast<ssize_t>(length) &&
         own_line.starts_with(std::string_view(text.data(), length));
}

void repair_torn_line(int descriptor, off_t size, const fs::path &path) {
  const off_t start = torn_line(descriptor, size, path);
  if (start == size) return;
  if (is_own_line(descriptor, start, size)) {
    if (::ftruncate(descriptor, start) != 0) fail(path, "cannot be repaired", errno);
  } else if (::write(descriptor, "\n", 1) != 1) {
    fail(path, "cannot be written", errno);
  }
}

bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t wrote = ::write(descriptor, text.data(), text.size());
    if (wrote < 0 && errno != EINTR) return false;
    if (wrote > 0) text.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return true;
}

// A new file's name is on disk only once its folder is synced.
void sync_folder(const fs::path &file) {
  const int folder = ::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return;
  ::fsync(folder);
  ::close(folder);
}

}  // namespace

std::string FileSink::name_of(const fs::path &path) {
  return "file:" + fs::absolute(path).lexically_normal().string();
}

FileSink::FileSink(const fs::path &path)
    : path_(fs::absolute(path).lexically_normal()), name_(name_of(path)) {
  try {
    open();
  } catch (...) {
    close();
    throw;
  }
}

FileSink::~FileSink() {
  close();
}

void FileSink::open() {
  descriptor_ = ::open(path_.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK,
                       S_IRUSR | S_IWUSR);
  if (descriptor_ < 0) fail(path_, "cannot be opened", errno);
  struct stat found {};
  if (::fstat(descriptor_, &found) != 0) fail(path_, "cannot be opened", errno);
  if (!S_ISREG(found.st_mode)) {
    throw SinkError(
        "The event file " + path_.string() +
        " is not a regular file. Use the destination \"stdout\" and redirect it instead.");
  }
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    throw SinkError("The event file " + path_.string() +
                    " is being written by another process. Use a separate file for each host.");
  }
  // Read again: another process may have written before the lock was taken.
  if (::fstat(descriptor_, &found) != 0) fail(path_, "cannot be opened", errno);
  repair_torn_line(descriptor_, found.st_size, path_);
  sync_folder(path_);
}

void FileSink::close() noexcept {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

bool FileSink::in_place() const {
  struct stat ours {};
  struct stat named {};
  return descriptor_ >= 0 && ::fstat(descriptor_, &ours) == 0 &&
         ::stat(path_.c_str(), &named) == 0 && ours.st_ino == named.st_ino &&
         ours.st_dev == named.st_dev;
}

SinkOutcome FileSink::deliver(std::span<const Outgoing> events, const std::stop_token &) {
  try {
    if (!in_place()) {
      close();
      open();
    }
  } catch (const SinkError &error) {
    close();
    return {0, SinkVerdict::unavailable, error.what(), {}};
  }
  std::string lines;
  for (const Outgoing &event : events) {
    lines += event.body;
    lines += '\n';
  }
  struct stat before {};
  if (::fstat(descriptor_, &before) == 0 && write_all(descriptor_, lines) &&
      ::fdatasync(descriptor_) == 0)
    return {events.size(), SinkVerdict::accepted, {}, {}};

  const int error = errno;
  // Removes the partly written batch; if that fails, the next open repairs the last line.
  [[maybe_unused]] const int taken_back = ::ftruncate(descriptor_, before.st_size);
  close();
  return {0,
          SinkVerdict::unavailable,
          "The event file " + path_.string() +
              " cannot be written: " + std::generic_category().message(error),
          {}};
}

extern const SinkKind file_sink_kind;
const SinkKind file_sink_kind{
    .word = "file",
    .target = "PATH",
    .noun = "path",
    .example = "PATH",
    .name = [](const std::string &path) { return FileSink::name_of(path); },
    .open = [](const std::string &path, const WebhookOptions &) -> std::unique_ptr<Sink> {
      return std::make_unique<FileSink>(path);
    }};

}  // namespace host
