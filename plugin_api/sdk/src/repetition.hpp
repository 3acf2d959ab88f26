// When a request is sent once more before its operation sees an answer.
//
// Services refuse a request for two reasons that pass: the credentials have expired, or too many
// requests came at once. Where HTTP says so (401, 429, 503), the host has renewed, waited and
// repeated before the plugin sees anything. Many services say it in a body, under any status, and
// what bodies mean only the plugin knows. It asks again for its operation, so that a scan or a bulk
// action goes on where it was.
//
// 1. Only what the manifest's `errors` call auth_expired or rate_limited, at the places they name,
//    is asked again. Both are refusals before any effect, so a change may be sent again as well.
// 2. Credentials: the request goes out again with CPI_REQUEST_RENEW_CREDENTIALS. The host renews
//    once an operation; told so again, it waits for the new ones to take effect, or gives up. A
//    host older than 1.1 does not know the flag: there the operation sees the answer, fails with
//    auth_expired, and the host begins it again where that is safe.
// 3. Too many requests: it waits as long as the rule says, twice as long the next time, at most
//    three times for a request. Who has to wait long is not kept waiting: the operation fails, and
//    whoever began it knows when to try again.
// 4. Both are bounded, so that a service that refuses for ever ends the operation.
#pragma once

#include <cstdint>
#include <optional>

#include "cpi/sdk/channel.hpp"
#include "cpi/sdk/errors.hpp"

namespace cpi {

// Of one operation.
class Repetition {
 public:
  Repetition(const ErrorTable &errors, std::uint32_t host_minor) noexcept
      : errors_(errors), host_minor_(host_minor) {}

  struct Again {
    bool renew = false;
    std::uint64_t wait_ms = 0;
  };
  // How `request` is to be sent again after this answer; nothing: the answer is the operation's.
  std::optional<Again> after(const Request &request, const Response &answer,
                             std::int64_t now_unix_ms);

 private:
  const ErrorTable &errors_;
  std::uint32_t host_minor_;
  int refusals_ = 0;  // of the credentials, in this operation
  int waits_ = 0;     // of this request
};

}  // namespace cpi
