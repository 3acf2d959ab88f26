-- What the sixth version added to the fifth: run after schema_5.sql. Written by hand and never changed.
PRAGMA user_version = 6;
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
INSERT INTO access_tokens VALUES ('backup', x'0a0b', 'run', 1000, 2000, 1500);
INSERT INTO browser_sessions VALUES (x'0c', x'0d', 1000, 1500);
INSERT INTO audit VALUES (7, 1000, 'command nina', 'trigger.add', 'trg_old', 'ok', 0, 0);
