// Store: triggers, their states, and the schedule.
#include "store/sqlite/store_impl.hpp"

namespace host {

namespace {

#define TRIGGER_COLUMNS                                                                      \
  "id, connection_id, trigger, input, config_hash, interval_ms, state, start, start_count, " \
  "cursor_version, failures, failing_since, retry_at, created_at, last_error, cursor"

#define TRIGGER_PLUGIN "(SELECT plugin FROM event_sources WHERE trigger_row = triggers.row)"
#define TRIGGER_REFUSED "(SELECT parts FROM refused_parts WHERE trigger_row = triggers.row)"
#define REQUEST_COLUMNS "requests, polls, earlier_requests, earlier_polls, last"
#define TRIGGER_SELECT                                                                         \
  "SELECT " TRIGGER_COLUMNS ", row, " TRIGGER_PLUGIN ", " TRIGGER_REFUSED ", " REQUEST_COLUMNS \
  " FROM triggers LEFT JOIN poll_requests ON trigger_row = row "

RequestCounts request_counts(const Query &row, int first) {
  return {.requests = row.integer(first),
          .polls = row.integer(first + 1),
          .earlier_requests = row.integer(first + 2),
          .earlier_polls = row.integer(first + 3),
          .last = row.integer(first + 4)};
}

// The columns of TRIGGER_SELECT.
void read_trigger(const Database &database, const Query &row, TriggerRecord &record) {
  row.read(0, record.id);
  row.read(1, record.connection_id);
  row.read(2, record.trigger);
  row.read(3, record.input);
  row.read(4, record.config_hash);
  record.interval_ms = row.integer(5);
  record.state = read_enum<TriggerState>(database, row, 6);
  record.start = read_enum<StartMode>(database, row, 7);
  record.start_count = static_cast<std::uint64_t>(row.integer(8));
  record.cursor_version = row.integer(9);
  record.failures = row.integer(10);
  record.failing_since = row.integer(11);
  record.retry_at = row.integer(12);
  record.created_at = row.integer(13);
  row.read(14, record.last_error);
  row.read(15, record.cursor);
  record.row = row.integer(16);
  row.read(17, record.plugin);
  row.read(18, record.refused);
  record.requests.reset();
  if (!row.null(19)) record.requests = request_counts(row, 19);
}

}  // namespace

std::uint64_t account_of(std::string_view connection_id) {
  std::uint64_t hash = 0xcbf29ce484222325U;  // FNV-1a
  for (const char c : connection_id) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3U;
  }
  // Its low bits alone would distribute badly over a few workers.
  hash ^= hash >> 32U;
  hash *= 0x9e3779b97f4a7c15U;
  return hash ^ (hash >> 29U);
}

std::int64_t SqliteStore::add(const TriggerRecord &record) {
  Database &database = impl_->database;
  std::int64_t row = 0;
  database.transaction([&] {
    const bool baselined =
        record.state == TriggerState::active || record.state == TriggerState::failing;
    database.run("INSERT INTO triggers (" TRIGGER_COLUMNS
                 ", baselined) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, "
                 "?14, ?15, ?16, ?17)",
                 record.id, record.connection_id, record.trigger, record.input, record.config_hash,
                 record.interval_ms, to_string(record.state), to_string(record.start),
                 record.start_count, record.cursor_version, record.failures, record.failing_since,
                 record.retry_at, record.created_at, record.last_error, record.cursor, baselined);
    row = database.last_row();
    database.run(
        "INSERT INTO event_sources (trigger_row, trigger_id, connection_id, trigger, plugin) "
        "SELECT ?1, ?2, ?3, ?4, plugin FROM connections WHERE id = ?3",
        row, record.id, record.connection_id, record.trigger);
    impl_->schedule_changed();
  });
  return row;
}

std::optional<TriggerRecord> SqliteStore::trigger(std::string_view id) {
  Query row = impl_->database.query(TRIGGER_SELECT "WHERE id = ?1", id);
  if (!row.step()) return std::nullopt;
  TriggerRecord record;
  read_trigger(impl_->database, row, record);
  return record;
}

bool SqliteStore::load_trigger(std::int64_t row_id, TriggerRecord &into) {
  // Each text costs SQLite an allocation, so columns that only users see are left out.
  const Database &database = impl_->database;
  Query row = impl_->database.query(
      "SELECT id, connection_id, trigger, input, config_hash, interval_ms, state, start, "
      "start_count, cursor_version, failures, failing_since, retry_at, "
      "cursor, " TRIGGER_PLUGIN " FROM triggers WHERE row = ?1",
      row_id);
  if (!row.step()) return false;
  into.row = row_id;
  row.read(0, into.id);
  row.read(1, into.connection_id);
  row.read(2, into.trigger);
  row.read(3, into.input);
  row.read(4, into.config_hash);
  into.interval_ms = row.integer(5);
  into.state = read_enum<TriggerState>(database, row, 6);
  into.start = read_enum<StartMode>(database, row, 7);
  into.start_count = static_cast<std::uint64_t>(row.integer(8));
  into.cursor_version = row.integer(9);
  into.failures = row.integer(10);
  into.failing_since = row.integer(11);
  into.retry_at = row.integer(12);
  row.read(13, into.cursor);
  row.read(14, into.plugin);
  into.last_error.clear();
  into.refused.clear();
  into.requests.reset();
  into.created_at = 0;
  return true;
}

