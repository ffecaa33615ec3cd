-- Times are milliseconds since 1970.

CREATE TABLE notes (
  id BLOB NOT NULL PRIMARY KEY,
  title TEXT NOT NULL,
  text TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created INTEGER NOT NULL,
  version INTEGER NOT NULL DEFAULT 1,
  CONSTRAINT note_title CHECK (length(title) BETWEEN 1 AND 200),
  CONSTRAINT note_text CHECK (length(text) <= 10000)
) STRICT;

-- By owner first: it also finds what is theirs.
CREATE UNIQUE INDEX note_title_once ON notes (created_by, title);

CREATE TABLE idempotency_keys (
  key TEXT PRIMARY KEY,
  request_hash TEXT NOT NULL,
  answer TEXT NOT NULL,
  created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created);
