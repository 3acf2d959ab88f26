// Where the exchange gets an account's credential from. The interface only; auth/ implements it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/task.hpp"
#include "http/credential.hpp"

namespace host {

struct CredentialResult {
  enum class Status : std::uint8_t {
    ok,
    needs_sign_in,  // only a person can help: revoked, refused, never signed in
    unavailable     // not now: the token endpoint is down or too busy
  };
  Status status = Status::unavailable;
  HttpCredential credential;  // ok: what goes on the request, and where
  std::uint64_t version = 0;  // ok: tells this credential from the one before and after it
  std::string detail;         // otherwise: a sentence for a person; never a secret
  std::chrono::milliseconds retry_after{0};  // unavailable: when to try again, or 0
  // unavailable: a token made a moment ago was refused; some services take a new one late, so the
  // same may do in a second.
  bool may_take_effect = false;
};

// For the loop's own thread. The id is borrowed until the task is over or destroyed; any number of
// tasks for one connection may run at once, and each may be destroyed at any moment.
class Credentials {
 public:
  virtual ~Credentials() = default;

  // The token to use now, renewed before if it is about to expire.
  virtual Task<CredentialResult> credential(std::string_view connection_id) = 0;

  // The service has answered 401 to the token of that version. Renews it if it is still the current
  // one, once for all who ask; gives the current one if it is newer. One that was renewed just now,
  // or cannot be (an API key), is unavailable for some minutes, and then needs_sign_in.
  virtual Task<CredentialResult> renewed(std::string_view connection_id,
                                         std::uint64_t rejected_version) = 0;

  // The service has answered 401 to that token, too, which `renewed` gave for the same request.
  // Renews nothing: unavailable for some minutes, then needs_sign_in.
  virtual Task<CredentialResult> refused_again(std::string_view connection_id,
                                               std::uint64_t rejected_version) = 0;

  // The service took the token of that version.
  virtual void accepted(std::string_view /*connection_id*/, std::uint64_t /*version*/) {}
};

}  // namespace host
