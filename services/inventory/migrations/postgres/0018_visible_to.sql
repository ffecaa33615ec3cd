-- The groups whose members may see a resource, as JSON; none of them: administrators only; NULL:
-- everybody.
ALTER TABLE resources ADD COLUMN visible_to text CONSTRAINT resource_visible_to CHECK (
  visible_to IS JSON ARRAY AND visible_to !~ '[^]["0-9a-f, -]');

-- Who books what not everybody may see, does so by the version they were found to see.
CREATE FUNCTION resource_visibility() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.version := OLD.version + 1;
  RETURN NEW;
END $$;
CREATE TRIGGER resource_visibility BEFORE UPDATE OF visible_to ON resources
FOR EACH ROW WHEN (OLD.visible_to IS DISTINCT FROM NEW.visible_to AND OLD.version = NEW.version)
EXECUTE FUNCTION resource_visibility();

-- What not everybody may see is offered to nobody who waits. By its name it comes before the turn.
CREATE FUNCTION waitlist_hidden() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM resources WHERE number = NEW.resource_number AND visible_to IS NOT NULL
  ) THEN
    RETURN NULL;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER waitlist_hidden BEFORE INSERT ON waitlist_turns
FOR EACH ROW EXECUTE FUNCTION waitlist_hidden();

-- What everybody may see from now on, may be free for whoever waits.
CREATE TRIGGER waitlist_on_visible AFTER UPDATE OF visible_to ON resources
FOR EACH ROW WHEN (NEW.decommissioned IS NULL AND OLD.visible_to IS DISTINCT FROM NEW.visible_to)
EXECUTE FUNCTION waitlist_on_resource_change();
