// Store: the use of operations with a rate limit.
#include <algorithm>

#include "store/sqlite/store_impl.hpp"

namespace host {

std::int64_t SqliteStore::reserve_rate(const RateUse &use, std::int64_t now) {
  Database &database = impl_->database;
  std::int64_t wait = 0;
  database.transaction([&] {
    // Uses in the future were stored before the clock was set back; they would block for a long
    // time.
    database.run(
        "DELETE FROM rate_marks WHERE connection_id = ?1 AND rule = ?2 AND (at <= ?3 OR at > ?4)",
        use.connection_id, use.rule, now - use.window_ms, now);
    Query oldest = database.query(
        "SELECT at FROM rate_marks WHERE connection_id = ?1 AND rule = ?2 ORDER BY at DESC "
        "LIMIT 1 OFFSET ?3",
        use.connection_id, use.rule, use.limit - 1);
    if (oldest.step()) {
      wait = std::max<std::int64_t>(oldest.integer(0) + use.window_ms - now, 1);
      return;
    }
    database.run("INSERT INTO rate_marks (connection_id, rule, at) VALUES (?1, ?2, ?3)",
                 use.connection_id, use.rule, now);
  });
  return wait;
}

void SqliteStore::give_rate_back(std::string_view connection_id, std::string_view rule) {
  impl_->database.run(
      "DELETE FROM rate_marks WHERE rowid = (SELECT rowid FROM rate_marks WHERE connection_id = ?1 "
      "AND rule = ?2 ORDER BY at DESC LIMIT 1)",
      connection_id, rule);
}

}  // namespace host
