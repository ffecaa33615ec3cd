-- Bytes are elsewhere; see BLOB_URL. Names compare by their bytes, as on SQLite.

CREATE TABLE contents (
  file_hash text COLLATE "C" PRIMARY KEY CHECK (length(file_hash) = 64),
  blob_key uuid NOT NULL UNIQUE,
  size bigint NOT NULL CHECK (size >= 0),
  damaged timestamptz
);

-- The reference is what makes freeing safe: contents that a record names cannot be deleted.
CREATE TABLE files (
  file_hash text COLLATE "C" NOT NULL REFERENCES contents (file_hash),
  owner text COLLATE "C" NOT NULL,
  file_name text COLLATE "C" NOT NULL,
  search_name text COLLATE "C" NOT NULL,
  file_type text COLLATE "C" NOT NULL,
  created timestamptz NOT NULL,
  version integer NOT NULL DEFAULT 1
);

CREATE UNIQUE INDEX one_record_per_owner ON files (file_hash, owner);
CREATE INDEX files_of_owner ON files (owner, created);
CREATE INDEX files_by_time ON files (created);

CREATE TABLE owners (
  owner text COLLATE "C" PRIMARY KEY
);

CREATE TABLE uploads (
  id uuid PRIMARY KEY,
  owner text COLLATE "C" NOT NULL,
  size bigint NOT NULL CHECK (size >= 0),
  received bigint NOT NULL DEFAULT 0 CHECK (received <= size),
  metadata text NOT NULL,
  created timestamptz NOT NULL,
  expires timestamptz NOT NULL,
  file_hash text COLLATE "C"
);

CREATE INDEX uploads_by_expiry ON uploads (expires);
CREATE INDEX uploads_of_owner ON uploads (owner);

CREATE TABLE upload_parts (
  blob_key uuid PRIMARY KEY,
  upload_id uuid NOT NULL REFERENCES uploads (id) ON DELETE CASCADE,
  position bigint NOT NULL
);

CREATE UNIQUE INDEX one_part_at_a_position ON upload_parts (upload_id, position);

CREATE TABLE idempotency_keys (
  key text COLLATE "C" PRIMARY KEY,
  request_hash text NOT NULL,
  answer text NOT NULL,
  created timestamptz NOT NULL
);

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created);
