-- The same turns as before, for a fraction of the work where many wait: who could have some of the time
-- is read once, and fitted into the free spans in memory.
CREATE OR REPLACE FUNCTION waitlist_turn() RETURNS trigger LANGUAGE plpgsql SET timezone TO 'UTC' AS $$
DECLARE
  resource record;
  entry record;
  begins timestamptz;
  ends timestamptz;
  next_minute timestamptz := date_trunc('minute', clock_timestamp()) + interval '1 minute';
  starts timestamptz[];
  stops timestamptz[];
  place timestamptz;
  gap integer;
  mine integer;
  losses integer := 0;
BEGIN
  -- Of two who free neighbours at the same moment, the second sees what the first one freed.
  PERFORM pg_advisory_xact_lock(TG_RELID::integer, NEW.resource_number);

  SELECT t.number AS type_number, t.slot_seconds, t.slot_origin, r.properties INTO resource
  FROM resources r JOIN resource_types t ON t.name = r.resource_type
  WHERE r.number = NEW.resource_number AND r.decommissioned IS NULL;
  IF NOT FOUND THEN RETURN NULL; END IF;

  SELECT coalesce(max(to_datetime), '-infinity') INTO begins FROM (
    SELECT to_datetime FROM allocations
    WHERE resource_number = NEW.resource_number AND from_datetime < NEW.from_datetime
      AND (held_until IS NULL OR held_until > clock_timestamp())
    ORDER BY from_datetime DESC LIMIT 1) AS previous;
  SELECT coalesce(min(from_datetime), 'infinity') INTO ends FROM allocations
  WHERE resource_number = NEW.resource_number AND from_datetime >= NEW.to_datetime
    AND (held_until IS NULL OR held_until > clock_timestamp());

  DELETE FROM allocations
  WHERE resource_number = NEW.resource_number AND from_datetime >= begins AND from_datetime < ends
    AND held_until <= clock_timestamp();

  FOR entry IN
    SELECT w.*, latest - latest_start AS length FROM waitlist w
    WHERE closed IS NULL AND type_number = resource.type_number
      AND resource_number IN (0, NEW.resource_number) AND until > clock_timestamp()
      AND greatest(earliest, begins) + (latest - latest_start) <= least(latest, ends)
      AND (resource.slot_seconds IS NULL
        OR mod(extract(epoch FROM latest - latest_start), resource.slot_seconds) = 0)
      AND conditions = ANY (ARRAY(
        SELECT c FROM (
          SELECT DISTINCT conditions AS c FROM waitlist
          WHERE closed IS NULL AND type_number = resource.type_number
            AND resource_number IN (0, NEW.resource_number)) AS wanted
        WHERE waitlist_meets(resource.properties, c)))
    ORDER BY number
  LOOP
    LOOP
      IF starts IS NULL THEN
        SELECT array_agg(start ORDER BY start), array_agg(stop ORDER BY start) INTO starts, stops FROM (
          SELECT start, coalesce((
            SELECT min(from_datetime) FROM allocations
            WHERE resource_number = NEW.resource_number AND from_datetime >= start), 'infinity') AS stop
          FROM (
            SELECT begins UNION ALL
            SELECT to_datetime FROM allocations
            WHERE resource_number = NEW.resource_number
              AND from_datetime >= begins AND from_datetime < ends) AS edges (start)) AS gaps;
      END IF;
      place := NULL;
      FOR gap IN 1 .. cardinality(starts) LOOP
        place := greatest(entry.earliest, starts[gap], next_minute);
        IF resource.slot_seconds IS NOT NULL THEN
          place := next_on_grid(place, resource.slot_seconds, resource.slot_origin);
        END IF;
        IF place + entry.length <= least(entry.latest, stops[gap], ends) THEN
          -- It may be offered the time of another resource at this moment.
          SELECT number INTO mine FROM waitlist
          WHERE number = entry.number AND closed IS NULL FOR UPDATE;
          EXIT;
        END IF;
        place := NULL;
      END LOOP;
      EXIT WHEN place IS NULL OR mine IS NULL;

      INSERT INTO allocations (id, resource_number, from_datetime, to_datetime, allocation_type,
        description, dump, created, created_by, booked_for, reference, held_until)
      VALUES (entry.id, NEW.resource_number, place, place + entry.length, 'booking',
        entry.description, '{}', clock_timestamp(), entry.created_by, entry.booked_for,
        entry.reference, clock_timestamp() + make_interval(secs => entry.hold_seconds))
      ON CONFLICT ON CONSTRAINT allocation_overlap DO NOTHING;
      -- Either way they are others now: by this, or by what somebody else has committed.
      starts := NULL;
      IF FOUND THEN
        UPDATE waitlist SET closed = clock_timestamp(), served_resource = NEW.resource_number,
          served_from = place
        WHERE number = entry.number;
        EXIT;
      END IF;
      losses := losses + 1;
      EXIT WHEN losses > 10;
    END LOOP;
  END LOOP;
  RETURN NULL;
END $$;
