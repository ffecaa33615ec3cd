-- A hold ends by itself: past this moment it blocks nobody. NULL: confirmed, for good.
ALTER TABLE allocations ADD COLUMN held_until INTEGER;

-- Only holds are in these, so other bookings do not pay for them.
CREATE INDEX allocations_held ON allocations (resource_number, from_datetime) WHERE held_until IS NOT NULL;
CREATE INDEX allocations_held_by_end ON allocations (held_until) WHERE held_until IS NOT NULL;

-- Whoever wants the time of holds that have ended removes them in the same commit, so nothing has
-- to be swept. Looked at only when something is in the way: the probe alone decides, as before.
DROP TRIGGER allocation_overlap_on_insert;
CREATE TRIGGER allocation_overlap_on_insert BEFORE INSERT ON allocations
WHEN (
  SELECT to_datetime FROM allocations
  WHERE resource_number = NEW.resource_number AND from_datetime < NEW.to_datetime
  ORDER BY from_datetime DESC LIMIT 1
) > NEW.from_datetime
BEGIN
  DELETE FROM allocations
  WHERE resource_number = NEW.resource_number AND from_datetime < NEW.to_datetime
    AND to_datetime > NEW.from_datetime AND held_until <= CAST(unixepoch('subsec') * 1000 AS INTEGER);
  SELECT RAISE(IGNORE) WHERE (
    SELECT to_datetime FROM allocations
    WHERE resource_number = NEW.resource_number AND from_datetime < NEW.to_datetime
    ORDER BY from_datetime DESC LIMIT 1
  ) > NEW.from_datetime;
END;

DROP TRIGGER allocation_overlap_on_update;
CREATE TRIGGER allocation_overlap_on_update
BEFORE UPDATE OF resource_number, from_datetime, to_datetime ON allocations
WHEN (
  SELECT to_datetime FROM allocations
  WHERE resource_number = NEW.resource_number AND from_datetime < NEW.to_datetime AND rowid <> OLD.rowid
  ORDER BY from_datetime DESC LIMIT 1
) > NEW.from_datetime
BEGIN
  DELETE FROM allocations
  WHERE resource_number = NEW.resource_number AND from_datetime < NEW.to_datetime AND rowid <> OLD.rowid
    AND to_datetime > NEW.from_datetime AND held_until <= CAST(unixepoch('subsec') * 1000 AS INTEGER);
  SELECT RAISE(ABORT, 'allocation_overlap') WHERE (
    SELECT to_datetime FROM allocations
    WHERE resource_number = NEW.resource_number AND from_datetime < NEW.to_datetime AND rowid <> OLD.rowid
    ORDER BY from_datetime DESC LIMIT 1
  ) > NEW.from_datetime;
END;
