-- What was acknowledged stays known: a change or release keeps the former row here, in its commit.
-- The row in "allocations" is its own latest version, so a plain booking writes nothing more.
CREATE TABLE allocation_versions (
  number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  allocation_id uuid NOT NULL,
  resource_number integer NOT NULL REFERENCES resources (number),
  from_datetime timestamptz NOT NULL,
  to_datetime timestamptz NOT NULL,
  allocation_type text NOT NULL,
  description text NOT NULL,
  dump text NOT NULL,
  created timestamptz NOT NULL,
  created_by text NOT NULL,
  version integer NOT NULL,
  booked_for text,
  reference text,
  held_until timestamptz,
  -- Versions of one allocation are contiguous: each begins when the one before ended.
  valid_from timestamptz NOT NULL,
  valid_to timestamptz NOT NULL,
  change text NOT NULL,
  changed_by text,
  -- Versions overlap, unlike allocations. Those of one reach are at most so long, so a window is
  -- entered that much earlier: 0 a day, 1 a month of 31 days, 2 a year of 366 days, 3 longer.
  reach integer NOT NULL
);

CREATE INDEX allocation_versions_of_allocation ON allocation_versions (allocation_id, number, valid_to);
CREATE INDEX allocation_versions_by_start
  ON allocation_versions (resource_number, reach, from_datetime, to_datetime, valid_from, valid_to);
CREATE INDEX allocation_versions_by_person ON allocation_versions (coalesce(booked_for, created_by), from_datetime);

-- To forget a person: all that is not found by whom it is for.
CREATE INDEX allocations_by_maker ON allocations (created_by) WHERE booked_for IS NOT NULL;
CREATE INDEX allocation_versions_by_maker ON allocation_versions (created_by) WHERE booked_for IS NOT NULL;
CREATE INDEX allocation_versions_by_changer ON allocation_versions (changed_by)
  WHERE changed_by <> coalesce(booked_for, created_by);

-- Nothing is known of what ended before this.
CREATE TABLE history_start (began timestamptz NOT NULL);
INSERT INTO history_start VALUES (date_trunc('milliseconds', clock_timestamp()));

ALTER TABLE events ADD COLUMN signed_by text;
-- The version that ended with this event.
ALTER TABLE events ADD COLUMN former bigint;
CREATE INDEX events_by_signer ON events (signed_by) WHERE signed_by IS NOT NULL;

-- Who asked for the statement that runs; by hand it is nobody.
CREATE FUNCTION signed_by() RETURNS text LANGUAGE sql STABLE AS $$
  SELECT nullif(current_setting('campus.signed_by', true), '')
$$;

CREATE FUNCTION allocation_former() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  at timestamptz := date_trunc('milliseconds', clock_timestamp());
  since timestamptz := coalesce((
    SELECT valid_to FROM allocation_versions
    WHERE allocation_id = OLD.id ORDER BY number DESC LIMIT 1), OLD.created);
  why text;
  who text := signed_by();
  ended bigint;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    why := CASE
      WHEN OLD.held_until IS NOT NULL AND NEW.held_until IS NULL THEN 'confirmed'
      WHEN NEW.held_until IS DISTINCT FROM OLD.held_until THEN 'extended'
      WHEN (NEW.resource_number, NEW.from_datetime, NEW.to_datetime)
        <> (OLD.resource_number, OLD.from_datetime, OLD.to_datetime) THEN 'moved'
      ELSE 'changed' END;
  -- A hold that has expired ended then, and by itself, whenever its row goes.
  ELSIF OLD.held_until <= at THEN
    at := OLD.held_until;
    why := 'expired';
    who := NULL;
  ELSE
    why := 'released';
  END IF;
  INSERT INTO allocation_versions (allocation_id, resource_number, from_datetime, to_datetime,
    allocation_type, description, dump, created, created_by, version, booked_for, reference,
    held_until, valid_from, valid_to, change, changed_by, reach)
  VALUES (OLD.id, OLD.resource_number, OLD.from_datetime, OLD.to_datetime,
    OLD.allocation_type, OLD.description, OLD.dump, OLD.created, OLD.created_by, OLD.version,
    OLD.booked_for, OLD.reference, OLD.held_until, since, greatest(since, at), why, who,
    CASE WHEN NOT isfinite(OLD.from_datetime) OR NOT isfinite(OLD.to_datetime) THEN 3
      WHEN OLD.to_datetime - OLD.from_datetime <= interval '1 day' THEN 0
      WHEN OLD.to_datetime - OLD.from_datetime <= interval '31 days' THEN 1
      WHEN OLD.to_datetime - OLD.from_datetime <= interval '366 days' THEN 2 ELSE 3 END)
  RETURNING number INTO ended;
  IF TG_OP = 'DELETE' THEN NEW := OLD; END IF;
  INSERT INTO events (kind, resource_number, allocation_id, from_datetime, to_datetime, former)
  VALUES (TG_ARGV[0], NEW.resource_number, NEW.id, NEW.from_datetime, NEW.to_datetime, ended);
  RETURN NULL;
END $$;

-- A removed account takes its name out of rows; that is no change of a booking.
DROP TRIGGER allocation_moved ON allocations;
CREATE TRIGGER allocation_moved AFTER UPDATE ON allocations FOR EACH ROW
WHEN (NOT (NEW.created_by = 'removed' AND OLD.created_by <> 'removed'
  OR NEW.booked_for IS NOT DISTINCT FROM 'removed' AND OLD.booked_for IS DISTINCT FROM 'removed'))
EXECUTE FUNCTION allocation_former('allocation.moved');
DROP TRIGGER allocation_released ON allocations;
CREATE TRIGGER allocation_released AFTER DELETE ON allocations FOR EACH ROW
EXECUTE FUNCTION allocation_former('allocation.released');

CREATE OR REPLACE FUNCTION resource_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO events (kind, resource_number, signed_by) VALUES (
    CASE WHEN TG_OP = 'INSERT' THEN 'resource.created'
         WHEN NEW.decommissioned IS NOT NULL THEN 'resource.decommissioned'
         WHEN OLD.decommissioned IS NOT NULL THEN 'resource.returned'
         ELSE 'resource.changed' END,
    NEW.number, signed_by());
  RETURN NULL;
END $$;
