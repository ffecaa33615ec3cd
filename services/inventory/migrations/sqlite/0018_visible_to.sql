-- The groups whose members may see a resource, as JSON; none of them: administrators only; NULL:
-- everybody.
ALTER TABLE resources ADD COLUMN visible_to TEXT CONSTRAINT resource_visible_to CHECK (
  json_type(visible_to) = 'array' AND visible_to NOT GLOB '*[^]["0-9a-f, -]*');

-- Who books what not everybody may see, does so by the version they were found to see.
CREATE TRIGGER resource_visibility AFTER UPDATE OF visible_to ON resources
WHEN OLD.visible_to IS NOT NEW.visible_to AND OLD.version = NEW.version
BEGIN
  UPDATE resources SET version = version + 1 WHERE number = NEW.number;
END;

-- What not everybody may see is offered to nobody who waits.
CREATE TRIGGER waitlist_hidden BEFORE INSERT ON waitlist_turns
WHEN EXISTS (SELECT 1 FROM resources WHERE number = NEW.resource_number AND visible_to IS NOT NULL)
BEGIN
  SELECT RAISE(IGNORE);
END;

-- What everybody may see from now on, may be free for whoever waits.
CREATE TRIGGER waitlist_on_visible AFTER UPDATE OF visible_to ON resources
WHEN NEW.decommissioned IS NULL AND OLD.visible_to IS NOT NEW.visible_to
BEGIN
  UPDATE waitlist SET checked = 0
  WHERE closed IS NULL AND resource_number IN (0, NEW.number)
    AND type_number = (SELECT number FROM resource_types WHERE name = NEW.resource_type);
END;
