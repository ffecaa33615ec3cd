-- Times are milliseconds since 1970.

CREATE TABLE users (
  id BLOB PRIMARY KEY NOT NULL,
  username TEXT NOT NULL,
  username_key TEXT NOT NULL,
  email TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('member', 'admin')),
  created INTEGER NOT NULL,
  version INTEGER DEFAULT 1 NOT NULL
) STRICT;
CREATE UNIQUE INDEX only_one_user_per_username ON users (username_key);
CREATE UNIQUE INDEX only_one_user_per_email ON users (email);
CREATE INDEX users_by_role ON users (role);

CREATE TABLE logins (
  id BLOB PRIMARY KEY NOT NULL,
  user_id BLOB NOT NULL,
  refreshes INTEGER DEFAULT 0 NOT NULL,
  expires INTEGER NOT NULL,
  ended INTEGER
) STRICT;
CREATE INDEX logins_by_user ON logins (user_id);
CREATE INDEX logins_by_end ON logins (ended);
CREATE INDEX logins_by_expiry ON logins (expires);

CREATE TABLE signing_keys (
  id TEXT PRIMARY KEY NOT NULL,
  generation INTEGER NOT NULL,
  public_key TEXT NOT NULL,
  sealed_key TEXT NOT NULL,
  created INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX only_one_key_per_generation ON signing_keys (generation);

CREATE TABLE login_attempts (
  id TEXT PRIMARY KEY NOT NULL,
  failures INTEGER NOT NULL,
  free INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX login_attempts_by_age ON login_attempts (free);

CREATE TABLE idempotency_keys (
  key TEXT PRIMARY KEY NOT NULL,
  request_hash TEXT NOT NULL,
  answer TEXT NOT NULL,
  created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created);
