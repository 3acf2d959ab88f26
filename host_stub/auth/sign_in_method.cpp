#include "auth/sign_in_method.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace host {

namespace methods {

extern const SignInMethod api_key_header;
extern const SignInMethod api_key_query;
extern const SignInMethod basic;
extern const SignInMethod oauth2_authorization_code;
extern const SignInMethod oauth2_client_credentials;
extern const SignInMethod static_bearer;

}  // namespace methods

namespace {

constexpr std::array rows{
    &methods::oauth2_authorization_code,
    &methods::oauth2_client_credentials,
    &methods::static_bearer,
    &methods::api_key_header,
    &methods::api_key_query,
    &methods::basic,
};

}  // namespace

std::span<const SignInMethod *const> sign_in_methods() noexcept {
  return rows;
}

const SignInMethod &sign_in_method(const cpi::manifest::AuthMethod &method) {
  const auto found = std::ranges::find(rows, method.type, &SignInMethod::type);
  if (found == rows.end()) throw std::logic_error("no way to sign in is called " + method.type);
  return **found;
}

std::vector<Secret> secret_texts(const cpi::manifest::AuthMethod &method, const SecretObject &input,
                                 std::span<const std::string> secrets) {
  std::vector<Secret> out;
  for (const std::string &pointer : secrets) out.emplace_back(input.text_at(pointer));
  const SignInMethod &kind = sign_in_method(method);
  if (kind.has_tokens()) return out;
  const Secret value = kind.of_input(method, input);
  const std::string_view text = value.reveal();
  out.emplace_back(text.substr(text.rfind(' ') + 1));  // without the scheme, if there is one
  return out;
}

bool through_browser(const cpi::manifest::AuthMethod &method) {
  return sign_in_method(method).in_browser != nullptr;
}

}  // namespace host
