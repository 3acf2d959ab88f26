#include "store/sqlite/schema.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <string>
#include <system_error>

namespace host {

namespace {

// Marks the file as a database of this program ("cpih"), so that no other database is written to.
constexpr std::int64_t application_id = 0x63706968;

// Columns that grow (cursor) are last: reading the others does not touch their overflow pages. Row
// numbers of `triggers` are never reused, since `event_sources` refers to them for the history.
constexpr const char *version_1 = R"(
CREATE TABLE meta (
  name  TEXT PRIMARY KEY NOT NULL,
  value NOT NULL
) WITHOUT ROWID;
INSERT INTO meta VALUES ('schedule_version', 1);

CREATE TABLE connections (
  id                 TEXT PRIMARY KEY NOT NULL,
  plugin             TEXT NOT NULL,
  method             TEXT NOT NULL,
  label              TEXT NOT NULL,
  state              TEXT NOT NULL,
  state_reason       TEXT NOT NULL,
  settings           TEXT NOT NULL,
  sealed_input       BLOB NOT NULL,
  sealed_tokens      BLOB NOT NULL,
  token_expires_at   INTEGER NOT NULL,
  refresh_started_at INTEGER NOT NULL,
  token_version      INTEGER NOT NULL,
  created_at         INTEGER NOT NULL
);

CREATE TABLE triggers (
  row            INTEGER PRIMARY KEY AUTOINCREMENT,
  id             TEXT NOT NULL UNIQUE,
  connection_id  TEXT NOT NULL REFERENCES connections (id),
  trigger        TEXT NOT NULL,
  input          TEXT NOT NULL,
  config_hash    TEXT NOT NULL,
  interval_ms    INTEGER NOT NULL,
  state          TEXT NOT NULL,
  baselined      INTEGER NOT NULL,
  start          TEXT NOT NULL,
  start_count    INTEGER NOT NULL,
  cursor_version INTEGER NOT NULL,
  failures       INTEGER NOT NULL,
  failing_since  INTEGER NOT NULL,
  retry_at       INTEGER NOT NULL,
  created_at     INTEGER NOT NULL,
  last_error     TEXT NOT NULL,
  cursor         BLOB NOT NULL
);
CREATE INDEX triggers_by_connection ON triggers (connection_id);

-- Outlives its trigger for as long as there are events of it.
CREATE TABLE event_sources (
  trigger_row   INTEGER PRIMARY KEY,
  trigger_id    TEXT NOT NULL,
  connection_id TEXT NOT NULL,
  trigger       TEXT NOT NULL,
  plugin        TEXT NOT NULL
);

CREATE TABLE events (
  seq            INTEGER PRIMARY KEY AUTOINCREMENT,
  id             TEXT NOT NULL UNIQUE,
  trigger_row    INTEGER NOT NULL REFERENCES event_sources (trigger_row),
  key            TEXT NOT NULL,
  subject        TEXT NOT NULL,
  dedupe_version INTEGER NOT NULL,
  time           INTEGER NOT NULL,
  poll_id        TEXT NOT NULL,
  state          TEXT NOT NULL,
  delivered_at   INTEGER NOT NULL,
  data           TEXT NOT NULL,
  UNIQUE (trigger_row, key)
);
CREATE INDEX events_by_state ON events (state, trigger_row, seq);
CREATE INDEX events_delivered ON events (delivered_at) WHERE state = 'delivered';

CREATE TABLE sinks (
  id              INTEGER PRIMARY KEY,
  name            TEXT NOT NULL UNIQUE,
  active          INTEGER NOT NULL,
  disabled_reason TEXT NOT NULL
);

-- One row for each event and each sink it must reach. What is pending of one trigger for one sink
-- is a lane; only its oldest row, the head, may be tried.
CREATE TABLE deliveries (
  seq         INTEGER NOT NULL REFERENCES events (seq) ON DELETE CASCADE,
  sink        INTEGER NOT NULL REFERENCES sinks (id),
  trigger_row INTEGER NOT NULL,
  state       TEXT NOT NULL,
  head        INTEGER NOT NULL,
  attempts    INTEGER NOT NULL,
  next_try    INTEGER NOT NULL,
  last_error  TEXT NOT NULL,
  PRIMARY KEY (seq, sink)
) WITHOUT ROWID;
CREATE INDEX deliveries_lane ON deliveries (sink, trigger_row, seq) WHERE state = 'pending';
CREATE INDEX deliveries_heads ON deliveries (sink, next_try, seq) WHERE head = 1;

CREATE TABLE idempotency (
  key           TEXT PRIMARY KEY NOT NULL,
  connection_id TEXT NOT NULL,
  action        TEXT NOT NULL,
  input_hash    TEXT NOT NULL,
  state         TEXT NOT NULL,
  created_at    INTEGER NOT NULL,
  result        TEXT NOT NULL
);
)";

constexpr const char *version_2 = R"(
CREATE TABLE rate_marks (
  connection_id TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
  rule          TEXT NOT NULL,
  at            INTEGER NOT NULL
);
CREATE INDEX rate_marks_by_use ON rate_marks (connection_id, rule, at);
)";

