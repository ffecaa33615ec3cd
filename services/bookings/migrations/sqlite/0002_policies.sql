-- Each change of a policy is a new version; bookings name the versions they were judged by.
CREATE TABLE policies (
  id BLOB NOT NULL PRIMARY KEY,
  target TEXT NOT NULL,
  version INTEGER NOT NULL,
  rules TEXT NOT NULL,
  created INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  ended INTEGER,
  CONSTRAINT policy_target CHECK (
    target = 'organisation' OR target LIKE 'type:_%' OR target LIKE 'resource:_%'),
  CONSTRAINT policy_rules CHECK (version > 0 AND json_valid(rules) AND json_type(rules) IS 'object')
) STRICT;

CREATE UNIQUE INDEX policy_version ON policies (target, version);
CREATE UNIQUE INDEX policy_in_force ON policies (target) WHERE ended IS NULL;

-- What is judged by is as it was then; only its end is added, and a removed account is forgotten.
CREATE TRIGGER policy_kept BEFORE UPDATE ON policies
WHEN NEW.id <> OLD.id OR NEW.target <> OLD.target OR NEW.version <> OLD.version
  OR NEW.rules <> OLD.rules OR NEW.created <> OLD.created
  OR (OLD.ended IS NOT NULL AND NEW.ended IS NOT OLD.ended)
BEGIN
  SELECT RAISE(ABORT, 'policy_kept');
END;

CREATE TRIGGER policy_not_deleted BEFORE DELETE ON policies
BEGIN
  SELECT RAISE(ABORT, 'policy_kept');
END;

-- Which policies are in force: a booking is kept only when they are still those it was judged by.
CREATE TABLE policy_epoch (number INTEGER NOT NULL) STRICT;
INSERT INTO policy_epoch VALUES (1);

CREATE TRIGGER policy_begun AFTER INSERT ON policies
BEGIN
  UPDATE policy_epoch SET number = number + 1;
END;

CREATE TRIGGER policy_ended AFTER UPDATE OF ended ON policies
BEGIN
  UPDATE policy_epoch SET number = number + 1;
END;

-- Whoever draws on the quotas of a person holds their row until the commit.
CREATE TABLE quota_turns (
  person TEXT PRIMARY KEY,
  turns INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The versions an item was judged by, and the target whose quotas it draws on.
ALTER TABLE booking_items ADD COLUMN policies TEXT NOT NULL DEFAULT '[]';
ALTER TABLE booking_items ADD COLUMN quota_scope TEXT;
