// Store: the audit.
#include <algorithm>

#include "store/sqlite/store_impl.hpp"

namespace host {

void SqliteStore::add_audit(std::span<const AuditRecord> lines, const AuditBounds &bounds) {
  Database &database = impl_->database;
  database.transaction([&] {
    for (const AuditRecord &line : lines)
      database.run(
          "INSERT INTO audit (at, who, what, object, outcome, refused, left_out) "
          "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
          line.at, line.who, line.what, line.object, line.outcome, line.refused ? 1 : 0,
          line.left_out);
    if (std::ranges::any_of(lines, &AuditRecord::refused))
      database.run(
          "DELETE FROM audit WHERE refused = 1 AND seq <= "
          "(SELECT seq FROM audit WHERE refused = 1 ORDER BY seq DESC LIMIT 1 OFFSET ?1)",
          bounds.most_refused);
    database.run("DELETE FROM audit WHERE seq <= (SELECT max(seq) FROM audit) - ?1", bounds.most);
    // Looks at the oldest lines only: a search for the time would read all of them.
    database.run(
        "DELETE FROM audit WHERE seq IN (SELECT seq FROM (SELECT seq, at FROM audit ORDER BY seq "
        "LIMIT 100) WHERE at < ?1)",
        bounds.oldest);
  });
}

std::vector<AuditRecord> SqliteStore::audit(const AuditFilter &filter) {
  std::vector<AuditRecord> lines;
  Query row = impl_->database.query(
      "SELECT seq, at, who, what, object, outcome, refused, left_out FROM audit WHERE at >= ?1 "
      "ORDER BY seq DESC LIMIT ?2",
      filter.since, filter.limit);
  while (row.step()) {
    AuditRecord &line = lines.emplace_back();
    line.seq = row.integer(0);
    line.at = row.integer(1);
    row.read(2, line.who);
    row.read(3, line.what);
    row.read(4, line.object);
    row.read(5, line.outcome);
    line.refused = row.boolean(6);
    line.left_out = row.integer(7);
  }
  std::ranges::reverse(lines);
  return lines;
}

}  // namespace host
