-- Who got files of somebody else, for who tells of it.
CREATE TABLE file_events (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  "transaction" bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
  owner text COLLATE "C" NOT NULL,
  former_owner text COLLATE "C" NOT NULL,
  by_user text COLLATE "C" NOT NULL,
  file_hash text COLLATE "C" NOT NULL,
  file_name text COLLATE "C" NOT NULL,
  files integer NOT NULL,
  -- As precise as it is told.
  happened timestamptz NOT NULL DEFAULT date_trunc('milliseconds', now())
);

CREATE INDEX file_events_in_order ON file_events ("transaction", id);
CREATE INDEX file_events_of_owner ON file_events (owner);
CREATE INDEX file_events_of_former_owner ON file_events (former_owner);
CREATE INDEX file_events_by_user ON file_events (by_user);

-- Names the history that positions in "file_events" are of; the newest counts. A restored backup
-- begins another one.
CREATE TABLE event_epochs (
  number integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  epoch text NOT NULL DEFAULT left(replace(gen_random_uuid()::text, '-', ''), 16)
);
INSERT INTO event_epochs DEFAULT VALUES;
