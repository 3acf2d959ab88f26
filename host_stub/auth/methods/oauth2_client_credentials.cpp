// An app signs in for itself with its id and secret (RFC 6749, section 4.4), again and again: a
// refresh token is neither expected nor used (section 4.4.3).
#include "auth/bearer_token.hpp"
#include "auth/sign_in_method.hpp"

namespace host::methods {

extern const SignInMethod oauth2_client_credentials;
const SignInMethod oauth2_client_credentials{
    .type = "oauth2_client_credentials",
    .credential = "token",
    .place = [](const SignInMethod::AuthMethod &) { return authorization_header(); },
    .of_tokens = [](const SignInMethod::AuthMethod &,
                    const TokenSet &tokens) { return bearer_value(tokens.access_token.reveal()); },
    .ask = client_credentials_request,
};

}  // namespace host::methods
