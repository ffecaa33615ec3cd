CREATE TABLE passkeys (
  id uuid PRIMARY KEY NOT NULL,
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  name text NOT NULL,
  credential_id text NOT NULL CHECK (length(credential_id) BETWEEN 1 AND 1364),
  public_key text NOT NULL CHECK (length(public_key) BETWEEN 1 AND 2000),
  transports text NOT NULL,
  counter bigint NOT NULL CHECK (counter BETWEEN 0 AND 4294967295),
  challenged timestamptz NOT NULL,
  created timestamptz NOT NULL,
  last_used timestamptz
);
CREATE UNIQUE INDEX only_one_passkey_per_credential ON passkeys (credential_id);
CREATE INDEX passkeys_by_user ON passkeys (user_id);

-- As many as anybody has devices; `passkeysPerUserMax`. The lock lets two at once count each other.
CREATE FUNCTION limit_passkeys() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM users WHERE id = NEW.user_id FOR NO KEY UPDATE;
  IF (SELECT count(*) FROM passkeys WHERE user_id = NEW.user_id) >= 20 THEN
    RAISE EXCEPTION 'too_many_passkeys' USING ERRCODE = 'exclusion_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER passkeys_limited BEFORE INSERT ON passkeys
FOR EACH ROW EXECUTE FUNCTION limit_passkeys();

-- Neither is a passkey moved to another account, nor an answer taken again.
CREATE FUNCTION keep_passkey() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'passkey_kept' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER passkey_kept BEFORE UPDATE OF user_id, credential_id, public_key, challenged
ON passkeys FOR EACH ROW
  WHEN (OLD.user_id <> NEW.user_id OR OLD.credential_id <> NEW.credential_id
    OR OLD.public_key <> NEW.public_key OR NEW.challenged < OLD.challenged)
  EXECUTE FUNCTION keep_passkey();
