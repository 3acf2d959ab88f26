// A key that a person copied from the service, as a member of the query that the manifest names
// (`parameter`). Nobody but the transport puts it there, so that no URL that is shown has it.
#include <string>

#include "auth/form_encoding.hpp"
#include "auth/sign_in_method.hpp"

namespace host::methods {

extern const SignInMethod api_key_query;
const SignInMethod api_key_query{
    .type = "api_key_query",
    .credential = "key",
    .place =
        [](const SignInMethod::AuthMethod &method) {
          return HttpCredential{
              HttpCredential::Place::query, std::string(method.text("parameter")), {}};
        },
    .of_input =
        [](const SignInMethod::AuthMethod &method, const SecretObject &input) {
          return Secret::take(form_encoded(input.text_at(method.text("key"))));
        },
};

}  // namespace host::methods
