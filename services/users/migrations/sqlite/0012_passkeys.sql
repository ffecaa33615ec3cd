CREATE TABLE passkeys (
  id BLOB PRIMARY KEY NOT NULL,
  user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  credential_id TEXT NOT NULL CHECK (length(credential_id) BETWEEN 1 AND 1364),
  public_key TEXT NOT NULL CHECK (length(public_key) BETWEEN 1 AND 2000),
  transports TEXT NOT NULL,
  counter INTEGER NOT NULL CHECK (counter BETWEEN 0 AND 4294967295),
  challenged INTEGER NOT NULL,
  created INTEGER NOT NULL,
  last_used INTEGER
) STRICT;
CREATE UNIQUE INDEX only_one_passkey_per_credential ON passkeys (credential_id);
CREATE INDEX passkeys_by_user ON passkeys (user_id);

-- As many as anybody has devices; `passkeysPerUserMax`.
CREATE TRIGGER passkeys_limited BEFORE INSERT ON passkeys
WHEN (SELECT count(*) FROM passkeys WHERE user_id = NEW.user_id) >= 20
BEGIN
  SELECT RAISE(ABORT, 'too_many_passkeys');
END;

-- Neither is a passkey moved to another account, nor an answer taken again.
CREATE TRIGGER passkey_kept BEFORE UPDATE OF user_id, credential_id, public_key, challenged ON passkeys
WHEN OLD.user_id <> NEW.user_id OR OLD.credential_id <> NEW.credential_id
  OR OLD.public_key <> NEW.public_key OR NEW.challenged < OLD.challenged
BEGIN
  SELECT RAISE(ABORT, 'passkey_kept');
END;
