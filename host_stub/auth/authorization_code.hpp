// One run of the authorization code flow (RFC 6749, section 4.1, with PKCE S256, as RFC 8252 and
// RFC 9700 want it of an app on somebody's machine): the address the browser is sent to, the check
// of what it comes back with, and the token request that ends it.
//
// It opens no browser, listens nowhere and sends nothing: see loopback_listener.hpp and
// token_client.hpp. For one thread at a time.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "auth/authorization_state.hpp"
#include "auth/connection_secrets.hpp"
#include "auth/pkce.hpp"
#include "auth/token_client.hpp"
#include "base/secret.hpp"
#include "cpi/manifest/manifest.hpp"

namespace host {

struct CallbackRefusal {
  enum class Kind {
    foreign,  // no answer to this request: state missing or wrong, another issuer, unreadable
    over,     // the state was used before, or is older than ten minutes
    denied,   // error=access_denied: the person, or the service, said no
    app,      // the service does not accept the app or its request
    service,  // server_error, temporarily_unavailable
  };
  Kind kind = Kind::foreign;
  std::string message;  // a sentence for a person; never a secret
};

class AuthorizationCode {
 public:
  // `method` is of type oauth2_authorization_code; `redirect_uri` is bound already.
  AuthorizationCode(const cpi::manifest::AuthMethod &method, const EndpointSettings &settings,
                    std::string_view client_id, std::string redirect_uri,
                    AuthorizationState state = AuthorizationState());

  // Where the browser goes. It holds the state, but neither the client secret nor the PKCE
  // verifier.
  const std::string &url() const noexcept { return url_; }

  // Whether a request target carries the state of this sign-in. Everyone on the machine can send
  // requests to a listener; only what carries the state comes from the service's page.
  bool is_ours(std::string_view target) const;

  // Checks where the browser was sent back to: the request target a listener saw, or the whole
  // address that a person pasted. Gives the code, once.
  std::variant<Secret, CallbackRefusal> accept(std::string_view redirected);

  // The request that makes tokens of the code. `input` has the client's id and secret.
  TokenRequest exchange(const SecretObject &input, const Secret &code) const;

 private:
  std::variant<Secret, CallbackRefusal> read(std::string_view query);

  cpi::manifest::AuthMethod method_;
  EndpointSettings settings_;
  std::string redirect_uri_;
  AuthorizationState state_;
  Pkce pkce_;
  std::string url_;
};

// "https://host:port" of a URL in lower case, without the scheme's own port; empty when it is none.
std::string url_origin(const std::string &url);

}  // namespace host
