// A person allows the access in a browser (RFC 6749, section 4.1); the refresh token that comes of
// it renews the access token.
#include <utility>

#include "auth/bearer_token.hpp"
#include "auth/sign_in_method.hpp"

namespace host::methods {

extern const SignInMethod oauth2_authorization_code;
const SignInMethod oauth2_authorization_code{
    .type = "oauth2_authorization_code",
    .credential = "token",
    .place = [](const SignInMethod::AuthMethod &) { return authorization_header(); },
    .of_tokens = [](const SignInMethod::AuthMethod &,
                    const TokenSet &tokens) { return bearer_value(tokens.access_token.reveal()); },
    .in_browser =
        [](const SignInMethod::AuthMethod &method, const EndpointSettings &settings,
           const SecretObject &input, std::string redirect_uri) {
          return std::make_unique<AuthorizationCode>(method, settings, input.text("client_id"),
                                                     std::move(redirect_uri));
        },
    .refresh = refresh_request,
};

}  // namespace host::methods
