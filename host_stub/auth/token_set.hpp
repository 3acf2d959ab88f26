// What a token endpoint answers (RFC 6749, sections 5.1 and 5.2), read with suspicion, and the
// token set a connection keeps of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/secret.hpp"

namespace host {

struct TokenSet {
  Secret access_token;
  Secret refresh_token;                 // may be empty
  std::chrono::seconds lifetime{0};     // from the answer, or 3600; 0: never expires
  std::chrono::seconds skew{0};         // the manifest's; 0: it says nothing
  std::int64_t expires_at_unix_ms = 0;  // 0: never expires
  std::string token_url;                // who gave it; empty: an earlier version did not keep that
  std::string granted_scope;            // from the answer, not stored; empty: the requested one

  // What is sealed into the store, and back. Nothing when it is not what to_json wrote.
  Secret to_json() const;
  static std::optional<TokenSet> from_json(std::string_view json);
};

// When to renew before the end: what the manifest says, or 10% of the lifetime, at least 60 and at
// most 300 seconds; half of the lifetime where that is less, so that a token of a minute is used at
// all.
std::chrono::seconds refresh_skew(std::chrono::seconds lifetime,
                                  std::chrono::seconds said = {}) noexcept;

struct TokenRefusal {
  enum class Kind {
    grant,      // invalid_grant: the refresh token or the authorization is dead
    app,        // client id, secret or what the app may do is wrong; another sign-in won't help
    transient,  // anything else: try again later
  };
  Kind kind = Kind::transient;
  std::string message;                       // a sentence for the user; never a secret
  std::chrono::milliseconds retry_after{0};  // 0: unknown
};

constexpr std::size_t max_token_answer_bytes = 64u << 10;

// Never throws for what the answer holds. `retry_after_header` is the header's value, or empty.
std::variant<TokenSet, TokenRefusal> parse_token_answer(int http_status, std::string_view body,
                                                        std::string_view retry_after_header,
                                                        std::int64_t now_unix_ms);

}  // namespace host
