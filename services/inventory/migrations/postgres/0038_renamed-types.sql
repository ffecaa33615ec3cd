-- A resource of a type with another name is changed: what was read of it before does not hold for a commit.
CREATE OR REPLACE FUNCTION resource_keeps_type() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM resource_types WHERE name = OLD.resource_type) THEN
    RAISE EXCEPTION 'resource_keeps_type' USING ERRCODE = 'check_violation';
  END IF;
  NEW.version := OLD.version + 1;
  RETURN NEW;
END $$;
