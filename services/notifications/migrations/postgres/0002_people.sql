-- Nobody is told of what happened before.
CREATE TABLE journal_start (began timestamptz NOT NULL);
INSERT INTO journal_start VALUES (now());

-- Who is named in which entries, to forget them.
CREATE TABLE journal_people (
  user_id text COLLATE "C" NOT NULL,
  position integer NOT NULL REFERENCES journal (position) ON DELETE CASCADE
);
CREATE UNIQUE INDEX journal_people_once ON journal_people (user_id, position);
CREATE INDEX journal_people_of_entry ON journal_people (position);

CREATE TABLE journal_readers (
  reader text COLLATE "C" PRIMARY KEY,
  "transaction" bigint NOT NULL,
  position integer NOT NULL
);

ALTER TABLE notifications ADD COLUMN digest timestamptz;
ALTER TABLE notifications ADD COLUMN by_user text COLLATE "C";
ALTER TABLE notifications ADD COLUMN for_user text COLLATE "C";
CREATE INDEX notifications_by_user ON notifications (by_user) WHERE by_user IS NOT NULL;
CREATE INDEX notifications_for_user ON notifications (for_user) WHERE for_user IS NOT NULL;
CREATE INDEX notifications_unread ON notifications (user_id, id) WHERE read IS NULL;
CREATE INDEX notifications_of_digest ON notifications (user_id, digest) WHERE digest IS NOT NULL;

-- The newest thousand of each person: what nobody reads does not grow.
CREATE FUNCTION bound_notifications() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM notifications WHERE user_id = NEW.user_id AND id <= (
    SELECT id FROM notifications WHERE user_id = NEW.user_id ORDER BY id DESC LIMIT 1 OFFSET 1000);
  RETURN NULL;
END $$;
CREATE TRIGGER notifications_bounded AFTER INSERT ON notifications
FOR EACH ROW EXECUTE FUNCTION bound_notifications();

CREATE TABLE notification_preferences (
  user_id text COLLATE "C" PRIMARY KEY,
  kinds text NOT NULL DEFAULT '{}',
  quiet_from text,
  quiet_to text,
  digest_at text,
  time_zone text,
  language text,
  seen_language text,
  mail_refused timestamptz,
  refused_address text,
  version integer NOT NULL DEFAULT 1,
  CONSTRAINT preference_kinds CHECK (kinds IS JSON OBJECT),
  CONSTRAINT preference_quiet CHECK ((quiet_from IS NULL) = (quiet_to IS NULL)),
  CONSTRAINT preference_refused CHECK ((mail_refused IS NULL) = (refused_address IS NULL))
);

CREATE TABLE mails (
  id uuid NOT NULL PRIMARY KEY,
  attempts integer NOT NULL DEFAULT 0,
  due timestamptz NOT NULL,
  created timestamptz NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  kind text COLLATE "C" NOT NULL,
  notification_id uuid,
  digest timestamptz,
  CONSTRAINT mail_of CHECK ((notification_id IS NULL) = (digest IS NOT NULL))
);

CREATE INDEX mails_by_due ON mails (due);
CREATE INDEX mails_of_user ON mails (user_id);
-- Of a day there is one, whoever finds first what is to be in it.
CREATE UNIQUE INDEX one_digest ON mails (user_id, digest) WHERE digest IS NOT NULL;
