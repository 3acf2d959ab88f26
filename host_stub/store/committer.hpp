// The store thread: polls of all workers are committed by it in groups, one transaction each, in
// row order. A worker awaits the result and goes on only when its events and cursor are on disk.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "store/records.hpp"
#include "store/store.hpp"

namespace host {

class Committer {
 public:
  // Opens a Store of its own, so a database that cannot be used is a StoreError of this
  // constructor. `failed` is called on the store thread when the database refuses to write (disk
  // full, ...); later work is still tried, so it recovers by itself.
  Committer(const std::filesystem::path &data_dir, std::function<void(const StoreError &)> failed);
  ~Committer();  // commits what is queued, then stops

  // `done` is called on the store thread, after the commit, with the result or with the error (then
  // nothing was stored, and the result says `stale`). Neither callback may throw.
  using Done = std::function<void(CommitResult, const StoreError *)>;
  void commit(PollCommit commit, Done done);  // [any thread]
  // Any other write, in order with the commits before and after it. When `work` throws, what it did
  // is undone and the rest goes on. It runs once; `done`, where given, is called as above.
  using Written = std::function<void(const StoreError *)>;
  void write(std::function<void(Store &)> work, Written done = {});  // [any thread]

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace host
