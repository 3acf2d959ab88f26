// Counts the polls of all workers, for `/metrics`, the log and the benchmark. [any thread]
#pragma once

#include <atomic>
#include <cstdint>

namespace host {

struct PollCounters {
  std::atomic<std::uint64_t> succeeded{0};
  std::atomic<std::uint64_t> failed{0};
  std::atomic<std::uint64_t> skipped{0};  // the previous poll was still running
  std::atomic<std::uint64_t> stale{0};    // trigger edited, paused or removed during the poll
  std::atomic<std::uint64_t> events{0};
  std::atomic<std::uint64_t> held{0};
  std::atomic<std::uint64_t> requests{0};
};

}  // namespace host
