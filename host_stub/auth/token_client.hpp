// Asks a token endpoint for tokens, as the manifest's auth method says (RFC 6749, sections 2.3.1,
// 4.1.3, 4.4 and 6). It keeps nothing and repeats nothing.
//
// For the loop's own thread.
#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <variant>

#include "auth/connection_secrets.hpp"
#include "auth/endpoint_settings.hpp"
#include "auth/token_set.hpp"
#include "base/secret.hpp"
#include "base/task.hpp"
#include "cpi/manifest/manifest.hpp"
#include "http/transport.hpp"

namespace host {

struct TokenRequest {
  std::string url;
  std::string content_type;
  Secret authorization;  // the whole header value for `basic`, or empty
  Secret body;
  std::chrono::seconds skew{0};  // goes into the token set that comes back
};

// Where token requests go; a test brings another one than the transport.
class TokenEndpoint {
 public:
  virtual ~TokenEndpoint() = default;
  virtual Task<HttpOutcome> post(const TokenRequest &request) = 0;  // borrowed until it is over
};

class TransportTokenEndpoint : public TokenEndpoint {
 public:
  explicit TransportTokenEndpoint(Transport &transport) noexcept : transport_(transport) {}
  Task<HttpOutcome> post(const TokenRequest &request) override;

 private:
  Transport &transport_;
};

// The three grants (sections 4.4, 6 and 4.1.3, the last one with PKCE: RFC 7636, section 4.5).
TokenRequest client_credentials_request(const cpi::manifest::AuthMethod &method,
                                        const EndpointSettings &settings,
                                        const SecretObject &input);
TokenRequest refresh_request(const cpi::manifest::AuthMethod &method,
                             const EndpointSettings &settings, const SecretObject &input,
                             const Secret &refresh_token);
TokenRequest authorization_code_request(const cpi::manifest::AuthMethod &method,
                                        const EndpointSettings &settings, const SecretObject &input,
                                        const Secret &code, std::string_view redirect_uri,
                                        const Secret &verifier);

struct TokenAnswer {
  std::variant<TokenSet, TokenRefusal> result;
  bool maybe_received = false;  // the request may have reached the service though no answer came
};

// Sends a request and reads what comes back. `now` is asked after the answer.
Task<TokenAnswer> ask_for_tokens(TokenEndpoint &endpoint, TokenRequest request,
                                 std::function<std::int64_t()> now_unix_ms);

}  // namespace host
