#include "polling/backoff.hpp"

#include <algorithm>

namespace host {

namespace {

// interval, 2 x interval, 4 x ... up to the longest, half of it fixed and half random: triggers
// that failed together do not poll together.
std::chrono::milliseconds spread(std::int64_t failures, std::chrono::milliseconds interval,
                                 double random) {
  std::chrono::milliseconds wait = interval;
  for (std::int64_t i = 1; i < failures && wait < longest_wait; ++i) wait *= 2;
  wait = std::min(wait, longest_wait);
  const auto jittered = std::chrono::duration_cast<std::chrono::milliseconds>(
      wait * (0.5 + 0.5 * std::clamp(random, 0.0, 1.0)));
  return std::max(jittered, std::min(interval, longest_wait) / 2);
}

}  // namespace

FailureVerdict judge_failure(ErrorClass error_class, std::int64_t failures,
                             std::chrono::milliseconds failing_for,
                             std::chrono::milliseconds interval,
                             std::chrono::milliseconds retry_after, double random,
                             TriggerState before) {
  // Only a person can fix these; repeated requests could get the account blocked.
  if (error_class == ErrorClass::needs_reauth || error_class == ErrorClass::auth_expired ||
      error_class == ErrorClass::app_misconfigured) {
    return {TriggerState::needs_sign_in, std::chrono::milliseconds{0}};
  }
  if (error_class == ErrorClass::limitation) {
    return {TriggerState::stopped, std::chrono::milliseconds{0}};
  }
  const auto wait =
      std::max(spread(failures, interval, random), std::min(retry_after, longest_wait));
  if (failures >= failures_until_stopped) return {TriggerState::stopped, wait};
  // An unfinished baseline stays `initialising`: it must complete before any event is emitted.
  if (before == TriggerState::initialising) return {TriggerState::initialising, wait};
  if (failing_for >= failing_after) return {TriggerState::failing, wait};
  return {before, wait};
}

}  // namespace host
