-- Time that is kept free around a booking. The bounds of an allocation include it, so the rule
-- against overlaps, and all that counts free time, is what it was; people are shown what is between.
-- A booking keeps what it was made with.
ALTER TABLE resource_types
  ADD COLUMN buffer_before_seconds integer NOT NULL DEFAULT 0
    CONSTRAINT resource_type_buffer_before CHECK (buffer_before_seconds BETWEEN 0 AND 86400),
  ADD COLUMN buffer_after_seconds integer NOT NULL DEFAULT 0
    CONSTRAINT resource_type_buffer_after CHECK (buffer_after_seconds BETWEEN 0 AND 86400);

-- NULL: what the type says.
ALTER TABLE resources
  ADD COLUMN buffer_before_seconds integer
    CONSTRAINT resource_buffer_before CHECK (buffer_before_seconds BETWEEN 0 AND 86400),
  ADD COLUMN buffer_after_seconds integer
    CONSTRAINT resource_buffer_after CHECK (buffer_after_seconds BETWEEN 0 AND 86400);

-- A bound without end has no buffer, and something is left to show.
ALTER TABLE allocations
  ADD COLUMN buffer_before_seconds integer NOT NULL DEFAULT 0,
  ADD COLUMN buffer_after_seconds integer NOT NULL DEFAULT 0,
  ADD CONSTRAINT allocation_buffers CHECK (buffer_before_seconds = 0 AND buffer_after_seconds = 0
    OR buffer_before_seconds BETWEEN 0 AND 86400 AND buffer_after_seconds BETWEEN 0 AND 86400
    AND (buffer_before_seconds = 0 OR isfinite(from_datetime))
    AND (buffer_after_seconds = 0 OR isfinite(to_datetime))
    AND from_datetime + (buffer_before_seconds + buffer_after_seconds) * interval '1 second'
      < to_datetime);

ALTER TABLE events
  ADD COLUMN buffer_before_seconds integer NOT NULL DEFAULT 0,
  ADD COLUMN buffer_after_seconds integer NOT NULL DEFAULT 0;
ALTER TABLE allocation_versions
  ADD COLUMN buffer_before_seconds integer NOT NULL DEFAULT 0,
  ADD COLUMN buffer_after_seconds integer NOT NULL DEFAULT 0;

