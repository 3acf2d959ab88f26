// The two clocks of the host: a monotonic clock for durations, and Unix time for stored and sent
// times.
#pragma once

#include <chrono>
#include <cstdint>

namespace host {

using Clock = std::chrono::steady_clock;

inline std::int64_t unix_ms_now() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace host
