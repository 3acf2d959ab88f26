// Tokens for programs that use the API of a running host. A token is shown once, when it is
// created; the database has its SHA-256.
//
// A plain hash is enough here. Slow password hashes protect short secrets that a person invents and
// that can be guessed from a list; a token has 256 random bits, so that nobody finds it from its
// hash, and it is checked with every request, which must cost little.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/secret.hpp"
#include "store/store.hpp"

namespace host {

// What is before the random part: people and secret scanners recognise a token by it.
inline constexpr std::string_view program_token_prefix = "connector_";

// Creates a token. `expires_at` in Unix milliseconds; 0: never. Throws Failure for a name that
// exists or is not one to 64 letters, digits, full stops, - and _.
Secret create_program_token(Store &store, const std::string &name, TokenScope scope,
                            std::int64_t now, std::int64_t expires_at);

// Throws Failure (unknown): there is no such name.
void revoke_program_token(Store &store, const std::string &name);

// True if it has the form of a token. Anything else needs no look into the database.
bool is_program_token(std::string_view text);

// The record of this token, also of an expired one; empty if it is unknown or was revoked. The
// search is for a hash, so its duration reveals nothing about a similar token.
std::optional<TokenRecord> find_program_token(Store &store, std::string_view token);

bool has_expired(const TokenRecord &token, std::int64_t now);

// Records that the token was used, at most once a minute: reading must not become writing.
void note_token_use(Store &store, const TokenRecord &token, std::int64_t now);

}  // namespace host
