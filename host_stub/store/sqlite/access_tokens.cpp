// Store: the tokens of programs.
#include "store/sqlite/store_impl.hpp"

namespace host {

namespace {

void read_token(const Database &database, const Query &row, TokenRecord &into) {
  row.read(0, into.name);
  row.read(1, into.hash);
  into.scope = read_enum<TokenScope>(database, row, 2);
  into.created_at = row.integer(3);
  into.expires_at = row.integer(4);
  into.last_used_at = row.integer(5);
}

}  // namespace

void SqliteStore::add_token(const TokenRecord &token) {
  impl_->database.transaction([&] {
    impl_->database.run(
        "INSERT INTO access_tokens (name, hash, scope, created_at, expires_at, last_used_at) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        token.name, token.hash, to_string(token.scope), token.created_at, token.expires_at,
        token.last_used_at);
  });
}

std::vector<TokenRecord> SqliteStore::tokens() {
  std::vector<TokenRecord> all;
  Query row = impl_->database.query(
      "SELECT name, hash, scope, created_at, expires_at, last_used_at FROM access_tokens "
      "ORDER BY name");
  while (row.step()) read_token(impl_->database, row, all.emplace_back());
  return all;
}

std::optional<TokenRecord> SqliteStore::token(const Bytes &hash) {
  Query row = impl_->database.query(
      "SELECT name, hash, scope, created_at, expires_at, last_used_at FROM access_tokens "
      "WHERE hash = ?1",
      hash);
  if (!row.step()) return std::nullopt;
  TokenRecord token;
  read_token(impl_->database, row, token);
  return token;
}

bool SqliteStore::remove_token(std::string_view name) {
  bool removed = false;
  impl_->database.transaction([&] {
    removed = impl_->database.run("DELETE FROM access_tokens WHERE name = ?1", name) > 0;
  });
  return removed;
}

void SqliteStore::set_token_used(std::string_view name, std::int64_t at) {
  impl_->database.transaction([&] {
    impl_->database.run(
        "UPDATE access_tokens SET last_used_at = max(last_used_at, ?2) WHERE name = ?1", name, at);
  });
}

}  // namespace host
