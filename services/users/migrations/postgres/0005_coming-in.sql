ALTER TABLE users ADD COLUMN verified_email text;

CREATE TABLE mails (
  id uuid PRIMARY KEY NOT NULL,
  kind text NOT NULL,
  recipient text NOT NULL,
  language text NOT NULL,
  reference uuid,
  detail text NOT NULL,
  attempts integer DEFAULT 0 NOT NULL,
  due timestamptz NOT NULL,
  created timestamptz NOT NULL
);
CREATE INDEX mails_by_due ON mails (due);

CREATE TABLE invitations (
  id uuid PRIMARY KEY NOT NULL,
  email text,
  role text NOT NULL CHECK (role IN ('member', 'admin')),
  created_by uuid REFERENCES users (id) ON DELETE CASCADE,
  created timestamptz NOT NULL,
  expires timestamptz NOT NULL
);
CREATE INDEX invitations_by_email ON invitations (email);
CREATE INDEX invitations_by_expiry ON invitations (expires);
CREATE INDEX invitations_by_maker ON invitations (created_by);

CREATE TABLE confirmations (
  id uuid PRIMARY KEY NOT NULL,
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  purpose text NOT NULL CHECK (purpose IN ('password', 'address', 'keep')),
  email text NOT NULL,
  created timestamptz NOT NULL,
  expires timestamptz NOT NULL
);
CREATE INDEX confirmations_by_user ON confirmations (user_id);
CREATE INDEX confirmations_by_expiry ON confirmations (expires);

-- Whoever is no administrator any more has invited nobody.
CREATE FUNCTION invitations_end() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM invitations WHERE created_by = NEW.id;
  RETURN NULL;
END $$;
CREATE TRIGGER invitations_end AFTER UPDATE OF role ON users FOR EACH ROW
  WHEN (OLD.role = 'admin' AND NEW.role <> 'admin') EXECUTE FUNCTION invitations_end();

-- A link that was asked for before is not good for what comes after. `keep` undoes a change.
CREATE FUNCTION confirmations_end() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM confirmations WHERE user_id = NEW.id AND purpose <> 'keep';
  RETURN NULL;
END $$;
CREATE TRIGGER confirmations_end AFTER UPDATE OF email, password_hash ON users FOR EACH ROW
  WHEN (OLD.email <> NEW.email OR OLD.password_hash <> NEW.password_hash)
  EXECUTE FUNCTION confirmations_end();
