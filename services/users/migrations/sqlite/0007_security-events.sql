CREATE TABLE security_events (
  id BLOB PRIMARY KEY NOT NULL,
  at INTEGER NOT NULL,
  until INTEGER NOT NULL,
  count INTEGER NOT NULL,
  kind TEXT NOT NULL,
  actor TEXT NOT NULL,
  user_id BLOB,
  request_id TEXT,
  detail TEXT
) STRICT;
CREATE INDEX security_events_by_time ON security_events (at, id);
CREATE INDEX security_events_by_actor ON security_events (actor, at);
