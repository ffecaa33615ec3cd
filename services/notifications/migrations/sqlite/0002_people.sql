-- Nobody is told of what happened before.
CREATE TABLE journal_start (began INTEGER NOT NULL) STRICT;
INSERT INTO journal_start VALUES (CAST(unixepoch('subsec') * 1000 AS INTEGER));

-- Who is named in which entries, to forget them.
CREATE TABLE journal_people (
  user_id TEXT NOT NULL,
  position INTEGER NOT NULL REFERENCES journal (position) ON DELETE CASCADE
) STRICT;
CREATE UNIQUE INDEX journal_people_once ON journal_people (user_id, position);
CREATE INDEX journal_people_of_entry ON journal_people (position);

CREATE TABLE journal_readers (
  reader TEXT PRIMARY KEY,
  "transaction" INTEGER NOT NULL,
  position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

ALTER TABLE notifications ADD COLUMN digest INTEGER;
ALTER TABLE notifications ADD COLUMN by_user TEXT;
ALTER TABLE notifications ADD COLUMN for_user TEXT;
CREATE INDEX notifications_by_user ON notifications (by_user) WHERE by_user IS NOT NULL;
CREATE INDEX notifications_for_user ON notifications (for_user) WHERE for_user IS NOT NULL;
CREATE INDEX notifications_unread ON notifications (user_id, id) WHERE read IS NULL;
CREATE INDEX notifications_of_digest ON notifications (user_id, digest) WHERE digest IS NOT NULL;

-- The newest thousand of each person: what nobody reads does not grow.
CREATE TRIGGER notifications_bounded AFTER INSERT ON notifications
BEGIN
  DELETE FROM notifications WHERE user_id = NEW.user_id AND id <= (
    SELECT id FROM notifications WHERE user_id = NEW.user_id ORDER BY id DESC LIMIT 1 OFFSET 1000);
END;

CREATE TABLE notification_preferences (
  user_id TEXT PRIMARY KEY,
  kinds TEXT NOT NULL DEFAULT '{}',
  quiet_from TEXT,
  quiet_to TEXT,
  digest_at TEXT,
  time_zone TEXT,
  language TEXT,
  seen_language TEXT,
  mail_refused INTEGER,
  refused_address TEXT,
  version INTEGER NOT NULL DEFAULT 1,
  CONSTRAINT preference_kinds CHECK (json_valid(kinds) AND json_type(kinds) IS 'object'),
  CONSTRAINT preference_quiet CHECK ((quiet_from IS NULL) = (quiet_to IS NULL)),
  CONSTRAINT preference_refused CHECK ((mail_refused IS NULL) = (refused_address IS NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE mails (
  id BLOB NOT NULL PRIMARY KEY,
  attempts INTEGER NOT NULL DEFAULT 0,
  due INTEGER NOT NULL,
  created INTEGER NOT NULL,
  user_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  notification_id BLOB,
  digest INTEGER,
  CONSTRAINT mail_of CHECK ((notification_id IS NULL) = (digest IS NOT NULL))
) STRICT;

CREATE INDEX mails_by_due ON mails (due);
CREATE INDEX mails_of_user ON mails (user_id);
-- Of a day there is one, whoever finds first what is to be in it.
CREATE UNIQUE INDEX one_digest ON mails (user_id, digest) WHERE digest IS NOT NULL;
