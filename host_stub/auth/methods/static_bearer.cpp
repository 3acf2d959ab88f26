// A key that a person copied from the service, sent as a bearer token (RFC 6750, section 2.1).
#include "auth/bearer_token.hpp"
#include "auth/sign_in_method.hpp"

namespace host::methods {

extern const SignInMethod static_bearer;
const SignInMethod static_bearer{
    .type = "static_bearer",
    .credential = "key",
    .place = [](const SignInMethod::AuthMethod &) { return authorization_header(); },
    .of_input =
        [](const SignInMethod::AuthMethod &method, const SecretObject &input) {
          return bearer_value(input.text_at(method.text("token")));
        },
};

}  // namespace host::methods
