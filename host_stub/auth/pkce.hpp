// Proof Key for Code Exchange (RFC 7636), with S256 only: `plain` would show the proof to whoever
// sees the browser's address bar.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/secret.hpp"

namespace host {

struct Pkce {
  Secret verifier;        // 43 characters from 256 random bits (section 4.1)
  std::string challenge;  // base64url(SHA-256(verifier)), without padding (section 4.2)
};

// [any thread]
Pkce new_pkce();
std::string pkce_challenge(std::string_view verifier);

// `size` random bytes in base64url without padding: 32 bytes give 43 characters. [any thread]
Secret random_text(std::size_t size);

}  // namespace host