-- What is shown of a booking is on the grid.
CREATE OR REPLACE FUNCTION allocation_grid() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  rule text;
BEGIN
  -- A new row refers to its resource, and so has waited for a change of the grid; a moved one waits here.
  IF TG_OP = 'UPDATE' THEN
    PERFORM FROM resources WHERE number IN (SELECT resource_number FROM touched)
    ORDER BY number FOR KEY SHARE;
  END IF;
  SELECT broken INTO rule
  FROM touched a
  JOIN resources r ON r.number = a.resource_number
  JOIN resource_types t ON t.name = r.resource_type,
    LATERAL (SELECT CASE
      WHEN t.slot_seconds IS NOT NULL AND a.allocation_type <> 'decommissioned' AND (
        off_grid(a.from_datetime + a.buffer_before_seconds * interval '1 second',
          t.slot_seconds, t.slot_origin)
        OR off_grid(a.to_datetime - a.buffer_after_seconds * interval '1 second',
          t.slot_seconds, t.slot_origin))
        THEN 'allocation_grid'
      -- A new booking keeps what its resource says, whoever makes it.
      WHEN TG_OP = 'INSERT' AND a.allocation_type = 'booking' AND (
        a.buffer_before_seconds <> CASE WHEN a.from_datetime = '-infinity' THEN 0
          ELSE coalesce(r.buffer_before_seconds, t.buffer_before_seconds) END
        OR a.buffer_after_seconds <> CASE WHEN a.to_datetime = 'infinity' THEN 0
          ELSE coalesce(r.buffer_after_seconds, t.buffer_after_seconds) END)
        THEN 'allocation_buffers' END AS broken) AS checked
  WHERE broken IS NOT NULL LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION '%', rule USING ERRCODE = 'check_violation', CONSTRAINT = rule;
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION resource_type_grid_in_use() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- Waits for resources and bookings under way, which refer to these rows, and holds up those to come.
  PERFORM FROM resource_types WHERE number = OLD.number FOR UPDATE;
  PERFORM FROM resources WHERE resource_type = OLD.name ORDER BY number FOR UPDATE;
  IF EXISTS (
    SELECT FROM resources r JOIN allocations a ON a.resource_number = r.number
    WHERE r.resource_type = OLD.name AND a.allocation_type <> 'decommissioned' AND (
      off_grid(a.from_datetime + a.buffer_before_seconds * interval '1 second',
        NEW.slot_seconds, NEW.slot_origin)
      OR off_grid(a.to_datetime - a.buffer_after_seconds * interval '1 second',
        NEW.slot_seconds, NEW.slot_origin))
  ) THEN
    RAISE EXCEPTION 'resource_type_grid' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION allocation_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO events (kind, resource_number, allocation_id, from_datetime, to_datetime,
    buffer_before_seconds, buffer_after_seconds)
  SELECT TG_ARGV[0], resource_number, id, from_datetime, to_datetime, buffer_before_seconds,
    buffer_after_seconds
  FROM touched WHERE TG_OP <> 'INSERT' OR allocation_type <> 'decommissioned';
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION allocation_former() RETURNS trigger LANGUAGE plpgsql AS $$
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
    held_until, buffer_before_seconds, buffer_after_seconds, valid_from, valid_to, change,
    changed_by, reach)
  VALUES (OLD.id, OLD.resource_number, OLD.from_datetime, OLD.to_datetime,
    OLD.allocation_type, OLD.description, OLD.dump, OLD.created, OLD.created_by, OLD.version,
    OLD.booked_for, OLD.reference, OLD.held_until, OLD.buffer_before_seconds,
    OLD.buffer_after_seconds, since, greatest(since, at), why, who,
    CASE WHEN NOT isfinite(OLD.from_datetime) OR NOT isfinite(OLD.to_datetime) THEN 3
      WHEN OLD.to_datetime - OLD.from_datetime <= interval '1 day' THEN 0
      WHEN OLD.to_datetime - OLD.from_datetime <= interval '31 days' THEN 1
      WHEN OLD.to_datetime - OLD.from_datetime <= interval '366 days' THEN 2 ELSE 3 END)
  RETURNING number INTO ended;
  IF TG_OP = 'DELETE' THEN NEW := OLD; END IF;
  INSERT INTO events (kind, resource_number, allocation_id, from_datetime, to_datetime,
    buffer_before_seconds, buffer_after_seconds, former)
  VALUES (TG_ARGV[0], NEW.resource_number, NEW.id, NEW.from_datetime, NEW.to_datetime,
    NEW.buffer_before_seconds, NEW.buffer_after_seconds, ended);
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION allocate_in_turn(bundles jsonb)
RETURNS TABLE (bundle integer, slot integer, alternative integer) LANGUAGE plpgsql AS $$
DECLARE
  one record;
  wanted record;
  choice record;
  placed boolean;
  picks jsonb;
