// The exchange's source of an account's credential. Interface only; auth/ implements it.
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
    needs_sign_in,  // a person must sign in: revoked, refused, or never signed in
    unavailable     // temporarily: the token endpoint is down or busy
  };
  Status status = Status::unavailable;
  HttpCredential credential;  // ok: the credential, and where it goes on the request
  std::uint64_t version = 0;  // ok: distinguishes this credential from earlier and later ones
  std::string detail;         // otherwise: a sentence for a person; never a secret
  std::chrono::milliseconds retry_after{0};  // unavailable: when to try again, or 0
  // unavailable: a new token was refused. Some services accept a new token only after a delay, so
  // the same token may work in a second.
  bool may_take_effect = false;
};

// For the loop's own thread. The id is borrowed until the task ends or is destroyed. Any number of
// tasks for one connection may run concurrently, and each may be destroyed at any time.
class Credentials {
 public:
  virtual ~Credentials() = default;

  // The current token, renewed first if it is about to expire.
  virtual Task<CredentialResult> credential(std::string_view connection_id) = 0;

  // The service answered 401 to the token of that version. Renews it if it is still the current
  // one, once for all callers; returns the current one if it is newer. For a token that was just
  // renewed, or cannot be renewed (an API key): unavailable for some minutes, then needs_sign_in.
  virtual Task<CredentialResult> renewed(std::string_view connection_id,
                                         std::uint64_t rejected_version) = 0;

  // The service also answered 401 to the token that `renewed` returned for the same request. Renews
  // nothing: unavailable for some minutes, then needs_sign_in.
  virtual Task<CredentialResult> refused_again(std::string_view connection_id,
                                               std::uint64_t rejected_version) = 0;

  // The service accepted the token of that version.
  virtual void accepted(std::string_view /*connection_id*/, std::uint64_t /*version*/) {}
};

}  // namespace host
