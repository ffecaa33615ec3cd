-- Each change of a policy is a new version; bookings name the versions they were judged by.
CREATE TABLE policies (
  id uuid NOT NULL PRIMARY KEY,
  target text COLLATE "C" NOT NULL,
  version integer NOT NULL,
  rules text NOT NULL,
  created timestamptz NOT NULL,
  created_by text COLLATE "C" NOT NULL,
  ended timestamptz,
  CONSTRAINT policy_target CHECK (
    target = 'organisation' OR target LIKE 'type:_%' OR target LIKE 'resource:_%'),
  CONSTRAINT policy_rules CHECK (version > 0 AND rules IS JSON OBJECT)
);

CREATE UNIQUE INDEX policy_version ON policies (target, version);
CREATE UNIQUE INDEX policy_in_force ON policies (target) WHERE ended IS NULL;

-- What is judged by is as it was then; only its end is added, and a removed account is forgotten.
CREATE FUNCTION policy_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'policy_kept' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER policy_kept BEFORE UPDATE ON policies
FOR EACH ROW WHEN (NEW.id <> OLD.id OR NEW.target <> OLD.target OR NEW.version <> OLD.version
  OR NEW.rules <> OLD.rules OR NEW.created <> OLD.created
  OR (OLD.ended IS NOT NULL AND NEW.ended IS DISTINCT FROM OLD.ended))
EXECUTE FUNCTION policy_kept();
CREATE TRIGGER policy_not_deleted BEFORE DELETE ON policies
FOR EACH ROW EXECUTE FUNCTION policy_kept();

-- Which policies are in force: a booking is kept only when they are still those it was judged by.
CREATE TABLE policy_epoch (number integer NOT NULL);
INSERT INTO policy_epoch VALUES (1);

CREATE FUNCTION policy_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE policy_epoch SET number = number + 1;
  RETURN NULL;
END $$;
CREATE TRIGGER policy_begun AFTER INSERT ON policies
FOR EACH ROW EXECUTE FUNCTION policy_changed();
CREATE TRIGGER policy_ended AFTER UPDATE OF ended ON policies
FOR EACH ROW EXECUTE FUNCTION policy_changed();

-- Whoever draws on the quotas of a person holds their row until the commit.
CREATE TABLE quota_turns (
  person text COLLATE "C" PRIMARY KEY,
  turns integer NOT NULL
);

-- The versions an item was judged by, and the target whose quotas it draws on.
ALTER TABLE booking_items ADD COLUMN policies text NOT NULL DEFAULT '[]';
ALTER TABLE booking_items ADD COLUMN quota_scope text COLLATE "C";
