#include "repetition.hpp"

#include <algorithm>

namespace cpi {

namespace {

constexpr std::uint32_t renewing_minor = 1;  // the first that has CPI_REQUEST_RENEW_CREDENTIALS
constexpr int most_refusals = 6;             // one renewal, and time for it to take effect
constexpr int most_waits = 3;
constexpr std::uint64_t shortest_wait_ms = 500;
constexpr std::uint64_t longest_wait_ms = 10'000;

}  // namespace

std::optional<Repetition::Again> Repetition::after(const Request &request, const Response &answer,
                                                   std::int64_t now_unix_ms) {
  const auto refusal = errors_.passing_refusal(answer, now_unix_ms);
  if (!refusal) {
    waits_ = 0;
    return std::nullopt;
  }
  if (refusal->of_credentials) {
    const bool can = request.credentials && host_minor_ >= renewing_minor;
    if (!can || refusals_ >= most_refusals) return std::nullopt;
    ++refusals_;
    return Again{.renew = true, .wait_ms = 0};
  }
  const std::uint64_t asked = std::max(refusal->retry_after_ms, shortest_wait_ms);
  if (waits_ >= most_waits || asked > longest_wait_ms) {
    waits_ = 0;
    return std::nullopt;
  }
  return Again{.renew = false, .wait_ms = std::min(asked << waits_++, longest_wait_ms)};
}

}  // namespace cpi
