-- A hold ends by itself: past this moment it blocks nobody. NULL: confirmed, for good.
ALTER TABLE allocations ADD COLUMN held_until timestamptz;

-- Only holds are in these, so other bookings do not pay for them.
CREATE INDEX allocations_held ON allocations (resource_number, from_datetime) WHERE held_until IS NOT NULL;
CREATE INDEX allocations_held_by_end ON allocations (held_until) WHERE held_until IS NOT NULL;

-- A hold is confirmed by its id alone. Ids come in the order of time, so this grows at its end.
CREATE INDEX allocations_by_id ON allocations (id);

-- Whoever wants the time of holds that have ended removes them in the same commit, so nothing has
-- to be swept. The constraint knows no clock; it never meets them.
CREATE FUNCTION allocation_remove_ended_holds() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM allocations
    WHERE resource_number = NEW.resource_number AND from_datetime < NEW.to_datetime
      AND held_until IS NOT NULL
  ) THEN
    DELETE FROM allocations
    WHERE resource_number = NEW.resource_number AND from_datetime < NEW.to_datetime
      AND to_datetime > NEW.from_datetime AND id <> NEW.id AND held_until <= clock_timestamp();
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER allocation_remove_ended_holds
BEFORE INSERT OR UPDATE OF resource_number, from_datetime, to_datetime ON allocations
FOR EACH ROW EXECUTE FUNCTION allocation_remove_ended_holds();
