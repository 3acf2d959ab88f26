// A token in the Authorization header: "Bearer TOKEN" (RFC 6750, section 2.1). [any thread]
#pragma once

#include <string_view>

#include "base/secret.hpp"
#include "http/credential.hpp"

namespace host {

HttpCredential authorization_header();
Secret bearer_value(std::string_view token);  // empty when the token is

}  // namespace host
