-- What the fifth version added to the fourth: run after schema_4.sql. Written by hand and never changed.
PRAGMA user_version = 5;
CREATE TABLE poll_requests (
  trigger_row      INTEGER PRIMARY KEY REFERENCES triggers (row) ON DELETE CASCADE,
  requests         INTEGER NOT NULL,
  polls            INTEGER NOT NULL,
  earlier_requests INTEGER NOT NULL,
  earlier_polls    INTEGER NOT NULL,
  last             INTEGER NOT NULL
);
INSERT INTO poll_requests VALUES (3, 10, 8, 300, 144, 2);
