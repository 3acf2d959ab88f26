// Store: queries of recorded events, and a user's actions on them.
#include <limits>
#include <set>

#include "store/sqlite/event_columns.hpp"
#include "store/sqlite/store_impl.hpp"

namespace host {

namespace {

// A LIKE pattern for values that contain this text.
std::string containing(std::string_view text) {
  std::string out = "%";
  for (const char c : text) {
    if (c == '%' || c == '_' || c == '\\') out += '\\';
    out += c;
  }
  return out + '%';
}

}  // namespace

std::optional<EventRecord> SqliteStore::event(std::string_view id) {
  Query row = impl_->database.query("SELECT " EVENT_COLUMNS " WHERE events.id = ?1", id);
  if (!row.step()) return std::nullopt;
  return read_event(impl_->database, row);
}

std::vector<EventRecord> SqliteStore::events(const EventFilter &filter) {
  const std::string_view state = filter.state ? to_string(*filter.state) : std::string_view();
  const bool from_the_end = filter.newest_first && filter.after_seq <= 0;
  const std::int64_t after =
      from_the_end ? std::numeric_limits<std::int64_t>::max() : filter.after_seq;
  const std::string text = filter.text.empty() ? std::string() : containing(filter.text);
#define EVENT_FILTER                                                                       \
  " AND (?2 = '' OR state = ?2) AND (?3 = '' OR trigger_id = ?3) AND (?4 = '' OR "         \
  "connection_id = ?4) AND (?5 = '' OR subject LIKE ?5 ESCAPE '\\' OR key LIKE ?5 ESCAPE " \
  "'\\' OR data LIKE ?5 ESCAPE '\\') ORDER BY seq "
  Query row = filter.newest_first
                  ? impl_->database.query(
                        "SELECT " EVENT_COLUMNS " WHERE seq < ?1" EVENT_FILTER "DESC LIMIT ?6",
                        after, state, filter.trigger_id, filter.connection_id, text, filter.limit)
                  : impl_->database.query(
                        "SELECT " EVENT_COLUMNS " WHERE seq > ?1" EVENT_FILTER "LIMIT ?6", after,
                        state, filter.trigger_id, filter.connection_id, text, filter.limit);
#undef EVENT_FILTER
  std::vector<EventRecord> found;
  while (row.step()) found.push_back(read_event(impl_->database, row));
  return found;
}

std::int64_t SqliteStore::count_events(EventState state) {
  Query row =
      impl_->database.query("SELECT count(*) FROM events WHERE state = ?1", to_string(state));
  row.step();
  return row.integer(0);
}

std::int64_t SqliteStore::count_held(std::int64_t trigger_row) {
  Query row = impl_->database.query(
      "SELECT count(*) FROM events WHERE state = 'held' AND trigger_row = ?1", trigger_row);
  row.step();
  return row.integer(0);
}

std::int64_t SqliteStore::release(std::string_view trigger_id) {
  Database &database = impl_->database;
  std::int64_t released = 0;
  database.transaction([&] {
    std::vector<std::pair<std::int64_t, std::int64_t>> held;  // seq, trigger row
    {
      Query row = database.query(
          "SELECT seq, trigger_row FROM events WHERE state = 'held' AND trigger_row IN "
          "(SELECT trigger_row FROM event_sources WHERE trigger_id = ?1) ORDER BY seq",
          trigger_id);
      while (row.step()) held.emplace_back(row.integer(0), row.integer(1));
    }
    std::set<std::int64_t> lanes;
    for (const auto &[seq, trigger_row] : held) {
      database.run("UPDATE events SET state = 'pending' WHERE seq = ?1", seq);
      const bool is_for_some_sink =
          database.run("UPDATE deliveries SET state = 'pending' WHERE seq = ?1 AND state = 'held'",
                       seq) > 0;
      if (!is_for_some_sink) impl_->queue_for_sinks(seq, trigger_row, DeliveryState::pending);
      lanes.insert(trigger_row);
    }
    // They are older than pending events, and come first.
    for (const std::int64_t lane : lanes) impl_->rebuild_heads(lane);
    released = static_cast<std::int64_t>(held.size());
  });
  return released;
}

std::int64_t SqliteStore::discard(std::string_view trigger_id) {
  std::int64_t discarded = 0;
  impl_->database.transaction([&] {
    discarded = impl_->database.run(
        "UPDATE events SET state = 'discarded' WHERE state = 'held' AND trigger_row IN "
        "(SELECT trigger_row FROM event_sources WHERE trigger_id = ?1)",
        trigger_id);
  });
  return discarded;
}

bool SqliteStore::replay(std::string_view event_id) {
  Database &database = impl_->database;
  bool replayed = false;
  database.transaction([&] {
    std::int64_t seq = 0;
    std::int64_t trigger_row = 0;
    EventState state{};
    {
      Query row =
          database.query("SELECT seq, trigger_row, state FROM events WHERE id = ?1", event_id);
      if (!row.step()) return;
      seq = row.integer(0);
      trigger_row = row.integer(1);
      state = read_enum<EventState>(database, row, 2);
    }
    if (state == EventState::held) return;
    if (state == EventState::pending) {
      database.run(
          "UPDATE deliveries SET attempts = 0, next_try = 0 WHERE seq = ?1 AND state = 'pending'",
          seq);
    } else {
      database.run(
          "DELETE FROM deliveries WHERE seq = ?1 AND (state = 'delivered' OR sink IN "
          "(SELECT id FROM sinks WHERE active = 0 AND name = ?2))",
          seq, standard_output_sink);
      database.run(
          "UPDATE deliveries SET state = 'pending', attempts = 0, next_try = 0, last_error = '' "
          "WHERE seq = ?1",
          seq);
      database.run("UPDATE events SET state = 'pending', delivered_at = 0 WHERE seq = ?1", seq);
      impl_->queue_for_sinks(seq, trigger_row, DeliveryState::pending);
      impl_->rebuild_heads(trigger_row);
    }
    replayed = true;
  });
  return replayed;
}

std::int64_t SqliteStore::prune(std::int64_t delivered_before, std::int64_t limit) {
  Database &database = impl_->database;
  std::int64_t pruned = 0;
  database.transaction([&] {
    pruned = database.run(
        "DELETE FROM events WHERE seq IN (SELECT seq FROM events WHERE state = 'delivered' AND "
        "delivered_at < ?1 LIMIT ?2)",
        delivered_before, limit);
    if (pruned < limit) {
      pruned += database.run(
          "DELETE FROM events WHERE seq IN (SELECT seq FROM events WHERE state = 'discarded' AND "
          "time < ?1 LIMIT ?2)",
          delivered_before, limit - pruned);
    }
    if (pruned > 0) {
      database.run(
          "DELETE FROM event_sources WHERE trigger_row NOT IN (SELECT row FROM triggers) "
          "AND NOT EXISTS (SELECT 1 FROM events WHERE events.trigger_row = "
          "event_sources.trigger_row)");
    }
    database.run("DELETE FROM idempotency WHERE state IN ('done', 'failed') AND created_at < ?1",
                 delivered_before);
  });
  return pruned;
}

}  // namespace host
