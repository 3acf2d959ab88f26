// When a refused event is tried again, and when it is given up.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace host {

// What a receiver may ask for.
inline constexpr std::chrono::milliseconds longest_retry_after = std::chrono::hours(24);

struct RetrySchedule {
  // Before the second try, the third, and so on: those of Standard Webhooks, 75 hours in all.
  std::vector<std::chrono::milliseconds> delays = {
      std::chrono::seconds(5), std::chrono::minutes(5), std::chrono::minutes(30),
      std::chrono::hours(2),   std::chrono::hours(5),   std::chrono::hours(10),
      std::chrono::hours(14),  std::chrono::hours(20),  std::chrono::hours(24)};
  // As much again of each delay is added at random, so that receivers which fell over together are
  // not all called together.
  double jitter = 0.1;

  // How long to wait after so many failed tries (1 or more); nothing: give up. The receiver's own
  // wish is kept where it is longer. `random` is anything: it picks the jitter.
  std::optional<std::chrono::milliseconds> after(std::int64_t attempts,
                                                 std::chrono::milliseconds retry_after,
                                                 std::uint32_t random) const;
  // What no wait is longer than, when a receiver asks for at most `longest_retry_after`.
  std::chrono::milliseconds longest() const;
};

}  // namespace host
