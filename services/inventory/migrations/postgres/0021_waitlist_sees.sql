-- The groups of whoever waits, as far as they are known, as JSON: by these they are offered what not
-- everybody may see. NULL: an administrator, who sees all.
ALTER TABLE waitlist ADD COLUMN sees text DEFAULT '[]' CONSTRAINT waitlist_sees CHECK (
  sees IS JSON ARRAY AND sees !~ '[^]["0-9a-f, -]');
DROP TRIGGER waitlist_hidden ON waitlist_turns;
DROP FUNCTION waitlist_hidden();

CREATE FUNCTION waitlist_sees(sees text, visible_to text)
RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT sees IS NULL OR EXISTS (
    SELECT FROM jsonb_array_elements(visible_to::jsonb) AS g (id)
    JOIN jsonb_array_elements(sees::jsonb) AS s (id) ON s.id = g.id)
$$;

DROP VIEW waitlist_matches;
CREATE VIEW waitlist_matches AS
SELECT w.*, r.number AS candidate,
  coalesce(r.buffer_before_seconds, t.buffer_before_seconds) AS buffer_before_seconds,
  coalesce(r.buffer_after_seconds, t.buffer_after_seconds) AS buffer_after_seconds
FROM waitlist w
JOIN resource_types t ON t.number = w.type_number
JOIN resources r ON r.resource_type = t.name AND w.resource_number IN (0, r.number)
WHERE w.closed IS NULL AND w.until > clock_timestamp() AND r.decommissioned IS NULL
  AND (r.visible_to IS NULL OR waitlist_sees(w.sees, r.visible_to))
  AND waitlist_meets(r.properties, w.conditions);

-- As before, for those who see the resource.
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
  kept_before interval;
  kept_after interval;
BEGIN
  -- Of two who free neighbours at the same moment, the second sees what the first one freed.
  PERFORM pg_advisory_xact_lock(TG_RELID::integer, NEW.resource_number);

  SELECT t.number AS type_number, t.slot_seconds, t.slot_origin, r.properties, r.visible_to,
    coalesce(r.buffer_before_seconds, t.buffer_before_seconds) AS buffer_before_seconds,
    coalesce(r.buffer_after_seconds, t.buffer_after_seconds) AS buffer_after_seconds INTO resource
  FROM resources r JOIN resource_types t ON t.name = r.resource_type
  WHERE r.number = NEW.resource_number AND r.decommissioned IS NULL;
  IF NOT FOUND THEN RETURN NULL; END IF;
  kept_before := resource.buffer_before_seconds * interval '1 second';
  kept_after := resource.buffer_after_seconds * interval '1 second';

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
      AND (resource.visible_to IS NULL OR waitlist_sees(sees, resource.visible_to))
      AND greatest(earliest, begins + kept_before) + (latest - latest_start)
        <= least(latest, ends - kept_after)
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
        place := greatest(entry.earliest, starts[gap] + kept_before, next_minute);
        IF resource.slot_seconds IS NOT NULL THEN
          place := next_on_grid(place, resource.slot_seconds, resource.slot_origin);
        END IF;
        IF place + entry.length
          <= least(entry.latest, stops[gap] - kept_after, ends - kept_after) THEN
          -- It may be offered the time of another resource at this moment.
          SELECT number INTO mine FROM waitlist
          WHERE number = entry.number AND closed IS NULL FOR UPDATE;
          EXIT;
        END IF;
        place := NULL;
      END LOOP;
      EXIT WHEN place IS NULL OR mine IS NULL;

      INSERT INTO allocations (id, resource_number, from_datetime, to_datetime, allocation_type,
        description, dump, created, created_by, booked_for, reference, held_until,
        buffer_before_seconds, buffer_after_seconds)
      VALUES (entry.id, NEW.resource_number, place - kept_before,
        place + entry.length + kept_after, 'booking', entry.description, '{}', clock_timestamp(),
        entry.created_by, entry.booked_for, entry.reference,
        clock_timestamp() + make_interval(secs => entry.hold_seconds),
        resource.buffer_before_seconds, resource.buffer_after_seconds)
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
