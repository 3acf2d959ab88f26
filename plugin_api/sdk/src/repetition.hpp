// When a request is sent again before its operation sees an answer.
//
// Services refuse requests for two temporary reasons: expired credentials, or too many requests. If
// the HTTP status shows it (401, 429, 503), the host renews, waits and repeats before the plugin
// sees an answer. Many services report it in the body, under any status, and only the plugin
// interprets bodies. So the SDK repeats the request for the operation, and a scan or a bulk action
// continues where it was.
//
// 1. Only answers that the manifest's `errors` classify as auth_expired or rate_limited are
//    repeated. Both are refusals before any effect, so a change may be sent again as well.
// 2. Credentials: the request is sent again with CPI_REQUEST_RENEW_CREDENTIALS. The host renews
//    once per operation; when the flag is sent again, it waits for the new credentials to take
//    effect, or gives up. A host older than 1.1 does not know the flag: there the operation fails
//    with auth_expired, and the host begins it again if that is safe.
// 3. Too many requests: it waits as long as the rule says, twice as long the next time, at most
//    three times per request. If the wait is too long, the operation fails instead, with the time
//    of the next try.
// 4. Both are bounded, so that the operation ends even if the service always refuses.
#pragma once

#include <cstdint>
#include <optional>

#include "cpi/sdk/channel.hpp"
#include "cpi/sdk/errors.hpp"

namespace cpi {

// The state of one operation.
class Repetition {
 public:
  Repetition(const ErrorTable &errors, std::uint32_t host_minor) noexcept
      : errors_(errors), host_minor_(host_minor) {}

  struct Again {
    bool renew = false;
    std::uint64_t wait_ms = 0;
  };
  // How to send `request` again after this answer; empty: the operation gets the answer.
  std::optional<Again> after(const Request &request, const Response &answer,
                             std::int64_t now_unix_ms);

 private:
  const ErrorTable &errors_;
  std::uint32_t host_minor_;
  int refusals_ = 0;  // of the credentials, in this operation
  int waits_ = 0;     // of this request
};

}  // namespace cpi
