CREATE TABLE security_events (
  id uuid PRIMARY KEY NOT NULL,
  at timestamptz NOT NULL,
  until timestamptz NOT NULL,
  count integer NOT NULL,
  kind text NOT NULL,
  actor text NOT NULL,
  user_id uuid,
  request_id text,
  detail text
);
CREATE INDEX security_events_by_time ON security_events (at, id);
CREATE INDEX security_events_by_actor ON security_events (actor, at);
