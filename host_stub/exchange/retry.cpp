// The outcome table and the waits between attempts.
#include "exchange/retry.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <string>

namespace host {

namespace {

struct Row {
  AttemptResult result;
  Verdict repeatable;
  Verdict not_repeatable;
};

constexpr std::array<Row, 8> table{{
    {AttemptResult::answered, Verdict::deliver, Verdict::deliver},
    {AttemptResult::not_sent, Verdict::retry, Verdict::retry},
    {AttemptResult::rate_limited, Verdict::retry, Verdict::retry},
    {AttemptResult::overloaded, Verdict::retry, Verdict::retry},
    {AttemptResult::server_error, Verdict::retry, Verdict::unknown},
    {AttemptResult::lost, Verdict::retry, Verdict::unknown},
    {AttemptResult::oversized, Verdict::deliver, Verdict::unknown},
    {AttemptResult::denied, Verdict::deliver, Verdict::deliver},
}};

constexpr bool rows_are_in_order() {
  for (std::size_t i = 0; i < table.size(); ++i)
    if (static_cast<std::size_t>(table[i].result) != i) return false;
  return true;
}
static_assert(rows_are_in_order());

std::chrono::milliseconds backoff(const RetryPolicy &policy, const Attempted &attempted,
                                  double chance) {
  // Limited before doubling, so that no number of retries overflows.
  const int doublings = std::min(attempted.retries_done, 20);
  const auto span = std::min(policy.first_backoff * (1L << doublings), policy.longest_wait);
  const auto jitter =
      std::chrono::duration_cast<std::chrono::milliseconds>(span * std::clamp(chance, 0.0, 1.0));
  // Full jitter spreads callers best, but after a rate limit a caller must not retry at once.
  if (attempted.result == AttemptResult::rate_limited)
    return std::min(span + jitter, policy.longest_wait);
  return jitter;
}

}  // namespace

AttemptResult attempt_result(const HttpOutcome &outcome) {
  if (outcome.responded) {
    switch (outcome.response.status) {
      case 429:
        return AttemptResult::rate_limited;
      case 503:
        return AttemptResult::overloaded;
      case 500:
      case 502:
      case 504:
        return AttemptResult::server_error;
      default:
        return AttemptResult::answered;
    }
  }
  switch (outcome.failure.kind) {
    case NoResponse::denied:
    case NoResponse::rate_limited:
    case NoResponse::no_credentials:
      return AttemptResult::denied;
    case NoResponse::too_large:
      return AttemptResult::oversized;
    default:
      return outcome.failure.maybe_sent ? AttemptResult::lost : AttemptResult::not_sent;
  }
}

Decision decide(const RetryPolicy &policy, const Attempted &attempted, double chance) {
  const Row &row = table.at(static_cast<std::size_t>(attempted.result));
  const Verdict verdict = attempted.repeatable ? row.repeatable : row.not_repeatable;
  if (verdict != Verdict::retry) return {verdict, {}};
  // A proxy also answers 503 if the service closed the connection after receiving the request.
  if (attempted.result == AttemptResult::overloaded && !attempted.repeatable &&
      !attempted.retry_after)
    return {Verdict::unknown, {}};
  if (attempted.retries_done >= policy.max_retries) return {Verdict::deliver, {}};
  const bool asked_to_wait =
      attempted.retry_after && (attempted.result == AttemptResult::rate_limited ||
                                attempted.result == AttemptResult::overloaded);
  if (!asked_to_wait) return {Verdict::retry, backoff(policy, attempted, chance)};
  if (attempted.kind == RequestKind::poll) return {Verdict::deliver, {}};
  return {Verdict::retry, std::min(*attempted.retry_after, policy.longest_wait)};
}

std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view value,
                                                           std::int64_t now_unix_ms) {
  using std::chrono::milliseconds;
  constexpr std::size_t longest_number = 12;  // 30,000 years of seconds
  constexpr std::size_t longest_date = 40;
  if (value.empty()) return std::nullopt;
  if (value.find_first_not_of("0123456789") == std::string_view::npos) {
    value.remove_prefix(std::min(value.find_first_not_of('0'), value.size()));
    if (value.size() > longest_number) return milliseconds::max();
    std::int64_t seconds = 0;
    for (const char digit : value) seconds = seconds * 10 + (digit - '0');
    if (seconds == 0) return std::nullopt;
    return milliseconds(seconds * 1000);
  }
  // libcurl accepts many texts as dates; all three forms of RFC 9110, section 5.6.7 begin with a
  // weekday and have a time of day.
  const bool looks_like_date = value.front() >= 'A' && value.front() <= 'Z' &&
                               value.find(':') != std::string_view::npos &&
                               value.size() <= longest_date;
  if (!looks_like_date) return std::nullopt;
  const std::time_t at = curl_getdate(std::string(value).c_str(), nullptr);
  if (at < 0) return std::nullopt;
  const std::int64_t left = std::int64_t{at} * 1000 - now_unix_ms;
  if (left <= 0) return std::nullopt;
  return milliseconds(left);
}

}  // namespace host
