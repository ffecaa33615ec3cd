-- Times are milliseconds since 1970.

CREATE TABLE journal (
  position INTEGER PRIMARY KEY,
  "transaction" INTEGER NOT NULL DEFAULT 0,
  source TEXT NOT NULL,
  source_event TEXT NOT NULL,
  type TEXT NOT NULL,
  subject TEXT NOT NULL,
  happened INTEGER NOT NULL,
  data TEXT NOT NULL,
  CONSTRAINT journal_data CHECK (json_valid(data))
) STRICT;

CREATE UNIQUE INDEX journal_once ON journal (source, source_event);

CREATE TABLE journal_sources (
  source TEXT PRIMARY KEY,
  cursor TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE notifications (
  id BLOB NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  data TEXT NOT NULL,
  created INTEGER NOT NULL,
  read INTEGER,
  journal_position INTEGER NOT NULL,
  CONSTRAINT notification_data CHECK (json_valid(data))
) STRICT;

CREATE UNIQUE INDEX told_once ON notifications (journal_position, user_id, kind);
CREATE INDEX notifications_of_user ON notifications (user_id, id);

CREATE TABLE idempotency_keys (
  key TEXT PRIMARY KEY,
  request_hash TEXT NOT NULL,
  answer TEXT NOT NULL,
  created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created);
