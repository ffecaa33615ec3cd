ALTER TABLE users ADD COLUMN verified_email TEXT;

CREATE TABLE mails (
  id BLOB PRIMARY KEY NOT NULL,
  kind TEXT NOT NULL,
  recipient TEXT NOT NULL,
  language TEXT NOT NULL,
  reference BLOB,
  detail TEXT NOT NULL,
  attempts INTEGER DEFAULT 0 NOT NULL,
  due INTEGER NOT NULL,
  created INTEGER NOT NULL
) STRICT;
CREATE INDEX mails_by_due ON mails (due);

CREATE TABLE invitations (
  id BLOB PRIMARY KEY NOT NULL,
  email TEXT,
  role TEXT NOT NULL CHECK (role IN ('member', 'admin')),
  created_by BLOB REFERENCES users (id) ON DELETE CASCADE,
  created INTEGER NOT NULL,
  expires INTEGER NOT NULL
) STRICT;
CREATE INDEX invitations_by_email ON invitations (email);
CREATE INDEX invitations_by_expiry ON invitations (expires);
CREATE INDEX invitations_by_maker ON invitations (created_by);

CREATE TABLE confirmations (
  id BLOB PRIMARY KEY NOT NULL,
  user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  purpose TEXT NOT NULL CHECK (purpose IN ('password', 'address', 'keep')),
  email TEXT NOT NULL,
  created INTEGER NOT NULL,
  expires INTEGER NOT NULL
) STRICT;
CREATE INDEX confirmations_by_user ON confirmations (user_id);
CREATE INDEX confirmations_by_expiry ON confirmations (expires);

-- Whoever is no administrator any more has invited nobody.
CREATE TRIGGER invitations_end AFTER UPDATE OF role ON users
WHEN OLD.role = 'admin' AND NEW.role <> 'admin'
BEGIN
  DELETE FROM invitations WHERE created_by = NEW.id;
END;

-- A link that was asked for before is not good for what comes after. `keep` undoes a change.
CREATE TRIGGER confirmations_end AFTER UPDATE OF email, password_hash ON users
WHEN OLD.email <> NEW.email OR OLD.password_hash <> NEW.password_hash
BEGIN
  DELETE FROM confirmations WHERE user_id = NEW.id AND purpose <> 'keep';
END;
