// Store: which events are pending for which sink, and which are due.
//
// The pending events of one trigger for one sink are a lane. Only the lane's oldest row, its head,
// may be tried, and heads have their own index: finding the next event reads neither delivered
// events nor events behind a head whose retry is not due.
#include <algorithm>
#include <chrono>
#include <functional>
#include <set>

#include "base/clock.hpp"
#include "store/sqlite/event_columns.hpp"
#include "store/sqlite/store_impl.hpp"

namespace host {

namespace {

struct Sink {
  std::int64_t id = 0;
  bool usable = false;  // active and not disabled
};

std::optional<Sink> find_sink(Database &database, std::string_view name) {
  Query row = database.query(
      "SELECT id, active = 1 AND disabled_reason = '' FROM sinks WHERE name = ?1", name);
  if (!row.step()) return std::nullopt;
  return Sink{row.integer(0), row.boolean(1)};
}

struct Lane {
  std::int64_t trigger_row;
  std::int64_t head;
};

std::vector<Lane> due_lanes(Database &database, std::int64_t sink, std::int64_t now,
                            std::int64_t limit) {
  std::vector<Lane> lanes;
  Query row = database.query(
      "SELECT trigger_row, seq FROM deliveries WHERE head = 1 AND sink = ?1 AND next_try <= ?2 "
      "ORDER BY next_try, seq LIMIT ?3",
      sink, now, limit);
  while (row.step()) lanes.push_back({row.integer(0), row.integer(1)});
  return lanes;
}

// The heads, and as many of the following rows of their lanes as there is room for. A row that is
// not the head may also wait for a retry, since older events can be released or replayed: a run
// ends there.
std::vector<std::int64_t> runs(Database &database, std::int64_t sink,
                               const std::vector<Lane> &lanes, std::int64_t now,
                               std::int64_t limit) {
  std::vector<std::int64_t> seqs;
  for (const Lane &lane : lanes) seqs.push_back(lane.head);
  std::int64_t room = limit - static_cast<std::int64_t>(seqs.size());
  for (const Lane &lane : lanes) {
    if (room <= 0) break;
    Query row = database.query(
        "SELECT seq, next_try FROM deliveries WHERE state = 'pending' AND sink = ?1 "
        "AND trigger_row = ?2 AND seq > ?3 ORDER BY seq LIMIT ?4",
        sink, lane.trigger_row, lane.head, room);
    for (; row.step() && row.integer(1) <= now; --room) seqs.push_back(row.integer(0));
  }
  std::sort(seqs.begin(), seqs.end());
  return seqs;
}

}  // namespace

// ---- the lanes

void SqliteStore::Impl::queue_for_sinks(std::int64_t seq, std::int64_t trigger_row,
                                        DeliveryState state) {
  database.run(
      "INSERT INTO deliveries (seq, sink, trigger_row, state, head, attempts, next_try, "
      "last_error) "
      "SELECT ?1, sinks.id, ?2, ?3, ?3 = 'pending' AND NOT EXISTS (SELECT 1 FROM deliveries AS "
      "ahead WHERE ahead.state = 'pending' AND ahead.sink = sinks.id AND ahead.trigger_row = ?2), "
      "0, 0, '' FROM sinks WHERE sinks.active = 1 ON CONFLICT (seq, sink) DO NOTHING",
      seq, trigger_row, to_string(state));
}

void SqliteStore::Impl::promote_head(std::int64_t sink, std::int64_t trigger_row) {
  database.run(
      "UPDATE deliveries SET head = 1 WHERE sink = ?1 AND seq = (SELECT min(seq) FROM deliveries "
      "WHERE state = 'pending' AND sink = ?1 AND trigger_row = ?2)",
      sink, trigger_row);
}

void SqliteStore::Impl::rebuild_heads(std::int64_t trigger_row) {
  std::vector<std::int64_t> sinks;
  {
    Query row = database.query("SELECT id FROM sinks");
    while (row.step()) sinks.push_back(row.integer(0));
  }
  for (const std::int64_t sink : sinks) {
    database.run(
        "UPDATE deliveries SET head = 0 WHERE head = 1 AND state = 'pending' AND sink = ?1 "
        "AND trigger_row = ?2",
        sink, trigger_row);
    promote_head(sink, trigger_row);
  }
}

// An event is finished once all its sinks have delivered it or given up.
void SqliteStore::Impl::finish_event(std::int64_t seq, std::int64_t now) {
  bool dead = false;
  {
    Query row = database.query(
        "SELECT count(*), sum(state = 'pending'), sum(state = 'dead') FROM deliveries "
        "WHERE seq = ?1",
        seq);
    row.step();
    const bool tried = row.integer(0) > 0;
    const bool waiting = row.integer(1) > 0;
    dead = row.integer(2) > 0;
    if (!tried || waiting) return;
  }
  const EventState state = dead ? EventState::dead : EventState::delivered;
  database.run(
      "UPDATE events SET state = ?2, delivered_at = ?3 WHERE seq = ?1 AND state = 'pending'", seq,
      to_string(state), dead ? 0 : now);
}

// ---- Store

std::vector<EventRecord> SqliteStore::next_for_sink(std::string_view sink, std::int64_t now,
                                                    std::int64_t limit) {
  Database &database = impl_->database;
  const auto known = find_sink(database, sink);
  if (!known || !known->usable) return {};
  const auto lanes = due_lanes(database, known->id, now, limit);
  std::vector<EventRecord> events;
  for (const std::int64_t seq : runs(database, known->id, lanes, now, limit)) {
    Query row = database.query("SELECT " EVENT_COLUMNS " WHERE events.seq = ?1", seq);
    if (row.step()) events.push_back(read_event(database, row));
  }
  return events;
}

std::optional<std::int64_t> SqliteStore::next_try(std::string_view sink) {
  Database &database = impl_->database;
  const auto known = find_sink(database, sink);
  if (!known || !known->usable) return std::nullopt;
  Query row = database.query(
      "SELECT next_try FROM deliveries WHERE head = 1 AND sink = ?1 ORDER BY next_try LIMIT 1",
      known->id);
  if (!row.step()) return std::nullopt;
  return row.integer(0);
}

std::int64_t SqliteStore::count_undelivered(std::string_view sink) {
  Query row = impl_->database.query(
      "SELECT count(*) FROM deliveries WHERE state = 'pending' AND sink = "
      "(SELECT id FROM sinks WHERE name = ?1)",
      sink);
  row.step();
  return row.integer(0);
}

void SqliteStore::delivered(std::string_view sink, std::span<const std::int64_t> seqs,
                            std::int64_t now) {
  Database &database = impl_->database;
  database.transaction([&] {
    const auto known = find_sink(database, sink);
    if (!known) return;
    std::set<std::int64_t> lanes;
    for (const std::int64_t seq : seqs) {
      Query row = database.query(
          "UPDATE deliveries SET state = 'delivered', head = 0, attempts = attempts + 1, "
          "next_try = 0, last_error = '' WHERE seq = ?1 AND sink = ?2 AND state = 'pending' "
          "RETURNING trigger_row",
          seq, known->id);
      while (row.step()) lanes.insert(row.integer(0));
      impl_->finish_event(seq, now);
    }
    for (const std::int64_t lane : lanes) impl_->promote_head(known->id, lane);
  });
}

void SqliteStore::delivery_failed(const DeliveryRecord &record) {
  Database &database = impl_->database;
  database.transaction([&] {
    const auto known = find_sink(database, record.sink);
    if (!known) return;
    const bool dead = record.state == DeliveryState::dead;
    std::int64_t lane = 0;
    {
      Query row = database.query(
          "UPDATE deliveries SET state = ?3, attempts = ?4, next_try = ?5, last_error = ?6, "
          "tried_at = ?8, head = head AND ?7 WHERE seq = ?1 AND sink = ?2 AND state = 'pending' "
          "RETURNING trigger_row",
          record.seq, known->id, to_string(dead ? DeliveryState::dead : DeliveryState::pending),
          record.attempts, dead ? 0 : record.next_try, record.last_error, !dead, record.tried_at);
      if (!row.step()) return;
      lane = row.integer(0);
    }
    if (!dead) return;
    impl_->promote_head(known->id, lane);
    impl_->finish_event(record.seq, unix_ms_now());
  });
}

std::vector<DeliveryRecord> SqliteStore::deliveries(std::int64_t seq) {
  Database &database = impl_->database;
  std::vector<DeliveryRecord> found;
  Query row = database.query(
      "SELECT seq, sinks.name, state, attempts, next_try, last_error, tried_at FROM deliveries "
      "JOIN sinks ON sinks.id = deliveries.sink WHERE seq = ?1 ORDER BY sinks.name",
      seq);
  while (row.step()) {
    DeliveryRecord &record = found.emplace_back();
    record.seq = row.integer(0);
    row.read(1, record.sink);
    record.state = read_enum<DeliveryState>(database, row, 2);
    record.attempts = row.integer(3);
    record.next_try = row.integer(4);
    row.read(5, record.last_error);
    record.tried_at = row.integer(6);
  }
  return found;
}

void SqliteStore::rebase_retries(std::string_view sink, std::int64_t now, std::int64_t longest) {
  Database &database = impl_->database;
  database.transaction([&] {
    const auto known = find_sink(database, sink);
    if (!known) return;
    database.run(
        "UPDATE deliveries SET tried_at = min(tried_at, ?2), "
        "next_try = min(next_try - max(tried_at - ?2, 0), ?2 + ?3) "
        "WHERE state = 'pending' AND sink = ?1 AND next_try > ?2 "
        "AND (tried_at > ?2 OR next_try > ?2 + ?3)",
        known->id, now, longest);
  });
}

void SqliteStore::set_sinks(std::span<const std::string> sinks) {
  Database &database = impl_->database;
  database.transaction([&] {
    const std::set<std::string, std::less<>> wanted(sinks.begin(), sinks.end());
    std::set<std::string, std::less<>> active;
    {
      Query row = database.query("SELECT name FROM sinks WHERE active = 1");
      while (row.step()) active.emplace(row.text(0));
    }
    if (active == wanted) return;

    database.run("UPDATE sinks SET active = 0");
    for (const std::string &name : wanted) {
      database.run(
          "INSERT INTO sinks (name, active, disabled_reason) VALUES (?1, 1, '') "
          "ON CONFLICT (name) DO UPDATE SET active = 1",
          name);
    }
    std::vector<std::int64_t> left;  // not taken by the reader of standard output
    if (!wanted.contains(standard_output_sink)) left = impl_->drop_standard_output();
    std::set<std::int64_t> lanes;
    {
      Query row = database.query(
          "INSERT INTO deliveries (seq, sink, trigger_row, state, head, attempts, next_try, "
          "last_error) SELECT events.seq, sinks.id, events.trigger_row, 'pending', 0, 0, 0, '' "
          "FROM events, sinks WHERE events.state = 'pending' AND sinks.active = 1 AND NOT EXISTS "
          "(SELECT 1 FROM deliveries WHERE deliveries.seq = events.seq) RETURNING trigger_row");
      while (row.step()) lanes.insert(row.integer(0));
    }
    for (const std::int64_t lane : lanes) impl_->rebuild_heads(lane);
    const std::int64_t now = unix_ms_now();
    for (const std::int64_t seq : left) impl_->finish_event(seq, now);
  });
}

// Returns the events that waited for it.
std::vector<std::int64_t> SqliteStore::Impl::drop_standard_output() {
  std::vector<std::int64_t> waited;
  const auto known = find_sink(database, standard_output_sink);
  if (!known) return waited;
  database.run(
      "DELETE FROM deliveries WHERE state = 'held' AND sink = ?1 AND seq IN "
      "(SELECT seq FROM events WHERE state = 'held')",
      known->id);
  Query row = database.query(
      "DELETE FROM deliveries WHERE state = 'pending' AND sink = ?1 RETURNING seq", known->id);
  while (row.step()) waited.push_back(row.integer(0));
  return waited;
}

std::vector<SinkRecord> SqliteStore::sinks() {
  Database &database = impl_->database;
  std::vector<SinkRecord> found;
  {
    Query row = database.query(
        "SELECT name, active, disabled_reason, (SELECT count(*) FROM deliveries WHERE state = "
        "'pending' AND sink = sinks.id) FROM sinks ORDER BY name");
    while (row.step()) {
      SinkRecord &record = found.emplace_back();
      row.read(0, record.name);
      record.active = row.boolean(1);
      row.read(2, record.disabled_reason);
      record.pending = row.integer(3);
    }
  }
  Query row = database.query(
      "SELECT sinks.name, sum(events.state = 'held'), sum(events.state = 'dead') FROM events "
      "JOIN deliveries USING (seq) JOIN sinks ON sinks.id = deliveries.sink "
      "WHERE events.state IN ('held', 'dead') AND deliveries.state = events.state "
      "GROUP BY sinks.id");
  while (row.step()) {
    const auto record = std::ranges::find(found, row.text(0), &SinkRecord::name);
    if (record == found.end()) continue;
    record->held = row.integer(1);
    record->dead = row.integer(2);
  }
  return found;
}

std::optional<std::int64_t> SqliteStore::forget_sink(std::string_view sink) {
  Database &database = impl_->database;
  std::optional<std::int64_t> missed;
  database.transaction([&] {
    const auto known = find_sink(database, sink);
    if (!known) return;
    {
      Query row = database.query(
          "SELECT count(*) FROM deliveries JOIN events USING (seq) WHERE sink = ?1 "
          "AND deliveries.state <> 'delivered' AND events.state <> 'discarded'",
          known->id);
      row.step();
      missed = row.integer(0);
    }
    std::vector<std::int64_t> seqs;
    {
      Query row = database.query(
          "DELETE FROM deliveries WHERE sink = ?1 AND state <> 'delivered' RETURNING seq",
          known->id);
      while (row.step()) seqs.push_back(row.integer(0));
    }
    const std::int64_t now = unix_ms_now();
    for (const std::int64_t seq : seqs) {
      database.run("UPDATE events SET state = 'pending' WHERE seq = ?1 AND state = 'dead'", seq);
      database.run(
          "UPDATE events SET state = 'discarded' WHERE seq = ?1 AND state IN ('pending', 'held') "
          "AND NOT EXISTS (SELECT 1 FROM deliveries WHERE deliveries.seq = ?1)",
          seq);
      impl_->finish_event(seq, now);
    }
    database.run("UPDATE sinks SET active = 0, disabled_reason = '' WHERE id = ?1", known->id);
    database.run(
        "DELETE FROM sinks WHERE id = ?1 "
        "AND NOT EXISTS (SELECT 1 FROM deliveries WHERE sink = ?1)",
        known->id);
  });
  return missed;
}

void SqliteStore::disable_sink(std::string_view sink, std::string_view reason) {
  impl_->database.transaction([&] {
    impl_->database.run("UPDATE sinks SET disabled_reason = ?2 WHERE name = ?1", sink, reason);
  });
}

void SqliteStore::enable_sink(std::string_view sink) {
  disable_sink(sink, {});
}

std::optional<std::string> SqliteStore::sink_disabled(std::string_view sink) {
  Query row = impl_->database.query(
      "SELECT disabled_reason FROM sinks WHERE name = ?1 AND disabled_reason <> ''", sink);
  if (!row.step()) return std::nullopt;
  return std::string(row.text(0));
}

}  // namespace host
