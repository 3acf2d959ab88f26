// The credentials of a connection that is not saved yet: `connect` tests it with these, and saves
// it with the tokens they got only when the test went well.
//
// For the loop's own thread.
#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "auth/connection_secrets.hpp"
#include "auth/token_client.hpp"
#include "auth/token_set.hpp"
#include "cpi/manifest/manifest.hpp"
#include "exchange/credentials.hpp"

namespace host {

class TrialCredentials : public Credentials {
 public:
  // `manifest` has the method. Throws std::invalid_argument for an unknown method. The connection
  // ids asked for are ignored: there is only one.
  TrialCredentials(TokenEndpoint &endpoint, cpi::manifest::Manifest manifest,
                   std::string_view method, SecretObject input, EndpointSettings settings,
                   std::optional<TokenSet> tokens = std::nullopt);

  Task<CredentialResult> credential(std::string_view connection_id) override;
  // The token endpoint has just confirmed who asks, and a new token may be taken late: that is
  // waited for, not long. A key will not get better.
  Task<CredentialResult> renewed(std::string_view connection_id,
                                 std::uint64_t rejected_version) override;
  Task<CredentialResult> refused_again(std::string_view connection_id,
                                       std::uint64_t rejected_version) override;

  // What to store with the connection; nothing for a static key.
  const std::optional<TokenSet> &tokens() const noexcept { return tokens_; }
  const SecretObject &input() const noexcept { return input_; }

 private:
  TokenEndpoint &endpoint_;
  cpi::manifest::Manifest manifest_;
  const cpi::manifest::AuthMethod *method_;
  SecretObject input_;
  EndpointSettings settings_;
  std::optional<TokenSet> tokens_;
  int refusals_ = 0;
};

}  // namespace host
