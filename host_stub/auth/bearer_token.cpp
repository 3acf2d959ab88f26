#include "auth/bearer_token.hpp"

#include <string>
#include <utility>

namespace host {

HttpCredential authorization_header() {
  return {HttpCredential::Place::header, "Authorization", {}};
}

Secret bearer_value(std::string_view token) {
  if (token.empty()) return {};
  constexpr std::string_view scheme = "Bearer ";
  std::string text;
  text.reserve(scheme.size() + token.size());  // no copy is left behind by growing
  text.append(scheme).append(token);
  return Secret::take(std::move(text));
}

}  // namespace host
