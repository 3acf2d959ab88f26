// A key that a person copied from the service, in a header that the manifest names (`header`),
// behind a fixed text where the service wants one (`prefix`: "Token ").
#include <algorithm>
#include <string>
#include <utility>

#include "auth/sign_in_method.hpp"

namespace host::methods {

extern const SignInMethod api_key_header;
const SignInMethod api_key_header{
    .type = "api_key_header",
    .credential = "key",
    .place =
        [](const SignInMethod::AuthMethod &method) {
          return HttpCredential{
              HttpCredential::Place::header, std::string(method.text("header")), {}};
        },
    .of_input =
        [](const SignInMethod::AuthMethod &method, const SecretObject &input) {
          const std::string_view key = input.text_at(method.text("key"));
          if (key.empty()) return Secret();
          const std::string_view prefix = method.text("prefix");
          std::string text;
          text.reserve(prefix.size() + key.size());  // no copy is left behind by growing
          text.append(prefix).append(key);
          return Secret::take(std::move(text));
        },
    .problems =
        [](const SignInMethod::AuthMethod &method, const SecretObject &input) {
          // What a field value may be (RFC 9110, section 5.5). Blanks around it would be lost.
          const std::string_view key = input.text_at(method.text("key"));
          std::vector<cpi::Violation> out;
          const std::string pointer(method.text("key"));
          if (std::ranges::any_of(key, [](unsigned char c) { return c < 0x20 || c == 0x7F; }))
            out.push_back({pointer,
                           "The key has a line break or another control character, which a "
                           "header cannot carry.",
                           "sign_in"});
          else if (key.starts_with(' ') || key.ends_with(' '))
            out.push_back({pointer,
                           "The key begins or ends with a blank, which would be lost on the way.",
                           "sign_in"});
          return out;
        },
};

}  // namespace host::methods
