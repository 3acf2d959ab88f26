// One `run` on one data directory: a lock that dies with its process, and the words to tell the
// second one who has it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace host::cli {

struct RunOwner {
  std::int64_t pid = 0;
  std::int64_t since_unix_ms = 0;
};

class RunLock {
 public:
  // Throws CommandFailure: try again (another process has it; names it), or io.
  explicit RunLock(const std::filesystem::path &data_dir);
  ~RunLock();
  RunLock(const RunLock &) = delete;
  RunLock &operator=(const RunLock &) = delete;

 private:
  int file_;
};

// Who runs on this data directory now; nothing when nobody does.
std::optional<RunOwner> run_owner(const std::filesystem::path &data_dir);

}  // namespace host::cli
