-- A resource that returns is offered with all its free time, that before its last allocation too.
DROP TRIGGER waitlist_on_return;
CREATE TRIGGER waitlist_on_return AFTER UPDATE OF decommissioned ON resources
WHEN OLD.decommissioned IS NOT NULL AND NEW.decommissioned IS NULL
  AND EXISTS (SELECT 1 FROM waitlist WHERE closed IS NULL) AND NOT EXISTS (SELECT 1 FROM waitlist_turns)
BEGIN
  INSERT INTO waitlist_turns (resource_number, from_datetime, to_datetime)
  VALUES (NEW.number, CAST(unixepoch('subsec') * 1000 AS INTEGER), 9007199254740991);
END;
