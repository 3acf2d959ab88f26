// When a refused event is tried again, and when it is given up.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace host {

// The longest delay that a receiver may request.
inline constexpr std::chrono::milliseconds longest_retry_after = std::chrono::hours(24);

struct RetrySchedule {
  // Delays before the second try, the third, and so on: those of Standard Webhooks, 75 hours in
  // total.
  std::vector<std::chrono::milliseconds> delays = {
      std::chrono::seconds(5), std::chrono::minutes(5), std::chrono::minutes(30),
      std::chrono::hours(2),   std::chrono::hours(5),   std::chrono::hours(10),
      std::chrono::hours(14),  std::chrono::hours(20),  std::chrono::hours(24)};
  // Up to this share of each delay is added at random, so that receivers that failed together are
  // not all retried together.
  double jitter = 0.1;

  // The wait after this many failed tries (1 or more); empty: give up. If the receiver requests a
  // longer delay, that is used. `random` is any number, for the jitter.
  std::optional<std::chrono::milliseconds> after(std::int64_t attempts,
                                                 std::chrono::milliseconds retry_after,
                                                 std::uint32_t random) const;
  // The upper bound of a wait, if a receiver requests at most `longest_retry_after`.
  std::chrono::milliseconds longest() const;
};

}  // namespace host
