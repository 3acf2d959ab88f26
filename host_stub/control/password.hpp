// The password of the UI: with it a browser signs in without a link from the terminal.
//
// It is stored as a salted argon2id hash (RFC 9106, section 4: 3 passes over 64 MiB), since it may
// be short enough to be guessed by somebody who has a copy of the database.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "store/store.hpp"

namespace host {

inline constexpr std::size_t shortest_password = 12;
inline constexpr std::size_t longest_password = 256;  // bytes

// Throws Failure with the rule that it breaks.
void check_new_password(std::string_view password);

// Takes a quarter of a second and 64 MiB. Throws std::bad_alloc.
std::string hash_password(std::string_view password);

// Costs the same for every password, also for one that is empty or too long.
bool is_password(const std::string &hash, std::string_view password);

// Stores the hash, or removes the password if it is empty, and ends all sessions except `spared`
// (the hash of its cookie; empty: none is spared) if there was a password before: whoever knew it
// may have one.
void store_password(Store &store, std::string_view hash, const Bytes &spared);

}  // namespace host
