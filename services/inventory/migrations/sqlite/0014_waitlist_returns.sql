-- What takes a resource out of service is not freed by its end: it returns first, and that offers it.
DROP TRIGGER waitlist_on_release;
CREATE TRIGGER waitlist_on_release AFTER DELETE ON allocations
WHEN EXISTS (SELECT 1 FROM waitlist WHERE closed IS NULL) AND NOT EXISTS (SELECT 1 FROM waitlist_turns)
  AND NOT (OLD.allocation_type = 'decommissioned' AND OLD.to_datetime = 9007199254740991)
BEGIN
  INSERT INTO waitlist_turns (resource_number, from_datetime, to_datetime)
  VALUES (OLD.resource_number, OLD.from_datetime, OLD.to_datetime);
END;

DROP TRIGGER waitlist_on_move;
CREATE TRIGGER waitlist_on_move AFTER UPDATE OF resource_number, from_datetime, to_datetime ON allocations
WHEN EXISTS (SELECT 1 FROM waitlist WHERE closed IS NULL) AND NOT EXISTS (SELECT 1 FROM waitlist_turns)
  AND NOT (OLD.allocation_type = 'decommissioned' AND OLD.to_datetime = 9007199254740991)
  AND (OLD.resource_number <> NEW.resource_number
    OR OLD.from_datetime < NEW.from_datetime OR OLD.to_datetime > NEW.to_datetime)
BEGIN
  INSERT INTO waitlist_turns (resource_number, from_datetime, to_datetime)
  VALUES (OLD.resource_number, OLD.from_datetime, OLD.to_datetime);
END;
