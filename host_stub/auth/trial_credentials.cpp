#include "auth/trial_credentials.hpp"

#include <chrono>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

#include "auth/sign_in_method.hpp"
#include "base/clock.hpp"

namespace host {
namespace {

using Status = CredentialResult::Status;

CredentialResult use(HttpCredential place, const Secret &value) {
  CredentialResult result;
  result.status = Status::ok;
  result.credential = std::move(place);
  result.credential.value = value.reveal();
  result.version = 1;
  return result;
}

CredentialResult refuse(Status status, std::string detail) {
  CredentialResult result;
  result.status = status;
  result.detail = std::move(detail);
  return result;
}

}  // namespace

TrialCredentials::TrialCredentials(TokenEndpoint &endpoint, cpi::manifest::Manifest manifest,
                                   std::string_view method, SecretObject input,
                                   EndpointSettings settings, std::optional<TokenSet> tokens)
    : endpoint_(endpoint),
      manifest_(std::move(manifest)),
      method_(manifest_.find_auth_method(method)),
      input_(std::move(input)),
      settings_(std::move(settings)),
      tokens_(std::move(tokens)) {
  if (method_ == nullptr)
    throw std::invalid_argument("the plugin " + std::string(manifest_.id()) +
                                " has no auth method " + std::string(method));
}

Task<CredentialResult> TrialCredentials::credential(std::string_view /*connection_id*/) {
  const SignInMethod &kind = sign_in_method(*method_);
  if (!kind.has_tokens()) {
    const Secret value = kind.of_input(*method_, input_);
    if (value.empty())
      co_return refuse(Status::needs_sign_in,
                       "there is no " + std::string(kind.credential) + " in the input");
    co_return use(kind.place(*method_), value);
  }
  if (tokens_) co_return use(kind.place(*method_), kind.of_tokens(*method_, *tokens_));
  if (kind.ask == nullptr) co_return refuse(Status::needs_sign_in, "a person has to sign in first");

  TokenAnswer answer =
      co_await ask_for_tokens(endpoint_, kind.ask(*method_, settings_, input_), unix_ms_now);
  if (auto *fresh = std::get_if<TokenSet>(&answer.result)) {
    tokens_ = std::move(*fresh);
    co_return use(kind.place(*method_), kind.of_tokens(*method_, *tokens_));
  }
  const auto &refusal = std::get<TokenRefusal>(answer.result);
  const bool passing = refusal.kind == TokenRefusal::Kind::transient;
  CredentialResult result =
      refuse(passing ? Status::unavailable : Status::needs_sign_in, refusal.message);
  result.retry_after = refusal.retry_after;
  co_return result;
}

Task<CredentialResult> TrialCredentials::renewed(std::string_view /*connection_id*/,
                                                 std::uint64_t /*rejected_version*/) {
  constexpr int most_refusals = 4;
  if (tokens_ && ++refusals_ <= most_refusals) {
    CredentialResult result =
        refuse(Status::unavailable, "the service does not take the token that it has just issued");
    result.may_take_effect = true;
    co_return result;
  }
  co_return refuse(Status::needs_sign_in, "the service refuses these credentials");
}

Task<CredentialResult> TrialCredentials::refused_again(std::string_view connection_id,
                                                       std::uint64_t rejected_version) {
  return renewed(connection_id, rejected_version);
}

}  // namespace host
