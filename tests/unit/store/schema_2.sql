-- What the second version added to the first: run after schema_1.sql. Written by hand and never changed.
PRAGMA user_version = 2;
CREATE TABLE rate_marks (
  connection_id TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE, rule TEXT NOT NULL,
  at INTEGER NOT NULL);
CREATE INDEX rate_marks_by_use ON rate_marks (connection_id, rule, at);

INSERT INTO rate_marks VALUES ('con_old', 'campaigns', 50000);
