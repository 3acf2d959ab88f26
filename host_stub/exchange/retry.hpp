// Decides what to do after an attempt: pure functions with a table, no state and no clock. A
// request with an unknown effect that must not be repeated is never sent again.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "exchange/request_kind.hpp"
#include "http/transport.hpp"

namespace host {

// The result of an attempt, as far as it matters for a retry.
enum class AttemptResult : std::uint8_t {
  answered,      // success, or a failure that a retry would not change
  not_sent,      // no byte of the request was sent
  rate_limited,  // 429: rejected before any effect
  overloaded,    // 503: as 429 if it has Retry-After, else as server_error
  server_error,  // 500, 502, 504: may have had an effect
  lost,          // sent, but no readable answer
  oversized,     // sent, but the answer is larger than allowed; a retry would not change that
  denied         // by the host's own policy
};
AttemptResult attempt_result(const HttpOutcome &outcome);

enum class Verdict : std::uint8_t {
  deliver,  // return it to the caller
  retry,
  unknown  // return it to the caller as an unknown outcome
};

struct RetryPolicy {
  int max_retries = 3;
  std::chrono::milliseconds first_backoff{500};  // doubles with each retry
  std::chrono::milliseconds longest_wait{60'000};
};

struct Attempted {
  AttemptResult result = AttemptResult::answered;
  bool repeatable = false;
  RequestKind kind = RequestKind::action;
  int retries_done = 0;
  std::optional<std::chrono::milliseconds> retry_after;  // requested by the service
};

struct Decision {
  Verdict verdict = Verdict::deliver;
  std::chrono::milliseconds wait{0};  // before the retry
};

// `chance` is uniform in [0, 1). An action waits as long as the service requests, up to the longest
// wait. A poll returns instead, because its schedule can wait.
Decision decide(const RetryPolicy &policy, const Attempted &attempted, double chance);

// Retry-After, RFC 9110, section 10.2.3: seconds, or an HTTP date. Empty for anything else, and for
// 0 or a past date, which are as good as no header. A number that is too large becomes the largest
// possible one.
std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view value,
                                                           std::int64_t now_unix_ms);

}  // namespace host
