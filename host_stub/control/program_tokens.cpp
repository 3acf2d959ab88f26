#include "control/program_tokens.hpp"

#include <sodium.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "control/failure.hpp"
#include "control/random_token.hpp"

namespace host {

namespace {

constexpr std::size_t random_letters = 43;
constexpr std::size_t longest_token_name = 64;
constexpr std::int64_t use_is_noted_every_ms = 60'000;

bool token_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}

Bytes sha256_of(std::string_view text) {
  Bytes hash(crypto_hash_sha256_BYTES);
  crypto_hash_sha256(hash.data(), reinterpret_cast<const unsigned char *>(text.data()),
                     text.size());
  return hash;
}

void check_name(const std::string &name) {
  const bool fits = !name.empty() && name.size() <= longest_token_name &&
                    std::ranges::all_of(name, [](char c) { return token_letter(c) || c == '.'; });
  if (!fits)
    throw wrong_call("A token's name is 1 to 64 letters, digits, full stops, - and _.",
                     "Choose a name that says which program uses it, such as prometheus.");
}

std::vector<std::string> names_of(Store &store) {
  std::vector<std::string> names;
  for (TokenRecord &token : store.tokens()) names.push_back(std::move(token.name));
  return names;
}

}  // namespace

Secret create_program_token(Store &store, const std::string &name, TokenScope scope,
                            std::int64_t now, std::int64_t expires_at) {
  check_name(name);
  Secret token = Secret::take(std::string(program_token_prefix) + random_token());
  TokenRecord record;
  record.name = name;
  record.hash = sha256_of(token.reveal());
  record.scope = scope;
  record.created_at = now;
  record.expires_at = expires_at;
  try {
    store.add_token(record);
  } catch (const StoreError &error) {
    if (error.kind != StoreError::Kind::conflict) throw;
    throw wrong_call("A token with the name \"" + name + "\" exists.",
                     "Choose another name, or revoke that token first.");
  }
  return token;
}

void revoke_program_token(Store &store, const std::string &name) {
  if (!store.remove_token(name)) throw unknown_name("token", name, names_of(store));
}

bool is_program_token(std::string_view text) {
  return text.size() == program_token_prefix.size() + random_letters &&
         text.starts_with(program_token_prefix) &&
         std::ranges::all_of(text.substr(program_token_prefix.size()), token_letter);
}

std::optional<TokenRecord> find_program_token(Store &store, std::string_view token) {
  if (!is_program_token(token)) return std::nullopt;
  return store.token(sha256_of(token));
}

bool has_expired(const TokenRecord &token, std::int64_t now) {
  return token.expires_at != 0 && token.expires_at <= now;
}

void note_token_use(Store &store, const TokenRecord &token, std::int64_t now) {
  if (now - token.last_used_at < use_is_noted_every_ms) return;
  store.set_token_used(token.name, now);
}

}  // namespace host
