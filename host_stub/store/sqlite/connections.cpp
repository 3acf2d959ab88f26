// Store: connections and their token sets.
#include "store/sqlite/store_impl.hpp"

namespace host {

namespace {

#define CONNECTION_COLUMNS                                                   \
  "id, plugin, method, label, state, state_reason, settings, sealed_input, " \
  "sealed_tokens, token_expires_at, refresh_started_at, token_version, created_at"

ConnectionRecord read_connection(const Database &database, const Query &row) {
  ConnectionRecord record;
  row.read(0, record.id);
  row.read(1, record.plugin);
  row.read(2, record.method);
  row.read(3, record.label);
  record.state = read_enum<ConnectionState>(database, row, 4);
  row.read(5, record.state_reason);
  row.read(6, record.settings);
  row.read(7, record.sealed_input);
  row.read(8, record.sealed_tokens);
  record.token_expires_at = row.integer(9);
  record.refresh_started_at = row.integer(10);
  record.token_version = row.integer(11);
  record.created_at = row.integer(12);
  return record;
}

}  // namespace

void SqliteStore::add(const ConnectionRecord &record) {
  Database &database = impl_->database;
  database.transaction([&] {
    database.run("INSERT INTO connections (" CONNECTION_COLUMNS
                 ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
                 record.id, record.plugin, record.method, record.label, to_string(record.state),
                 record.state_reason, record.settings, record.sealed_input, record.sealed_tokens,
                 record.token_expires_at, record.refresh_started_at, record.token_version,
                 record.created_at);
  });
}

std::optional<ConnectionRecord> SqliteStore::connection(std::string_view id) {
  Query row =
      impl_->database.query("SELECT " CONNECTION_COLUMNS " FROM connections WHERE id = ?1", id);
  if (!row.step()) return std::nullopt;
  return read_connection(impl_->database, row);
}

std::vector<ConnectionRecord> SqliteStore::connections() {
  std::vector<ConnectionRecord> found;
  Query row = impl_->database.query("SELECT " CONNECTION_COLUMNS
                                    " FROM connections ORDER BY created_at, id");
  while (row.step()) found.push_back(read_connection(impl_->database, row));
  return found;
}

bool SqliteStore::remove_connection(std::string_view id) {
  Database &database = impl_->database;
  bool removed = false;
  database.transaction([&] {
    std::vector<std::int64_t> rows;
    {
      Query row = database.query("SELECT row FROM triggers WHERE connection_id = ?1", id);
      while (row.step()) rows.push_back(row.integer(0));
    }
    for (const std::int64_t row : rows) impl_->remove_trigger_row(row);
    if (!rows.empty()) impl_->schedule_changed();
    database.run("DELETE FROM idempotency WHERE connection_id = ?1", id);
    removed = database.run("DELETE FROM connections WHERE id = ?1", id) > 0;
  });
  return removed;
}

void SqliteStore::set_connection_label(std::string_view id, std::string_view label) {
  impl_->database.transaction(
      [&] { impl_->database.run("UPDATE connections SET label = ?2 WHERE id = ?1", id, label); });
}

void SqliteStore::set_connection_state(std::string_view id, ConnectionState state,
                                       std::string_view reason) {
  impl_->database.transaction([&] {
    impl_->database.run("UPDATE connections SET state = ?2, state_reason = ?3 WHERE id = ?1", id,
                        to_string(state), reason);
  });
}

void SqliteStore::set_connection_input(std::string_view id, const Bytes &sealed_input,
                                       std::string_view settings) {
  impl_->database.transaction([&] {
    // The time since which earlier tokens were refused does not apply to these.
    impl_->database.run(
        "UPDATE connections SET sealed_input = ?2, settings = ?3, refresh_started_at = 0 "
        "WHERE id = ?1",
        id, sealed_input, settings);
  });
}

void SqliteStore::replace_sealed(std::string_view id, const Bytes &sealed_input,
                                 const Bytes &sealed_tokens) {
  impl_->database.transaction([&] {
    impl_->database.run(
        "UPDATE connections SET sealed_input = ?2, sealed_tokens = ?3 WHERE id = ?1", id,
        sealed_input, sealed_tokens);
  });
}

bool SqliteStore::replace_sealed(const ConnectionRecord &seen, const Bytes &sealed_input,
                                 const Bytes &sealed_tokens) {
  bool replaced = false;
  impl_->database.transaction([&] {
    replaced = impl_->database.run(
                   "UPDATE connections SET sealed_input = ?2, sealed_tokens = ?3 "
                   "WHERE id = ?1 AND plugin = ?4 AND method = ?5 AND settings = ?6 "
                   "AND sealed_input = ?7 AND sealed_tokens = ?8",
                   seen.id, sealed_input, sealed_tokens, seen.plugin, seen.method, seen.settings,
                   seen.sealed_input, seen.sealed_tokens) > 0;
  });
  return replaced;
}

bool SqliteStore::set_tokens(std::string_view id, std::int64_t seen_version, const Bytes &sealed,
                             std::int64_t expires_at) {
  bool stored = false;
  impl_->database.transaction([&] {
    stored = impl_->database.run(
                 "UPDATE connections SET sealed_tokens = ?3, token_expires_at = ?4, "
                 "refresh_started_at = 0, token_version = token_version + 1 "
                 "WHERE id = ?1 AND token_version = ?2",
                 id, seen_version, sealed, expires_at) > 0;
  });
  return stored;
}

void SqliteStore::mark_refresh_started(std::string_view id, std::int64_t now) {
  impl_->database.transaction([&] {
    impl_->database.run("UPDATE connections SET refresh_started_at = ?2 WHERE id = ?1", id, now);
  });
}

}  // namespace host
