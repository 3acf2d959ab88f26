// The store thread: commits the polls of all workers in groups, one transaction each, in row order.
// A worker awaits the result and continues only once its events and cursor are on disk.
#pragma once

#include <functional>
#include <memory>

#include "store/records.hpp"
#include "store/store.hpp"

namespace host {

class Committer {
 public:
  // Opens its own Store, so an unusable database is a StoreError of this constructor. `failed` is
  // called on the store thread if the database cannot write (disk full, ...); later work is still
  // tried, so it recovers by itself.
  Committer(const StoreAddress &address, std::function<void(const StoreError &)> failed);
  ~Committer();  // commits the queued work, then stops

  // `done` is called on the store thread, after the commit, with the result or with the error (then
  // nothing was stored, and the result is `stale`). Neither callback may throw.
  using Done = std::function<void(CommitResult, const StoreError *)>;
  void commit(PollCommit commit, Done done);  // [any thread]
  // Any other write, in order with the commits before and after it. If `work` throws, only its own
  // changes are rolled back. It runs once; `done`, if given, is called as above.
  using Written = std::function<void(const StoreError *)>;
  void write(std::function<void(Store &)> work, Written done = {});  // [any thread]

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace host
