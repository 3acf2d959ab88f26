-- What the fourth version added to the third: run after schema_3.sql. Written by hand and never changed.
PRAGMA user_version = 4;
CREATE TABLE refused_parts (
  trigger_row INTEGER PRIMARY KEY REFERENCES triggers (row) ON DELETE CASCADE,
  parts       TEXT NOT NULL
);
INSERT INTO refused_parts VALUES (3, '[{"name":"Wool","reason":"Disabled.","since":7000}]');
