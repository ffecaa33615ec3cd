CREATE TABLE journal (
  position integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  "transaction" bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
  source text COLLATE "C" NOT NULL,
  source_event text COLLATE "C" NOT NULL,
  type text COLLATE "C" NOT NULL,
  subject text COLLATE "C" NOT NULL,
  happened timestamptz NOT NULL,
  data text NOT NULL,
  CONSTRAINT journal_data CHECK (data IS JSON)
);

CREATE UNIQUE INDEX journal_once ON journal (source, source_event);

CREATE TABLE journal_sources (
  source text COLLATE "C" PRIMARY KEY,
  cursor text NOT NULL
);

CREATE TABLE notifications (
  id uuid NOT NULL PRIMARY KEY,
  user_id text COLLATE "C" NOT NULL,
  kind text COLLATE "C" NOT NULL,
  subject text COLLATE "C" NOT NULL,
  data text NOT NULL,
  created timestamptz NOT NULL,
  read timestamptz,
  journal_position integer NOT NULL,
  CONSTRAINT notification_data CHECK (data IS JSON)
);

CREATE UNIQUE INDEX told_once ON notifications (journal_position, user_id, kind);
CREATE INDEX notifications_of_user ON notifications (user_id, id);

CREATE TABLE idempotency_keys (
  key text PRIMARY KEY,
  request_hash text NOT NULL,
  answer text NOT NULL,
  created timestamptz NOT NULL
);

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created);