std::vector<TriggerRecord> SqliteStore::triggers(std::string_view connection_id) {
  std::vector<TriggerRecord> found;
  Query row = connection_id.empty()
                  ? impl_->database.query(TRIGGER_SELECT "ORDER BY row")
                  : impl_->database.query(TRIGGER_SELECT "WHERE connection_id = ?1 ORDER BY row",
                                          connection_id);
  while (row.step()) read_trigger(impl_->database, row, found.emplace_back());
  return found;
}

bool SqliteStore::remove_trigger(std::string_view id) {
  Database &database = impl_->database;
  bool removed = false;
  database.transaction([&] {
    std::int64_t row = 0;
    {
      Query found = database.query("SELECT row FROM triggers WHERE id = ?1", id);
      if (!found.step()) return;
      row = found.integer(0);
    }
    impl_->remove_trigger_row(row);
    impl_->schedule_changed();
    removed = true;
  });
  return removed;
}

void SqliteStore::Impl::remove_trigger_row(std::int64_t row) {
  database.run("DELETE FROM events WHERE trigger_row = ?1 AND state IN ('pending', 'held', 'dead')",
               row);
  database.run("DELETE FROM triggers WHERE row = ?1", row);
  database.run(
      "DELETE FROM event_sources WHERE trigger_row = ?1 "
      "AND NOT EXISTS (SELECT 1 FROM events WHERE trigger_row = ?1)",
      row);
}

void SqliteStore::Impl::forget_findings(std::int64_t row) {
  database.run("DELETE FROM refused_parts WHERE trigger_row = ?1", row);
  database.run("DELETE FROM poll_requests WHERE trigger_row = ?1", row);
}

void SqliteStore::set_trigger_state(std::int64_t row, TriggerState wanted) {
  Database &database = impl_->database;
  database.transaction([&] {
    TriggerState was{};
    TriggerState state = wanted;
    bool failed = false;
    {
      Query found = database.query(
          "SELECT state, baselined, failures > 0 OR retry_at > 0 OR last_error <> '' "
          "FROM triggers WHERE row = ?1",
          row);
      if (!found.step()) return;
      was = read_enum<TriggerState>(database, found, 0);
      const bool baselined = found.boolean(1);
      failed = found.boolean(2);
      const bool runs = wanted == TriggerState::active || wanted == TriggerState::failing;
      if (runs && !baselined) state = TriggerState::initialising;
    }
    if (wanted == TriggerState::initialising) {
      database.run(
          "UPDATE triggers SET cursor = zeroblob(0), cursor_version = cursor_version + 1, "
          "baselined = 0 WHERE row = ?1",
          row);
      impl_->forget_findings(row);
    } else if (was == state && (wanted != TriggerState::active || !failed)) {
      return;
    }
    database.run("UPDATE triggers SET state = ?2 WHERE row = ?1", row, to_string(state));
    if (wanted == TriggerState::active || wanted == TriggerState::initialising) {
      database.run(
          "UPDATE triggers SET failures = 0, failing_since = 0, retry_at = 0, last_error = '' "
          "WHERE row = ?1",
          row);
    }
    impl_->schedule_changed();
  });
}

void SqliteStore::set_trigger_input(std::string_view id, std::string_view input,
                                    std::string_view config_hash, OldCursor cursor) {
  Database &database = impl_->database;
  database.transaction([&] {
    const std::int64_t changed = database.run(
        "UPDATE triggers SET input = ?2, config_hash = ?3, cursor_version = cursor_version + 1, "
        "failures = 0, failing_since = 0, retry_at = 0, last_error = '', "
        "state = CASE WHEN state IN ('paused', 'needs_sign_in') THEN state "
        "WHEN baselined = 0 THEN 'initialising' ELSE 'active' END "
        "WHERE id = ?1 AND (input <> ?2 OR config_hash <> ?3)",
        id, input, config_hash);
    if (changed == 0) return;
    if (cursor == OldCursor::discard) {
      database.run(
          "UPDATE triggers SET cursor = zeroblob(0), baselined = 0, state = CASE state "
          "WHEN 'active' THEN 'initialising' ELSE state END WHERE id = ?1",
          id);
      Query found = database.query("SELECT row FROM triggers WHERE id = ?1", id);
      if (found.step()) impl_->forget_findings(found.integer(0));
    }
    impl_->schedule_changed();
  });
}

