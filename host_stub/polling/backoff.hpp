// The effect of consecutive failures on a trigger: how long it waits, and when it counts as
// failing. Pure functions, tested as tables. The README has the same values under "Limits".
#pragma once

#include <chrono>
#include <cstdint>

#include "plugins/error_class.hpp"
#include "store/records.hpp"

namespace host {

struct FailureVerdict {
  TriggerState state;
  std::chrono::milliseconds wait;  // from now to the next poll
};

inline constexpr std::int64_t failures_until_stopped = 576;  // two days at five minutes
inline constexpr std::chrono::hours failing_after{1};
inline constexpr std::chrono::milliseconds longest_wait{std::chrono::hours{1}};

// `failures`: consecutive, including this one. `failing_for`: since the first of them.
// `retry_after`: requested by the service, else 0. `random` in [0, 1): the jitter.
FailureVerdict judge_failure(ErrorClass error_class, std::int64_t failures,
                             std::chrono::milliseconds failing_for,
                             std::chrono::milliseconds interval,
                             std::chrono::milliseconds retry_after, double random,
                             TriggerState before);

}  // namespace host