BEGIN
  -- Two processes take what both want in the same order, so that none waits for the other. The list
  -- is made before: joined, each row to lock would carry a copy of all that was sent.
  PERFORM FROM resources WHERE number = ANY (ARRAY(
    SELECT (choices ->> 0)::integer
    FROM jsonb_array_elements(bundles) AS b, jsonb_array_elements(b -> 'slots') AS s,
      jsonb_array_elements(s -> 'alternatives') AS choices))
  ORDER BY number FOR NO KEY UPDATE;

  FOR one IN SELECT (at - 1)::integer AS at, value,
      value ->> 'key' AS key, (value ->> 'needs_all')::boolean AS needs_all
    FROM jsonb_array_elements(bundles) WITH ORDINALITY AS sent (value, at)
  LOOP
    CONTINUE WHEN one.key IS NOT NULL
      AND EXISTS (SELECT FROM idempotency_keys k WHERE k.key = one.key);
    BEGIN
      picks := '[]';
      FOR wanted IN SELECT (at - 1)::integer AS at, s -> 'alternatives' AS alternatives, r.*
        FROM jsonb_array_elements(one.value -> 'slots') WITH ORDINALITY AS sent (s, at),
          jsonb_to_record(s -> 'row') AS r (id uuid, from_datetime timestamptz,
            to_datetime timestamptz, allocation_type text, description text, dump text,
            created timestamptz, created_by text, booked_for text, reference text,
            held_until timestamptz, keep_before integer, keep_after integer)
        ORDER BY at
      LOOP
        placed := false;
        FOR choice IN SELECT (at - 1)::integer AS at, (c ->> 0)::integer AS number,
            (c ->> 1)::integer AS version
          FROM jsonb_array_elements(wanted.alternatives) WITH ORDINALITY AS sent (c, at) ORDER BY at
        LOOP
          INSERT INTO allocations (id, resource_number, from_datetime, to_datetime,
            allocation_type, description, dump, created, created_by, booked_for, reference,
            held_until, buffer_before_seconds, buffer_after_seconds)
          SELECT wanted.id, r.number, wanted.from_datetime - k.before * interval '1 second',
            wanted.to_datetime + k.after * interval '1 second', wanted.allocation_type,
            wanted.description, wanted.dump, wanted.created, wanted.created_by, wanted.booked_for,
            wanted.reference, wanted.held_until, k.before, k.after
          FROM resources r JOIN resource_types t ON t.name = r.resource_type,
            LATERAL (SELECT
              wanted.keep_before * coalesce(r.buffer_before_seconds, t.buffer_before_seconds) AS before,
              wanted.keep_after * coalesce(r.buffer_after_seconds, t.buffer_after_seconds) AS after) AS k
          WHERE r.number = choice.number AND r.decommissioned IS NULL
            AND choice.version IN (0, r.version)
          ON CONFLICT ON CONSTRAINT allocation_overlap DO NOTHING;
          placed := FOUND;
          EXIT WHEN placed;
        END LOOP;
        IF placed THEN
          picks := picks || jsonb_build_array(jsonb_build_array(wanted.at, choice.at));
        ELSIF one.needs_all THEN
          RAISE SQLSTATE 'CA409';
        END IF;
      END LOOP;
      IF picks = '[]' THEN RAISE SQLSTATE 'CA409'; END IF;
      IF one.key IS NOT NULL THEN
        INSERT INTO idempotency_keys (key, request_hash, answer, created)
        VALUES (one.key, one.value ->> 'request_hash',
          left(one.value ->> 'answer', -1) || ',"picks":' || picks::text || '}', now());
      END IF;
      RETURN QUERY SELECT one.at, (p ->> 0)::integer, (p ->> 1)::integer
        FROM jsonb_array_elements(picks) AS p;
    EXCEPTION WHEN SQLSTATE 'CA409' THEN NULL;
    END;
  END LOOP;
END $$;

CREATE OR REPLACE FUNCTION allocate_first_choices(bundles jsonb)
RETURNS TABLE (bundle integer, slot integer, alternative integer) LANGUAGE plpgsql AS $$
DECLARE
  wanted integer;
  written integer;
