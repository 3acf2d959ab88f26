// Store: the events of a poll, stored together with the cursor after them.
#include "store/event_id.hpp"
#include "store/sqlite/store_impl.hpp"

namespace host {

namespace {

// The trigger must be unchanged since the poll began: same cursor, same configuration, not paused.
bool move_cursor(Database &database, const PollCommit &commit) {
  if (commit.baseline_done) {
    return database.run(
               "UPDATE triggers SET cursor = ?4, cursor_version = cursor_version + 1, "
               "baselined = 1, state = CASE state WHEN 'initialising' THEN 'active' ELSE state END "
               "WHERE row = ?1 AND cursor_version = ?2 AND config_hash = ?3 "
               "AND state NOT IN ('paused', 'stopped')",
               commit.trigger_row, commit.cursor_version, commit.config_hash, commit.cursor) > 0;
  }
  return database.run(
             "UPDATE triggers SET cursor = ?4, cursor_version = cursor_version + 1 "
             "WHERE row = ?1 AND cursor_version = ?2 AND config_hash = ?3 "
             "AND state NOT IN ('paused', 'stopped')",
             commit.trigger_row, commit.cursor_version, commit.config_hash, commit.cursor) > 0;
}

std::string trigger_id_of(Database &database, std::int64_t row) {
  Query found = database.query("SELECT id FROM triggers WHERE row = ?1", row);
  found.step();  // the row exists: its cursor was just updated
  return std::string(found.text(0));
}

}  // namespace

CommitResult SqliteStore::commit(const PollCommit &commit) {
  const PollCommit *const one = &commit;
  return this->commit(std::span(&one, 1)).front();
}

std::vector<CommitResult> SqliteStore::commit(std::span<const PollCommit *const> commits) {
  Database &database = impl_->database;
  std::vector<CommitResult> results;
  results.reserve(commits.size());

  const auto store = [&](const PollCommit &commit) {
    if (!move_cursor(database, commit)) return CommitResult::stale;
    if (commit.events.empty()) return CommitResult::stored;
    const std::string trigger_id = trigger_id_of(database, commit.trigger_row);
    const EventState state = commit.hold ? EventState::held : EventState::pending;
    for (const NewEvent &event : commit.events) {
      // Known keys are left out, by either of the two unique columns: a trigger that was removed
      // and restored under its old id has a new row, but its events have their old ids.
      const bool added =
          database.run(
              "INSERT INTO events (id, trigger_row, key, subject, data, dedupe_version, time, "
              "poll_id, state, delivered_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0) "
              "ON CONFLICT DO NOTHING",
              event_id(trigger_id, event.key), commit.trigger_row, event.key, event.subject,
              event.data, commit.dedupe_version, commit.now, commit.poll_id, to_string(state)) > 0;
      if (added)
        impl_->queue_for_sinks(database.last_row(), commit.trigger_row,
                               commit.hold ? DeliveryState::held : DeliveryState::pending);
    }
    return CommitResult::stored;
  };

  database.transaction([&] {
    for (const PollCommit *commit : commits) {
      results.push_back(store(*commit));
      set_requests(commit->requests);
    }
  });
  return results;
}

}  // namespace host
