// One `run` per data directory: a lock that ends with its process, and an error for a second
// process that names the owner.
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

// The process that runs on this data directory; nullopt when there is none.
std::optional<RunOwner> run_owner(const std::filesystem::path &data_dir);

}  // namespace host::cli
