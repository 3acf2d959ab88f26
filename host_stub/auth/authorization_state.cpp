#include "auth/authorization_state.hpp"

#include <utility>

#include "auth/pkce.hpp"

namespace host {

AuthorizationState::AuthorizationState(std::function<Time()> now)
    : state_(random_text(32)), now_(std::move(now)), made_(now_()) {}

bool AuthorizationState::is(std::string_view given) const {
  return Secret(given) == state_;
}

AuthorizationState::Check AuthorizationState::take(std::string_view given) {
  if (given.empty()) return Check::missing;
  if (!is(given)) return Check::wrong;
  if (used_) return Check::used;
  used_ = true;
  return now_() - made_ < lifetime ? Check::ok : Check::expired;
}

}  // namespace host
