#include "delivery/retry_schedule.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>

namespace host {

std::optional<std::chrono::milliseconds> RetrySchedule::after(std::int64_t attempts,
                                                              std::chrono::milliseconds retry_after,
                                                              std::uint32_t random) const {
  if (attempts < 1 || static_cast<std::size_t>(attempts) > delays.size()) return std::nullopt;
  const auto delay = std::max(delays[static_cast<std::size_t>(attempts) - 1], retry_after).count();
  const double share = static_cast<double>(random) / std::numeric_limits<std::uint32_t>::max();
  const double extra = static_cast<double>(delay) * jitter * share;
  return std::chrono::milliseconds(delay + static_cast<std::int64_t>(extra));
}

std::chrono::milliseconds RetrySchedule::longest() const {
  auto longest = longest_retry_after;
  for (const auto delay : delays) longest = std::max(longest, delay);
  const double with_jitter = static_cast<double>(longest.count()) * (1 + jitter);
  return std::chrono::milliseconds(static_cast<std::int64_t>(with_jitter) + 1);
}

}  // namespace host
