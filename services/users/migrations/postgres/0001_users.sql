CREATE TABLE users (
  id uuid PRIMARY KEY NOT NULL,
  username text NOT NULL,
  username_key text NOT NULL,
  email text NOT NULL,
  password_hash text NOT NULL,
  role text NOT NULL CHECK (role IN ('member', 'admin')),
  created timestamptz NOT NULL,
  version integer DEFAULT 1 NOT NULL
);
CREATE UNIQUE INDEX only_one_user_per_username ON users (username_key);
CREATE UNIQUE INDEX only_one_user_per_email ON users (email);
CREATE INDEX users_by_role ON users (role);

CREATE TABLE logins (
  id uuid PRIMARY KEY NOT NULL,
  user_id uuid NOT NULL,
  refreshes integer DEFAULT 0 NOT NULL,
  expires timestamptz NOT NULL,
  ended timestamptz
);
CREATE INDEX logins_by_user ON logins (user_id);
CREATE INDEX logins_by_end ON logins (ended);
CREATE INDEX logins_by_expiry ON logins (expires);

CREATE TABLE signing_keys (
  id text PRIMARY KEY NOT NULL,
  generation integer NOT NULL,
  public_key text NOT NULL,
  sealed_key text NOT NULL,
  created timestamptz NOT NULL
);
CREATE UNIQUE INDEX only_one_key_per_generation ON signing_keys (generation);

CREATE TABLE login_attempts (
  id text PRIMARY KEY NOT NULL,
  failures integer NOT NULL,
  free timestamptz NOT NULL
);
CREATE INDEX login_attempts_by_age ON login_attempts (free);

CREATE TABLE idempotency_keys (
  key text PRIMARY KEY NOT NULL,
  request_hash text NOT NULL,
  answer text NOT NULL,
  created timestamptz NOT NULL
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created);
