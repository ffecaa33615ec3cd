-- Times are milliseconds since 1970. Bytes are elsewhere; see BLOB_URL.

CREATE TABLE contents (
  file_hash TEXT PRIMARY KEY CHECK (length(file_hash) = 64),
  blob_key BLOB NOT NULL UNIQUE,
  size INTEGER NOT NULL CHECK (size >= 0),
  damaged INTEGER
) STRICT;

-- The reference is what makes freeing safe: contents that a record names cannot be deleted.
CREATE TABLE files (
  file_hash TEXT NOT NULL REFERENCES contents (file_hash),
  owner TEXT NOT NULL,
  file_name TEXT NOT NULL,
  search_name TEXT NOT NULL,
  file_type TEXT NOT NULL,
  created INTEGER NOT NULL,
  version INTEGER NOT NULL DEFAULT 1
) STRICT;

CREATE UNIQUE INDEX one_record_per_owner ON files (file_hash, owner);
CREATE INDEX files_of_owner ON files (owner, created);
CREATE INDEX files_by_time ON files (created);

CREATE TABLE owners (
  owner TEXT PRIMARY KEY
) STRICT;

CREATE TABLE uploads (
  id BLOB PRIMARY KEY,
  owner TEXT NOT NULL,
  size INTEGER NOT NULL CHECK (size >= 0),
  received INTEGER NOT NULL DEFAULT 0 CHECK (received <= size),
  metadata TEXT NOT NULL,
  created INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  file_hash TEXT
) STRICT;

CREATE INDEX uploads_by_expiry ON uploads (expires);
CREATE INDEX uploads_of_owner ON uploads (owner);

CREATE TABLE upload_parts (
  blob_key BLOB PRIMARY KEY,
  upload_id BLOB NOT NULL REFERENCES uploads (id) ON DELETE CASCADE,
  position INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX one_part_at_a_position ON upload_parts (upload_id, position);

CREATE TABLE idempotency_keys (
  key TEXT PRIMARY KEY,
  request_hash TEXT NOT NULL,
  answer TEXT NOT NULL,
  created INTEGER NOT NULL
) STRICT;

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created);
