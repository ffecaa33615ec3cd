CREATE TABLE api_keys (
  id uuid PRIMARY KEY NOT NULL,
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  name text NOT NULL,
  key_hash text NOT NULL,
  scopes text NOT NULL,
  created timestamptz NOT NULL,
  expires timestamptz NOT NULL,
  last_used timestamptz
);
CREATE UNIQUE INDEX only_one_api_key_per_hash ON api_keys (key_hash);
CREATE INDEX api_keys_by_user ON api_keys (user_id);
CREATE INDEX api_keys_by_expiry ON api_keys (expires);

-- What was begun with a key ends with it, as with a login. Processes remember a key for less.
CREATE FUNCTION api_key_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO ended_logins (login_id, token_expires)
  VALUES (OLD.id, now() + interval '10 minutes');
  RETURN NULL;
END $$;
CREATE TRIGGER api_key_ended AFTER DELETE ON api_keys
FOR EACH ROW EXECUTE FUNCTION api_key_ended();
