-- What the third version added to the second: run after schema_2.sql. Written by hand and never changed.
PRAGMA user_version = 3;
ALTER TABLE deliveries ADD COLUMN tried_at INTEGER NOT NULL DEFAULT 0;
INSERT INTO events VALUES
  (7, 'evt_held', 3, 'k7', 's7', 2, 6000, 'poll_3', 'held', 0, '{"n":7}');
INSERT INTO sinks VALUES (2, 'webhook:https://example.com/#12345678', 0, 'answered 410 Gone');
INSERT INTO deliveries VALUES
  (6, 2, 3, 'pending', 1, 1, 8000, 'answered 503', 7000), (7, 2, 3, 'held', 0, 0, 0, '', 0);