// Events on hold also get rows in `deliveries`: they belong to the sinks at the time of recording.
constexpr const char *version_3 = R"(
ALTER TABLE deliveries ADD COLUMN tried_at INTEGER NOT NULL DEFAULT 0;
INSERT INTO deliveries (seq, sink, trigger_row, state, head, attempts, next_try, last_error)
  SELECT events.seq, sinks.id, events.trigger_row, 'held', 0, 0, 0, ''
  FROM events, sinks WHERE events.state = 'held' AND sinks.active = 1
  ON CONFLICT (seq, sink) DO NOTHING;
)";

// A table of its own: polls, which read the row of their trigger, do not pay for it.
constexpr const char *version_4 = R"(
CREATE TABLE refused_parts (
  trigger_row INTEGER PRIMARY KEY REFERENCES triggers (row) ON DELETE CASCADE,
  parts       TEXT NOT NULL
);
)";

// The same is true of this one.
constexpr const char *version_5 = R"(
CREATE TABLE poll_requests (
  trigger_row      INTEGER PRIMARY KEY REFERENCES triggers (row) ON DELETE CASCADE,
  requests         INTEGER NOT NULL,
  polls            INTEGER NOT NULL,
  earlier_requests INTEGER NOT NULL,
  earlier_polls    INTEGER NOT NULL,
  last             INTEGER NOT NULL
);
)";

// Who may use the API, and who did. Of tokens and sessions only hashes are stored.
constexpr const char *version_6 = R"(
CREATE TABLE access_tokens (
  name         TEXT PRIMARY KEY NOT NULL,
  hash         BLOB NOT NULL UNIQUE,
  scope        TEXT NOT NULL,
  created_at   INTEGER NOT NULL,
  expires_at   INTEGER NOT NULL,
  last_used_at INTEGER NOT NULL
);
CREATE TABLE browser_sessions (
  cookie_hash BLOB PRIMARY KEY NOT NULL,
  key_hash    BLOB NOT NULL,
  opened_at   INTEGER NOT NULL,
  used_at     INTEGER NOT NULL
);
CREATE TABLE audit (
  seq      INTEGER PRIMARY KEY AUTOINCREMENT,
  at       INTEGER NOT NULL,
  who      TEXT NOT NULL,
  what     TEXT NOT NULL,
  object   TEXT NOT NULL,
  outcome  TEXT NOT NULL,
  refused  INTEGER NOT NULL,
  left_out INTEGER NOT NULL
);
CREATE INDEX audit_refused ON audit (seq) WHERE refused = 1;
)";

constexpr std::array steps_so_far = {version_1, version_2, version_3,
                                     version_4, version_5, version_6};

std::int64_t schema_version(Database &database) {
  Query version = database.query("PRAGMA user_version");
  version.step();
  return version.integer(0);
}

std::int64_t known_version(Database &database, std::int64_t current) {
  const std::int64_t found = schema_version(database);
  if (found > current || found < 0) {
    throw database.error(StoreError::Kind::newer_schema, "its schema is " + std::to_string(found) +
                                                             ", known here are 1 to " +
                                                             std::to_string(current));
  }
  return found;
}

bool holds_tables(Database &database) {
  return database.query("SELECT 1 FROM sqlite_schema LIMIT 1").step();
}

void refuse_foreign(Database &database) {
  Query id = database.query("PRAGMA application_id");
  id.step();
  if (id.integer(0) != application_id && holds_tables(database))
    throw database.error(StoreError::Kind::corrupt, "it belongs to another program");
}

// A copy of all committed data. A second connection reads it, so the caller may hold the write
// lock: no write can come between the copy and the migration.
void back_up(Database &database, std::int64_t version) {
  const std::string stem =
      database.file().string() + ".schema-" + std::to_string(version) + ".backup";
  std::string name = stem;
  int copy = -1;
  // SQLite would create the file with the umask; it keeps the mode of an existing empty one.
  for (int number = 2; copy < 0; ++number) {
    copy = ::open(name.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (copy < 0 && errno != EEXIST) {
      throw database.error(
          errno == ENOSPC || errno == EDQUOT ? StoreError::Kind::full : StoreError::Kind::io,
          "the backup " + name + ": " + std::generic_category().message(errno));
    }
    if (copy < 0) name = stem + "-" + std::to_string(number);
  }
  ::close(copy);
  try {
    Database(database.file(), Database::Mode::existing_read_only).run("VACUUM INTO ?1", name);
  } catch (...) {
    std::error_code ignored;
    std::filesystem::remove(name, ignored);
    throw;
  }
}

}  // namespace

std::span<const char *const> schema_steps() {
  return steps_so_far;
}

void migrate(Database &database, std::span<const char *const> steps) {
  const auto current = static_cast<std::int64_t>(steps.size());
  refuse_foreign(database);
  if (known_version(database, current) == current) return;
  database.transaction([&] {
    const std::int64_t found = known_version(database, current);  // again, now with the lock held
    if (found == current) return;
    if (found > 0) back_up(database, found);
    for (const char *step : steps.subspan(static_cast<std::size_t>(found))) database.script(step);
    // PRAGMA takes no bound values; both are our own numbers.
    database.script(("PRAGMA user_version = " + std::to_string(current) +
                     "; PRAGMA application_id = " + std::to_string(application_id))
                        .c_str());
  });
}

}  // namespace host
