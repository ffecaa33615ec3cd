CREATE TABLE notes (
  id uuid NOT NULL PRIMARY KEY,
  title text COLLATE "C" NOT NULL,
  text text NOT NULL,
  created_by text COLLATE "C" NOT NULL,
  created timestamptz NOT NULL,
  version integer NOT NULL DEFAULT 1,
  CONSTRAINT note_title CHECK (length(title) BETWEEN 1 AND 200),
  CONSTRAINT note_text CHECK (length(text) <= 10000)
);

-- By owner first: it also finds what is theirs.
CREATE UNIQUE INDEX note_title_once ON notes (created_by, title);

CREATE TABLE idempotency_keys (
  key text PRIMARY KEY,
  request_hash text NOT NULL,
  answer text NOT NULL,
  created timestamptz NOT NULL
);

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created);
