// Converts a row of `events` to an EventRecord; for the .cpp files of this folder only.
#pragma once

#include "store/sqlite/store_impl.hpp"

namespace host {

#define EVENT_COLUMNS                                                                      \
  "events.seq, events.id, events.trigger_row, event_sources.trigger_id, "                  \
  "event_sources.connection_id, event_sources.trigger, event_sources.plugin, events.key, " \
  "events.subject, events.dedupe_version, events.time, events.poll_id, events.state, "     \
  "events.delivered_at, events.data FROM events JOIN event_sources USING (trigger_row)"

inline EventRecord read_event(const Database &database, const Query &row) {
  EventRecord record;
  record.seq = row.integer(0);
  row.read(1, record.id);
  record.trigger_row = row.integer(2);
  row.read(3, record.trigger_id);
  row.read(4, record.connection_id);
  row.read(5, record.trigger);
  row.read(6, record.plugin);
  row.read(7, record.key);
  row.read(8, record.subject);
  record.dedupe_version = row.integer(9);
  record.time = row.integer(10);
  row.read(11, record.poll_id);
  record.state = read_enum<EventState>(database, row, 12);
  record.delivered_at = row.integer(13);
  row.read(14, record.data);
  return record;
}

}  // namespace host
