// The store thread: polls of all workers are committed by it in groups, one transaction each, in
// row order. A worker awaits the result and goes on only when its events and cursor are on disk.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "store/store.hpp"

namespace host {

class Committer {
 public:
  // `failed` is called on the store thread when the database refuses to write (disk full, ...).
  Committer(const std::filesystem::path &data_dir,
            std::function<void(const StoreError &)> failed);
  ~Committer();  // commits what is queued, then stops

  // `done` is called on the store thread, after the commit, with the result or with the error.
  using Done = std::function<void(CommitResult, const StoreError *)>;
  void commit(PollCommit commit, Done done);             // [any thread]
  void write(std::function<void(Store &)> work);         // any other write, in order  [any thread]

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace host
