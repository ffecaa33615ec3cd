-- A resource whose bookings move to others, for as long as its transaction runs: nobody who waits
-- gets the time they leave. What is left free beside it is offered at the end.
CREATE TABLE withdrawals (
  resource_number INTEGER PRIMARY KEY,
  from_datetime INTEGER NOT NULL,
  to_datetime INTEGER NOT NULL
) STRICT;

DROP TRIGGER waitlist_on_release;
CREATE TRIGGER waitlist_on_release AFTER DELETE ON allocations
WHEN EXISTS (SELECT 1 FROM waitlist WHERE closed IS NULL) AND NOT EXISTS (SELECT 1 FROM waitlist_turns)
  AND NOT EXISTS (SELECT 1 FROM withdrawals WHERE resource_number = OLD.resource_number)
  AND NOT (OLD.allocation_type = 'decommissioned' AND OLD.to_datetime = 9007199254740991)
BEGIN
  INSERT INTO waitlist_turns (resource_number, from_datetime, to_datetime)
  VALUES (OLD.resource_number, OLD.from_datetime, OLD.to_datetime);
END;

DROP TRIGGER waitlist_on_move;
CREATE TRIGGER waitlist_on_move AFTER UPDATE OF resource_number, from_datetime, to_datetime ON allocations
WHEN EXISTS (SELECT 1 FROM waitlist WHERE closed IS NULL) AND NOT EXISTS (SELECT 1 FROM waitlist_turns)
  AND NOT EXISTS (SELECT 1 FROM withdrawals WHERE resource_number = OLD.resource_number)
  AND NOT (OLD.allocation_type = 'decommissioned' AND OLD.to_datetime = 9007199254740991)
  AND (OLD.resource_number <> NEW.resource_number
    OR OLD.from_datetime < NEW.from_datetime OR OLD.to_datetime > NEW.to_datetime)
BEGIN
  INSERT INTO waitlist_turns (resource_number, from_datetime, to_datetime)
  VALUES (OLD.resource_number, OLD.from_datetime, OLD.to_datetime);
END;

CREATE TRIGGER waitlist_on_withdrawal AFTER DELETE ON withdrawals
WHEN EXISTS (SELECT 1 FROM waitlist WHERE closed IS NULL)
BEGIN
  INSERT INTO waitlist_turns (resource_number, from_datetime, to_datetime)
  VALUES (OLD.resource_number, OLD.from_datetime, OLD.from_datetime);
  INSERT INTO waitlist_turns (resource_number, from_datetime, to_datetime)
  VALUES (OLD.resource_number, OLD.to_datetime, OLD.to_datetime);
END;