std::vector<Store::TriggerCount> SqliteStore::count_triggers() {
  std::vector<TriggerCount> counts;
  Query row = impl_->database.query("SELECT state, count(*) FROM triggers GROUP BY state");
  while (row.step())
    counts.push_back({read_enum<TriggerState>(impl_->database, row, 0), row.integer(1)});
  return counts;
}

void SqliteStore::set_trigger_interval(std::string_view id, std::int64_t interval_ms) {
  Database &database = impl_->database;
  database.transaction([&] {
    const std::int64_t changed =
        database.run("UPDATE triggers SET interval_ms = ?2 WHERE id = ?1 AND interval_ms <> ?2", id,
                     interval_ms);
    if (changed > 0) impl_->schedule_changed();
  });
}

void SqliteStore::for_each_schedule(const std::function<void(const TriggerSchedule &)> &visit) {
  Query row = impl_->database.query(
      "SELECT row, interval_ms, retry_at, connection_id, state = 'initialising' FROM triggers "
      "WHERE state IN ('initialising', 'active', 'failing') ORDER BY row");
  while (row.step())
    visit({row.integer(0), row.integer(1), row.integer(2), account_of(row.text(3)),
           row.integer(4) != 0});
}

std::int64_t SqliteStore::schedule_version() {
  Query row = impl_->database.query("SELECT value FROM meta WHERE name = 'schedule_version'");
  if (!row.step()) throw impl_->database.error(StoreError::Kind::corrupt, "an entry is missing");
  return row.integer(0);
}

void SqliteStore::record_failure(std::int64_t row, std::int64_t failures,
                                 std::int64_t failing_since, std::int64_t retry_at,
                                 TriggerState state, std::string_view error_json) {
  Database &database = impl_->database;
  database.transaction([&] {
    database.run(
        "UPDATE triggers SET failures = ?2, failing_since = ?3, retry_at = ?4, last_error = ?6, "
        "state = CASE WHEN baselined = 0 AND ?5 IN ('active', 'failing') THEN 'initialising' "
        "ELSE ?5 END WHERE row = ?1 AND state NOT IN ('paused', 'stopped')",
        row, failures, failing_since, retry_at, to_string(state), error_json);
  });
}

void SqliteStore::clear_failure(std::int64_t row) {
  Database &database = impl_->database;
  database.transaction([&] {
    database.run(
        "UPDATE triggers SET failures = 0, failing_since = 0, retry_at = 0, last_error = '', "
        "state = CASE state WHEN 'failing' THEN 'active' ELSE state END WHERE row = ?1",
        row);
  });
}

void SqliteStore::set_refused(std::int64_t row, std::string_view refused_json) {
  if (refused_json.empty()) {
    impl_->database.run("DELETE FROM refused_parts WHERE trigger_row = ?1", row);
    return;
  }
  impl_->database.run(
      "INSERT INTO refused_parts (trigger_row, parts) SELECT row, ?2 FROM triggers WHERE row = ?1 "
      "ON CONFLICT (trigger_row) DO UPDATE SET parts = excluded.parts",
      row, refused_json);
}

void SqliteStore::set_requests(std::span<const TriggerRequests> all) {
  if (all.empty()) return;
  Database &database = impl_->database;
  database.transaction([&] {
    for (const auto &[row, counts] : all)
      database.run("INSERT INTO poll_requests (trigger_row, " REQUEST_COLUMNS
                   ") SELECT row, ?2, ?3, ?4, ?5, ?6 FROM triggers WHERE row = ?1 "
                   "ON CONFLICT (trigger_row) DO UPDATE SET (" REQUEST_COLUMNS
                   ") = (?2, ?3, ?4, ?5, ?6)",
                   row, counts.requests, counts.polls, counts.earlier_requests,
                   counts.earlier_polls, counts.last);
  });
}

std::optional<RequestCounts> SqliteStore::requests(std::int64_t trigger_row) {
  Query row = impl_->database.query(
      "SELECT " REQUEST_COLUMNS " FROM poll_requests WHERE trigger_row = ?1", trigger_row);
  if (!row.step()) return std::nullopt;
  return request_counts(row, 0);
}

std::vector<Store::RefusedParts> SqliteStore::refused_parts() {
  std::vector<RefusedParts> found;
  Query row = impl_->database.query("SELECT trigger_row, parts FROM refused_parts");
  while (row.step()) found.push_back({row.integer(0), std::string(row.text(1))});
  return found;
}

}  // namespace host
