#include "auth/refresh_lock.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <string>
#include <system_error>

#include "store/store.hpp"

namespace host {
namespace {

// Open file description locks (fcntl(2)): they belong to the opened file, not to the process.
struct flock range(short type, long start, long size) {
  struct flock out {};
  out.l_type = type;
  out.l_whence = SEEK_SET;
  out.l_start = start;
  out.l_len = size;
  return out;
}

StoreError failure(const std::filesystem::path &path, int error) {
  return {StoreError::Kind::io, "cannot lock " + path.string() + ": " +
                                    std::generic_category().message(error) +
                                    ". The data directory must be writable by this user."};
}

}  // namespace

RefreshLock::~RefreshLock() {
  if (locks_ == nullptr) return;
  struct flock released = range(F_UNLCK, start_, size_);
  ::fcntl(locks_->file_, F_OFD_SETLK, &released);
}

RefreshLocks::RefreshLocks(const std::filesystem::path &data_dir)
    : path_(data_dir / "refresh.lock"),
      file_(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)) {
  if (file_ < 0) throw failure(path_, errno);
}

RefreshLocks::~RefreshLocks() {
  ::close(file_);
}

std::optional<RefreshLock> RefreshLocks::try_lock(std::string_view connection_id) const {
  // Two connections on one byte would only wait for each other.
  const std::uint64_t byte = account_of(connection_id) & 0x3fff'ffff'ffff'ffffu;
  return try_lock(static_cast<long>(byte), 1);
}

std::optional<RefreshLock> RefreshLocks::try_lock_all() const {
  return try_lock(0, 0);
}

std::optional<RefreshLock> RefreshLocks::try_lock(long start, long size) const {
  struct flock wanted = range(F_WRLCK, start, size);
  if (::fcntl(file_, F_OFD_SETLK, &wanted) == 0) return RefreshLock(this, start, size);
  if (errno == EAGAIN || errno == EACCES) return std::nullopt;
  throw failure(path_, errno);
}

}  // namespace host
