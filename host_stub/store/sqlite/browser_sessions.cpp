// Store: the sessions of browsers, and the password that opens one.
#include "store/sqlite/store_impl.hpp"

namespace host {

namespace {

std::vector<SessionRecord> read_sessions(Query row) {
  std::vector<SessionRecord> sessions;
  while (row.step()) {
    SessionRecord &session = sessions.emplace_back();
    row.read(0, session.cookie_hash);
    row.read(1, session.key_hash);
    session.opened_at = row.integer(2);
    session.used_at = row.integer(3);
  }
  return sessions;
}

}  // namespace

std::vector<SessionRecord> SqliteStore::add_session(const SessionRecord &session,
                                                    std::int64_t most) {
  Database &database = impl_->database;
  std::vector<SessionRecord> removed;
  database.transaction([&] {
    database.run(
        "INSERT INTO browser_sessions (cookie_hash, key_hash, opened_at, used_at) "
        "VALUES (?1, ?2, ?3, ?4)",
        session.cookie_hash, session.key_hash, session.opened_at, session.used_at);
    removed = read_sessions(
        database.query("DELETE FROM browser_sessions WHERE cookie_hash IN (SELECT cookie_hash FROM "
                       "browser_sessions ORDER BY used_at DESC, opened_at DESC LIMIT -1 OFFSET ?1) "
                       "RETURNING cookie_hash, key_hash, opened_at, used_at",
                       most));
  });
  return removed;
}

std::optional<SessionRecord> SqliteStore::session(const Bytes &cookie_hash) {
  auto found = read_sessions(impl_->database.query(
      "SELECT cookie_hash, key_hash, opened_at, used_at FROM browser_sessions "
      "WHERE cookie_hash = ?1",
      cookie_hash));
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

void SqliteStore::set_session_used(const Bytes &cookie_hash, std::int64_t at) {
  impl_->database.transaction([&] {
    impl_->database.run(
        "UPDATE browser_sessions SET used_at = max(used_at, ?2) WHERE cookie_hash = ?1",
        cookie_hash, at);
  });
}

bool SqliteStore::remove_session(const Bytes &cookie_hash) {
  bool removed = false;
  impl_->database.transaction([&] {
    removed =
        impl_->database.run("DELETE FROM browser_sessions WHERE cookie_hash = ?1", cookie_hash) > 0;
  });
  return removed;
}

std::vector<SessionRecord> SqliteStore::remove_old_sessions(std::int64_t opened_before,
                                                            std::int64_t used_before) {
  std::vector<SessionRecord> removed;
  impl_->database.transaction([&] {
    removed = read_sessions(
        impl_->database.query("DELETE FROM browser_sessions WHERE opened_at < ?1 OR used_at < ?2 "
                              "RETURNING cookie_hash, key_hash, opened_at, used_at",
                              opened_before, used_before));
  });
  return removed;
}

std::vector<SessionRecord> SqliteStore::remove_other_sessions(const Bytes &cookie_hash) {
  std::vector<SessionRecord> removed;
  impl_->database.transaction([&] {
    removed =
        read_sessions(impl_->database.query("DELETE FROM browser_sessions WHERE cookie_hash <> ?1 "
                                            "RETURNING cookie_hash, key_hash, opened_at, used_at",
                                            cookie_hash));
  });
  return removed;
}

std::string SqliteStore::password_hash() {
  Query row = impl_->database.query("SELECT value FROM meta WHERE name = 'password_hash'");
  std::string hash;
  if (row.step()) row.read(0, hash);
  return hash;
}

void SqliteStore::set_password_hash(std::string_view hash) {
  impl_->database.transaction([&] {
    if (hash.empty()) {
      impl_->database.run("DELETE FROM meta WHERE name = 'password_hash'");
      return;
    }
    impl_->database.run(
        "INSERT INTO meta (name, value) VALUES ('password_hash', ?1) "
        "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        hash);
  });
}

}  // namespace host
