CREATE TABLE identity_providers (
  id text PRIMARY KEY NOT NULL,
  name text NOT NULL,
  issuer text NOT NULL,
  client_id text NOT NULL,
  sealed_secret text NOT NULL,
  scopes text NOT NULL,
  group_claim text,
  creates_accounts integer NOT NULL CHECK (creates_accounts IN (0, 1)),
  asks_second_factor integer NOT NULL CHECK (asks_second_factor IN (0, 1)),
  created timestamptz NOT NULL,
  version integer DEFAULT 1 NOT NULL
);

-- The same subject of another issuer is somebody else.
CREATE FUNCTION keep_issuer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'issuer_changed' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER issuer_kept BEFORE UPDATE OF id, issuer ON identity_providers FOR EACH ROW
  WHEN (OLD.id <> NEW.id OR OLD.issuer <> NEW.issuer)
  EXECUTE FUNCTION keep_issuer();

CREATE TABLE group_mappings (
  provider_id text NOT NULL REFERENCES identity_providers (id) ON DELETE CASCADE,
  value text NOT NULL,
  group_id uuid REFERENCES user_groups (id) ON DELETE CASCADE,
  role text CHECK (role = 'admin'),
  CHECK ((group_id IS NULL) <> (role IS NULL))
);
CREATE INDEX group_mappings_by_provider ON group_mappings (provider_id, value);
CREATE INDEX group_mappings_by_group ON group_mappings (group_id);

CREATE TABLE identities (
  id uuid PRIMARY KEY NOT NULL,
  provider_id text NOT NULL REFERENCES identity_providers (id) ON DELETE CASCADE,
  subject text NOT NULL,
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created timestamptz NOT NULL,
  last_used timestamptz NOT NULL
);
CREATE UNIQUE INDEX only_one_user_per_subject ON identities (provider_id, subject);
CREATE UNIQUE INDEX only_one_subject_per_user ON identities (user_id, provider_id);

-- Somebody else's sign-in never becomes one's own by changing a row.
CREATE FUNCTION keep_identity() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'identity_moved' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER identity_kept BEFORE UPDATE OF provider_id, subject, user_id ON identities
  FOR EACH ROW WHEN (OLD.provider_id <> NEW.provider_id OR OLD.subject <> NEW.subject
    OR OLD.user_id <> NEW.user_id)
  EXECUTE FUNCTION keep_identity();

CREATE TABLE used_sign_ins (
  id uuid PRIMARY KEY NOT NULL,
  expires timestamptz NOT NULL
);
CREATE INDEX used_sign_ins_by_expiry ON used_sign_ins (expires);
