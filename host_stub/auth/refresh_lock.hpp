// One process at a time renews the tokens of a connection: a lock of the operating system on one
// byte of a file beside the database, a byte for each connection.
//
// Unlike a lease in the database it ends with its process, however that ends: nobody waits for a
// dead one, and a paused one cannot be overtaken, which would send a refresh token twice. It works
// where SQLite's WAL works: among the processes of one machine.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>

namespace host {

class RefreshLocks;

// Released when it goes; its RefreshLocks lives longer.
class RefreshLock {
 public:
  RefreshLock(RefreshLock &&other) noexcept
      : locks_(std::exchange(other.locks_, nullptr)), start_(other.start_), size_(other.size_) {}
  RefreshLock &operator=(RefreshLock &&other) noexcept {
    std::swap(locks_, other.locks_);
    std::swap(start_, other.start_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~RefreshLock();

 private:
  friend class RefreshLocks;
  RefreshLock(const RefreshLocks *locks, long start, long size) noexcept
      : locks_(locks), start_(start), size_(size) {}
  const RefreshLocks *locks_;
  long start_;
  long size_;  // 0: to the end of all
};

// For one thread at a time. Two of them exclude each other in one process too; one does not exclude
// itself.
class RefreshLocks {
 public:
  // Makes "refresh.lock" (0600) in the folder where it is missing. Throws StoreError (io).
  explicit RefreshLocks(const std::filesystem::path &data_dir);
  ~RefreshLocks();
  RefreshLocks(const RefreshLocks &) = delete;
  RefreshLocks &operator=(const RefreshLocks &) = delete;

  // Nothing: somebody else has it now. Throw StoreError (io).
  std::optional<RefreshLock> try_lock(std::string_view connection_id) const;
  std::optional<RefreshLock> try_lock_all() const;  // every connection, those to come too

 private:
  friend class RefreshLock;
  std::optional<RefreshLock> try_lock(long start, long size) const;
  std::filesystem::path path_;
  int file_;
};

}  // namespace host
