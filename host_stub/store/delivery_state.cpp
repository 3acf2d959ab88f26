// Store: which event still has to reach which sink, and whose turn it is.
//
// What is pending of one trigger for one sink is a lane. Only the lane's oldest row, its head, may
// be tried, and heads have an index of their own: neither what is delivered, nor what waits behind
// a head whose retry is not due, is ever looked at to find the next event.
#include <algorithm>
#include <chrono>
#include <set>

#include "store/event_columns.hpp"
#include "store/store_impl.hpp"

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

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
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

// The heads, and behind them as much of their lanes as there is room for. A row may wait for its
// retry without being the head, since older ones can be released or replayed: a run ends there.
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

void Store::Impl::queue_for_sinks(std::int64_t seq, std::int64_t trigger_row) {
  database.run(
      "INSERT INTO deliveries (seq, sink, trigger_row, state, head, attempts, next_try, "
      "last_error) "
      "SELECT ?1, sinks.id, ?2, 'pending', NOT EXISTS (SELECT 1 FROM deliveries AS ahead "
      "WHERE ahead.state = 'pending' AND ahead.sink = sinks.id AND ahead.trigger_row = ?2), "
      "0, 0, '' FROM sinks WHERE sinks.active = 1",
      seq, trigger_row);
}

void Store::Impl::promote_head(std::int64_t sink, std::int64_t trigger_row) {
  database.run(
      "UPDATE deliveries SET head = 1 WHERE sink = ?1 AND seq = (SELECT min(seq) FROM deliveries "
      "WHERE state = 'pending' AND sink = ?1 AND trigger_row = ?2)",
      sink, trigger_row);
}

void Store::Impl::rebuild_heads(std::int64_t trigger_row) {
  std::vector<std::int64_t> sinks;
  {
    Query row = database.query("SELECT id FROM sinks WHERE active = 1");
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

// An event is over once every active sink is done with it.
void Store::Impl::settle(std::int64_t seq, std::int64_t now) {
  bool dead = false;
  {
    Query row = database.query(
        "SELECT count(*), sum(state = 'pending'), sum(state = 'dead') FROM deliveries "
        "JOIN sinks ON sinks.id = deliveries.sink WHERE seq = ?1 AND sinks.active = 1",
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

std::vector<EventRecord> Store::next_for_sink(std::string_view sink, std::int64_t now,
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

std::optional<std::int64_t> Store::next_try(std::string_view sink) {
  Database &database = impl_->database;
  const auto known = find_sink(database, sink);
  if (!known || !known->usable) return std::nullopt;
  Query row = database.query(
      "SELECT next_try FROM deliveries WHERE head = 1 AND sink = ?1 ORDER BY next_try LIMIT 1",
      known->id);
  if (!row.step()) return std::nullopt;
  return row.integer(0);
}

std::int64_t Store::count_undelivered(std::string_view sink) {
  Query row = impl_->database.query(
      "SELECT count(*) FROM deliveries WHERE state = 'pending' AND sink = "
      "(SELECT id FROM sinks WHERE name = ?1)",
      sink);
  row.step();
  return row.integer(0);
}

void Store::delivered(std::string_view sink, std::span<const std::int64_t> seqs, std::int64_t now) {
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
      impl_->settle(seq, now);
    }
    for (const std::int64_t lane : lanes) impl_->promote_head(known->id, lane);
  });
}

void Store::delivery_failed(const DeliveryRecord &record) {
  Database &database = impl_->database;
  database.transaction([&] {
    const auto known = find_sink(database, record.sink);
    if (!known) return;
    const bool dead = record.state == DeliveryState::dead;
    std::int64_t lane = 0;
    {
      Query row = database.query(
          "UPDATE deliveries SET state = ?3, attempts = ?4, next_try = ?5, last_error = ?6, "
          "head = head AND ?7 WHERE seq = ?1 AND sink = ?2 AND state = 'pending' "
          "RETURNING trigger_row",
          record.seq, known->id, to_string(dead ? DeliveryState::dead : DeliveryState::pending),
          record.attempts, dead ? 0 : record.next_try, record.last_error, !dead);
      if (!row.step()) return;
      lane = row.integer(0);
    }
    if (!dead) return;
    impl_->promote_head(known->id, lane);
    impl_->settle(record.seq, now_ms());
  });
}

std::vector<DeliveryRecord> Store::deliveries(std::int64_t seq) {
  Database &database = impl_->database;
  std::vector<DeliveryRecord> found;
  Query row = database.query(
      "SELECT seq, sinks.name, state, attempts, next_try, last_error FROM deliveries "
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
  }
  return found;
}

void Store::set_sinks(std::span<const std::string> sinks) {
  Database &database = impl_->database;
  database.transaction([&] {
    const std::set<std::string> wanted(sinks.begin(), sinks.end());
    std::set<std::string> active;
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
    database.run(
        "DELETE FROM deliveries WHERE state = 'pending' AND sink IN "
        "(SELECT id FROM sinks WHERE active = 0)");
    database.run(
        "INSERT INTO deliveries (seq, sink, trigger_row, state, head, attempts, next_try, "
        "last_error) SELECT events.seq, sinks.id, events.trigger_row, 'pending', 0, 0, 0, '' "
        "FROM events, sinks WHERE events.state = 'pending' AND sinks.active = 1 "
        "ON CONFLICT (seq, sink) DO NOTHING");

    std::set<std::int64_t> trigger_rows;
    std::vector<std::int64_t> seqs;
    {
      Query row = database.query("SELECT seq, trigger_row FROM events WHERE state = 'pending'");
      while (row.step()) {
        seqs.push_back(row.integer(0));
        trigger_rows.insert(row.integer(1));
      }
    }
    for (const std::int64_t row : trigger_rows) impl_->rebuild_heads(row);
    const std::int64_t now = now_ms();
    for (const std::int64_t seq : seqs) impl_->settle(seq, now);
  });
}

void Store::disable_sink(std::string_view sink, std::string_view reason) {
  impl_->database.transaction([&] {
    impl_->database.run("UPDATE sinks SET disabled_reason = ?2 WHERE name = ?1", sink, reason);
  });
}

void Store::enable_sink(std::string_view sink) {
  disable_sink(sink, {});
}

std::optional<std::string> Store::sink_disabled(std::string_view sink) {
  Query row = impl_->database.query(
      "SELECT disabled_reason FROM sinks WHERE name = ?1 AND disabled_reason <> ''", sink);
  if (!row.step()) return std::nullopt;
  return std::string(row.text(0));
}

}  // namespace host