BEGIN
  -- In the order that is everybody's, also of those who are placed in turn.
  PERFORM FROM resources WHERE number = ANY (ARRAY(
    SELECT (s #>> '{alternatives,0,0}')::integer
    FROM jsonb_array_elements(bundles) AS b, jsonb_array_elements(b -> 'slots') AS s))
  ORDER BY number FOR NO KEY UPDATE;

  WITH sent AS MATERIALIZED (
    SELECT (s #>> '{alternatives,0,0}')::integer AS number,
      (s #>> '{alternatives,0,1}')::integer AS chosen_version, w.*
    FROM jsonb_array_elements(bundles) AS b, jsonb_array_elements(b -> 'slots') AS s,
      jsonb_to_record(s -> 'row') AS w (id uuid, from_datetime timestamptz,
        to_datetime timestamptz, allocation_type text, description text, dump text,
        created timestamptz, created_by text, booked_for text, reference text,
        held_until timestamptz, keep_before integer, keep_after integer)),
  won AS (
    INSERT INTO allocations (id, resource_number, from_datetime, to_datetime,
      allocation_type, description, dump, created, created_by, booked_for, reference, held_until,
      buffer_before_seconds, buffer_after_seconds)
    SELECT w.id, r.number, w.from_datetime - k.before * interval '1 second',
      w.to_datetime + k.after * interval '1 second', w.allocation_type, w.description, w.dump,
      w.created, w.created_by, w.booked_for, w.reference, w.held_until, k.before, k.after
    FROM sent w JOIN resources r USING (number) JOIN resource_types t ON t.name = r.resource_type,
      LATERAL (SELECT
        w.keep_before * coalesce(r.buffer_before_seconds, t.buffer_before_seconds) AS before,
        w.keep_after * coalesce(r.buffer_after_seconds, t.buffer_after_seconds) AS after) AS k
    WHERE r.decommissioned IS NULL AND w.chosen_version IN (0, r.version)
    ORDER BY r.number, w.from_datetime
    ON CONFLICT ON CONSTRAINT allocation_overlap DO NOTHING
    RETURNING 1)
  SELECT (SELECT count(*) FROM sent), (SELECT count(*) FROM won) INTO wanted, written;
  IF written < wanted THEN RAISE SQLSTATE 'CA409'; END IF;

  INSERT INTO idempotency_keys (key, request_hash, answer, created)
  SELECT b ->> 'key', b ->> 'request_hash', left(b ->> 'answer', -1) || ',"picks":' || (
      SELECT jsonb_agg(jsonb_build_array(at, 0) ORDER BY at)::text
      FROM generate_series(0, jsonb_array_length(b -> 'slots') - 1) AS at) || '}', now()
  FROM jsonb_array_elements(bundles) AS b WHERE b ->> 'key' IS NOT NULL;

  RETURN QUERY SELECT (b.at - 1)::integer, s.at, 0
    FROM jsonb_array_elements(bundles) WITH ORDINALITY AS b (value, at),
      generate_series(0, jsonb_array_length(b.value -> 'slots') - 1) AS s (at);
END $$;

-- Who waits is served with what the resource keeps free.
CREATE OR REPLACE VIEW waitlist_matches AS
SELECT w.*, r.number AS candidate,
  coalesce(r.buffer_before_seconds, t.buffer_before_seconds) AS buffer_before_seconds,
  coalesce(r.buffer_after_seconds, t.buffer_after_seconds) AS buffer_after_seconds
FROM waitlist w
JOIN resource_types t ON t.number = w.type_number
JOIN resources r ON r.resource_type = t.name AND w.resource_number IN (0, r.number)
WHERE w.closed IS NULL AND w.until > clock_timestamp() AND r.decommissioned IS NULL
  AND waitlist_meets(r.properties, w.conditions);

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

  SELECT t.number AS type_number, t.slot_seconds, t.slot_origin, r.properties,
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

-- Where less is kept free, there is more for who waits. And whoever follows a resource learns of it.
CREATE FUNCTION resource_buffers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE waitlist SET checked = 0
  WHERE closed IS NULL AND resource_number IN (0, NEW.number)
    AND type_number = (SELECT number FROM resource_types WHERE name = NEW.resource_type);
  RETURN NULL;
END $$;
CREATE TRIGGER resource_buffers AFTER UPDATE OF buffer_before_seconds, buffer_after_seconds ON resources
FOR EACH ROW EXECUTE FUNCTION resource_buffers();

CREATE FUNCTION resource_type_buffers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE waitlist SET checked = 0 WHERE closed IS NULL AND type_number = NEW.number;
  INSERT INTO events (kind, resource_number, signed_by)
  SELECT 'resource.changed', number, signed_by() FROM resources
  WHERE resource_type = NEW.name AND decommissioned IS NULL
    AND (buffer_before_seconds IS NULL OR buffer_after_seconds IS NULL);
  RETURN NULL;
END $$;
CREATE TRIGGER resource_type_buffers AFTER UPDATE OF buffer_before_seconds, buffer_after_seconds ON resource_types
FOR EACH ROW WHEN (NEW.buffer_before_seconds <> OLD.buffer_before_seconds
  OR NEW.buffer_after_seconds <> OLD.buffer_after_seconds)
EXECUTE FUNCTION resource_type_buffers();
