-- A database as the first version wrote it: its tables, and one row in each that matters.
-- Written by hand and never changed: whatever the schema becomes, this must still open.
PRAGMA application_id = 1668311400;
PRAGMA user_version = 1;
CREATE TABLE meta (name TEXT PRIMARY KEY NOT NULL, value NOT NULL) WITHOUT ROWID;
CREATE TABLE connections (
  id TEXT PRIMARY KEY NOT NULL, plugin TEXT NOT NULL, method TEXT NOT NULL, label TEXT NOT NULL,
  state TEXT NOT NULL, state_reason TEXT NOT NULL, settings TEXT NOT NULL,
  sealed_input BLOB NOT NULL, sealed_tokens BLOB NOT NULL, token_expires_at INTEGER NOT NULL,
  refresh_started_at INTEGER NOT NULL, token_version INTEGER NOT NULL, created_at INTEGER NOT NULL);
CREATE TABLE triggers (
  row INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
  connection_id TEXT NOT NULL REFERENCES connections (id), trigger TEXT NOT NULL,
  input TEXT NOT NULL, config_hash TEXT NOT NULL, interval_ms INTEGER NOT NULL,
  state TEXT NOT NULL, baselined INTEGER NOT NULL, start TEXT NOT NULL,
  start_count INTEGER NOT NULL, cursor_version INTEGER NOT NULL, failures INTEGER NOT NULL,
  failing_since INTEGER NOT NULL, retry_at INTEGER NOT NULL, created_at INTEGER NOT NULL,
  last_error TEXT NOT NULL, cursor BLOB NOT NULL);
CREATE INDEX triggers_by_connection ON triggers (connection_id);
CREATE TABLE event_sources (
  trigger_row INTEGER PRIMARY KEY, trigger_id TEXT NOT NULL, connection_id TEXT NOT NULL,
  trigger TEXT NOT NULL, plugin TEXT NOT NULL);
CREATE TABLE events (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
  trigger_row INTEGER NOT NULL REFERENCES event_sources (trigger_row), key TEXT NOT NULL,
  subject TEXT NOT NULL, dedupe_version INTEGER NOT NULL, time INTEGER NOT NULL,
  poll_id TEXT NOT NULL, state TEXT NOT NULL, delivered_at INTEGER NOT NULL, data TEXT NOT NULL,
  UNIQUE (trigger_row, key));
CREATE INDEX events_by_state ON events (state, trigger_row, seq);
CREATE INDEX events_delivered ON events (delivered_at) WHERE state = 'delivered';
CREATE TABLE sinks (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, active INTEGER NOT NULL,
  disabled_reason TEXT NOT NULL);
CREATE TABLE deliveries (
  seq INTEGER NOT NULL REFERENCES events (seq) ON DELETE CASCADE,
  sink INTEGER NOT NULL REFERENCES sinks (id), trigger_row INTEGER NOT NULL, state TEXT NOT NULL,
  head INTEGER NOT NULL, attempts INTEGER NOT NULL, next_try INTEGER NOT NULL,
  last_error TEXT NOT NULL, PRIMARY KEY (seq, sink)) WITHOUT ROWID;
CREATE INDEX deliveries_lane ON deliveries (sink, trigger_row, seq) WHERE state = 'pending';
CREATE INDEX deliveries_heads ON deliveries (sink, next_try, seq) WHERE head = 1;
CREATE TABLE idempotency (
  key TEXT PRIMARY KEY NOT NULL, connection_id TEXT NOT NULL, action TEXT NOT NULL,
  input_hash TEXT NOT NULL, state TEXT NOT NULL, created_at INTEGER NOT NULL,
  result TEXT NOT NULL);

INSERT INTO meta VALUES ('schedule_version', 4), ('seal_check', x'0102');
INSERT INTO connections VALUES ('con_old', 'sendpulse', 'client_credentials', 'me@example.com', 'ok',
  '', '{}', x'0a', x'0b', 7000, 0, 2, 1000);
INSERT INTO triggers VALUES (3, 'trg_old', 'con_old', 'campaign.created', '{}', 'hash', 300000,
  'active', 1, 'now', 0, 9, 0, 0, 0, 1000, '', x'c0ffee');
INSERT INTO event_sources VALUES (3, 'trg_old', 'con_old', 'campaign.created', 'sendpulse');
INSERT INTO events VALUES
  (5, 'evt_delivered', 3, 'k5', 's5', 1, 4000, 'poll_1', 'delivered', 4500, '{"n":5}'),
  (6, 'evt_pending', 3, 'k6', 's6', 2, 5000, 'poll_2', 'pending', 0, '{"n":6}');
INSERT INTO sinks VALUES (1, 'stdout', 1, '');
INSERT INTO deliveries VALUES
  (5, 1, 3, 'delivered', 0, 1, 0, ''), (6, 1, 3, 'pending', 1, 2, 9000, 'answered 503');
INSERT INTO idempotency VALUES ('key', 'con_old', 'subscriber.add', 'h', 'done', 1000, '{"a":1}');
