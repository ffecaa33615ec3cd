CREATE TABLE api_keys (
  id BLOB PRIMARY KEY NOT NULL,
  user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  key_hash TEXT NOT NULL,
  scopes TEXT NOT NULL,
  created INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  last_used INTEGER
) STRICT;
CREATE UNIQUE INDEX only_one_api_key_per_hash ON api_keys (key_hash);
CREATE INDEX api_keys_by_user ON api_keys (user_id);
CREATE INDEX api_keys_by_expiry ON api_keys (expires);

-- What was begun with a key ends with it, as with a login. Processes remember a key for less.
CREATE TRIGGER api_key_ended AFTER DELETE ON api_keys
BEGIN
  INSERT INTO ended_logins (login_id, token_expires)
  VALUES (OLD.id, CAST(unixepoch('subsec') * 1000 AS INTEGER) + 600000);
END;
