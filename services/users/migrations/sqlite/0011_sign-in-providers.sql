CREATE TABLE identity_providers (
  id TEXT PRIMARY KEY NOT NULL,
  name TEXT NOT NULL,
  issuer TEXT NOT NULL,
  client_id TEXT NOT NULL,
  sealed_secret TEXT NOT NULL,
  scopes TEXT NOT NULL,
  group_claim TEXT,
  creates_accounts INTEGER NOT NULL CHECK (creates_accounts IN (0, 1)),
  asks_second_factor INTEGER NOT NULL CHECK (asks_second_factor IN (0, 1)),
  created INTEGER NOT NULL,
  version INTEGER DEFAULT 1 NOT NULL
) STRICT;

-- The same subject of another issuer is somebody else.
CREATE TRIGGER issuer_kept BEFORE UPDATE OF id, issuer ON identity_providers
WHEN OLD.id <> NEW.id OR OLD.issuer <> NEW.issuer
BEGIN
  SELECT RAISE(ABORT, 'issuer_changed');
END;

CREATE TABLE group_mappings (
  provider_id TEXT NOT NULL REFERENCES identity_providers (id) ON DELETE CASCADE,
  value TEXT NOT NULL,
  group_id BLOB REFERENCES user_groups (id) ON DELETE CASCADE,
  role TEXT CHECK (role = 'admin'),
  CHECK ((group_id IS NULL) <> (role IS NULL))
) STRICT;
CREATE INDEX group_mappings_by_provider ON group_mappings (provider_id, value);
CREATE INDEX group_mappings_by_group ON group_mappings (group_id);

CREATE TABLE identities (
  id BLOB PRIMARY KEY NOT NULL,
  provider_id TEXT NOT NULL REFERENCES identity_providers (id) ON DELETE CASCADE,
  subject TEXT NOT NULL,
  user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created INTEGER NOT NULL,
  last_used INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX only_one_user_per_subject ON identities (provider_id, subject);
CREATE UNIQUE INDEX only_one_subject_per_user ON identities (user_id, provider_id);

-- Somebody else's sign-in never becomes one's own by changing a row.
CREATE TRIGGER identity_kept BEFORE UPDATE OF provider_id, subject, user_id ON identities
WHEN OLD.provider_id <> NEW.provider_id OR OLD.subject <> NEW.subject OR OLD.user_id <> NEW.user_id
BEGIN
  SELECT RAISE(ABORT, 'identity_moved');
END;

CREATE TABLE used_sign_ins (
  id BLOB PRIMARY KEY NOT NULL,
  expires INTEGER NOT NULL
) STRICT;
CREATE INDEX used_sign_ins_by_expiry ON used_sign_ins (expires);
