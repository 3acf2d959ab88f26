// Store: the results of actions by idempotency key.
#include "store/sqlite/store_impl.hpp"

namespace host {

std::optional<IdempotencyRecord> SqliteStore::claim(const IdempotencyRecord &record) {
  Database &database = impl_->database;
  std::optional<IdempotencyRecord> known;
  database.transaction([&] {
    const bool claimed =
        database.run(
            "INSERT INTO idempotency (key, connection_id, action, input_hash, state, created_at, "
            "result) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (key) DO NOTHING",
            record.key, record.connection_id, record.action, record.input_hash,
            to_string(record.state), record.created_at, record.result) > 0;
    if (claimed) return;
    Query row = database.query(
        "SELECT key, connection_id, action, input_hash, state, created_at, result "
        "FROM idempotency WHERE key = ?1",
        record.key);
    row.step();
    known.emplace();
    row.read(0, known->key);
    row.read(1, known->connection_id);
    row.read(2, known->action);
    row.read(3, known->input_hash);
    known->state = read_enum<IdempotencyState>(database, row, 4);
    known->created_at = row.integer(5);
    row.read(6, known->result);
  });
  return known;
}

void SqliteStore::finish(std::string_view key, IdempotencyState state, std::string_view result) {
  impl_->database.transaction([&] {
    impl_->database.run("UPDATE idempotency SET state = ?2, result = ?3 WHERE key = ?1", key,
                        to_string(state), result);
  });
}

}  // namespace host
