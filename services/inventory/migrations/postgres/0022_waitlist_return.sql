-- A resource that returns is offered with all its free time, that before its last allocation too.
CREATE FUNCTION waitlist_on_return() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM waitlist WHERE closed IS NULL) THEN
    INSERT INTO waitlist_turns VALUES (NEW.number, clock_timestamp(), 'infinity');
  END IF;
  RETURN NULL;
END $$;
DROP TRIGGER waitlist_on_return ON resources;
CREATE TRIGGER waitlist_on_return AFTER UPDATE OF decommissioned ON resources
FOR EACH ROW WHEN (OLD.decommissioned IS NOT NULL AND NEW.decommissioned IS NULL)
EXECUTE FUNCTION waitlist_on_return();
