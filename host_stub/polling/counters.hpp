// What the pollers of all workers did, for `/metrics`, the log and the benchmark. [any thread]
#pragma once

#include <atomic>
#include <cstdint>

namespace host {

struct PollCounters {
  std::atomic<std::uint64_t> succeeded{0};
  std::atomic<std::uint64_t> failed{0};
  std::atomic<std::uint64_t> skipped{0};  // the one before was still running
  std::atomic<std::uint64_t> stale{0};    // edited, paused or removed while it ran
  std::atomic<std::uint64_t> events{0};
  std::atomic<std::uint64_t> held{0};
  std::atomic<std::uint64_t> requests{0};
};

}  // namespace host
