// What to do after an attempt: pure functions over a table, no state and no clock. Its essence: a
// request whose effect is unknown, and which may not be repeated, is never sent again.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "exchange/request_kind.hpp"
#include "http/transport.hpp"

namespace host {

// What an attempt has shown, as far as it matters for another.
enum class AttemptResult : std::uint8_t {
  answered,      // success, or a refusal that a repetition would not change
  not_sent,      // no byte of the request has left
  rate_limited,  // 429: rejected before any effect
  overloaded,    // 503: likewise where it says when to come back, else as a server error
  server_error,  // 500, 502, 504: may have had its effect
  lost,          // sent, and no answer that could be read
  oversized,     // sent, and the answer is larger than allowed: so would be the next
  denied         // the host's own policy
};
AttemptResult attempt_result(const HttpOutcome &outcome);

enum class Verdict : std::uint8_t {
  deliver,  // hand it to the caller
  retry,
  unknown  // hand it to the caller, who must say that nobody knows whether it took effect
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
  std::optional<std::chrono::milliseconds> retry_after;  // what the service asked for
};

struct Decision {
  Verdict verdict = Verdict::deliver;
  std::chrono::milliseconds wait{0};  // before the retry
};

// `chance` is uniform in [0, 1). An action waits as long as the service asks, at most the longest
// wait; a poll that was asked to wait is delivered, since its schedule can wait better.
Decision decide(const RetryPolicy &policy, const Attempted &attempted, double chance);

// Retry-After, RFC 9110, section 10.2.3: seconds, or an HTTP date. Nothing for anything else, nor
// for 0 or a date that has passed, which say no more than no header does. A number too large to
// hold is the largest.
std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view value,
                                                           std::int64_t now_unix_ms);

}  // namespace host
