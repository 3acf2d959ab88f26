// A user name and a password in the Authorization header (RFC 7617): base64 of "user:password" in
// UTF-8. Some services take a key as the user name, and no password.
#include <sodium.h>

#include <algorithm>
#include <string>
#include <utility>

#include "auth/bearer_token.hpp"
#include "auth/sign_in_method.hpp"

namespace host::methods {

extern const SignInMethod basic;
const SignInMethod basic{
    .type = "basic",
    .credential = "user name or password",
    .place = [](const SignInMethod::AuthMethod &) { return authorization_header(); },
    .of_input =
        [](const SignInMethod::AuthMethod &method, const SecretObject &input) {
          const std::string_view user = input.text_at(method.text("user"));
          const std::string_view pointer = method.text("password");
          const std::string_view password =
              pointer.empty() ? std::string_view() : input.text_at(pointer);
          if (user.empty() && password.empty()) return Secret();
          std::string pair;
          pair.reserve(user.size() + 1 + password.size());
          pair.append(user).append(":").append(password);
          constexpr std::string_view scheme = "Basic ";
          constexpr int variant = sodium_base64_VARIANT_ORIGINAL;
          std::string text(scheme.size() + sodium_base64_ENCODED_LEN(pair.size(), variant), '\0');
          text.replace(0, scheme.size(), scheme);
          sodium_bin2base64(text.data() + scheme.size(), text.size() - scheme.size(),
                            reinterpret_cast<const unsigned char *>(pair.data()), pair.size(),
                            variant);
          text.pop_back();  // its terminator
          wipe(pair);
          return Secret::take(std::move(text));
        },
    .problems =
        [](const SignInMethod::AuthMethod &method, const SecretObject &input) {
          // RFC 7617, section 2: no control character in either, no colon in the user name. That
          // the text is UTF-8 is known: it was JSON.
          std::vector<cpi::Violation> out;
          for (const std::string_view member :
               {std::string_view("user"), std::string_view("password")}) {
            const std::string pointer(method.text(member));
            const std::string name(member == "user" ? "user name" : member);
            const std::string_view text =
                pointer.empty() ? std::string_view() : input.text_at(pointer);
            if (std::ranges::any_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7F; }))
              out.push_back({pointer,
                             "The " + name +
                                 " has a line break or another control character, "
                                 "which Basic authentication cannot send.",
                             "sign_in"});
            if (member == "user" && text.find(':') != std::string_view::npos)
              out.push_back({pointer,
                             "The user name has a colon, which Basic authentication does not "
                             "allow.",
                             "sign_in"});
          }
          return out;
        },
};

}  // namespace host::methods
