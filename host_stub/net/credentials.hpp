// Where the exchange gets the Authorization header from. The interface only; auth/ implements it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "worker/task.hpp"

namespace host {

struct BearerResult {
  enum class Status : std::uint8_t {
    ok,
    needs_sign_in,  // only a person can help: revoked, refused, never signed in
    unavailable     // not now: the token endpoint is down or too busy
  };
  Status status = Status::unavailable;
  std::string authorization;  // ok: the whole header value, "Bearer ..."
  std::uint64_t version = 0;  // ok: tells this token from the one before and after it
  std::string detail;         // otherwise: a sentence for a person; never a secret
  std::chrono::milliseconds retry_after{0};  // unavailable: when to try again, or 0
};

// For the loop's own thread. The id is borrowed until the task is over or destroyed; any number of
// tasks for one connection may run at once, and each may be destroyed at any moment.
class Credentials {
 public:
  virtual ~Credentials() = default;

  // The token to use now, renewed before if it is about to expire.
  virtual Task<BearerResult> authorization(std::string_view connection_id) = 0;

  // The service has answered 401 to the token of that version. Renews it if it is still the current
  // one, once for all who ask; gives the current one if it is newer. Credentials that cannot be
  // renewed (an API key) answer needs_sign_in.
  virtual Task<BearerResult> renewed(std::string_view connection_id,
                                     std::uint64_t rejected_version) = 0;
};

}  // namespace host
