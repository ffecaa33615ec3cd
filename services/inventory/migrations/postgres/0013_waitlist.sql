-- Who waits wants `latest - latest_start` of time between `earliest` and `latest`, of one resource or
-- of any of a type. `number` is the order of the queue.
CREATE TABLE waitlist (
  number integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id uuid NOT NULL UNIQUE,
  type_number integer NOT NULL REFERENCES resource_types (number) ON DELETE CASCADE,
  resource_number integer NOT NULL DEFAULT 0, -- 0: any of the type
  conditions text NOT NULL DEFAULT '[]',
  earliest timestamptz NOT NULL,
  latest_start timestamptz NOT NULL,
  latest timestamptz NOT NULL,
  until timestamptz NOT NULL,
  hold_seconds integer, -- NULL: book
  description text NOT NULL DEFAULT '',
  reference text,
  created timestamptz NOT NULL,
  created_by text NOT NULL,
  booked_for text,
  -- 0: what was free already when it joined is still to be looked through; 2: it is being so; 1: it was.
  checked integer NOT NULL DEFAULT 0,
  -- When it was served, or expired.
  closed timestamptz,
  served_resource integer,
  served_from timestamptz,
  CONSTRAINT waitlist_span CHECK (
    isfinite(earliest) AND isfinite(latest)
    AND earliest <= latest_start AND latest_start < latest AND until <= latest_start),
  CONSTRAINT waitlist_hold CHECK (hold_seconds BETWEEN 1 AND 86400),
  CONSTRAINT waitlist_conditions CHECK (conditions IS JSON ARRAY),
  CONSTRAINT waitlist_served CHECK (
    (served_resource IS NULL) = (served_from IS NULL) AND (served_from IS NULL OR closed IS NOT NULL))
);

CREATE INDEX waitlist_queue ON waitlist (type_number, resource_number, number) WHERE closed IS NULL;
CREATE INDEX waitlist_by_person ON waitlist (coalesce(booked_for, created_by), number);
CREATE INDEX waitlist_unchecked ON waitlist (number) WHERE closed IS NULL AND checked <> 1;
CREATE INDEX waitlist_until ON waitlist (until) WHERE closed IS NULL;
CREATE INDEX waitlist_closed ON waitlist (closed) WHERE closed IS NOT NULL;

-- JSON may hold a NUL or half of a surrogate pair, which jsonb cannot: such properties match nothing.
CREATE FUNCTION waitlist_meets(properties text, conditions text)
RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  known jsonb;
BEGIN
  IF conditions = '[]' THEN RETURN true; END IF;
  IF strpos(properties, '\u') > 0 AND properties ~ '\\u(0000|[dD][89a-fA-F])' THEN RETURN false; END IF;
  known := properties::jsonb;
  RETURN NOT EXISTS (
    SELECT FROM jsonb_to_recordset(conditions::jsonb) AS c (name text, operator text, value text, "as" text),
      LATERAL (SELECT known -> c.name AS member, jsonb_typeof(known -> c.name) AS kind) AS p
    WHERE NOT coalesce(CASE
      WHEN c."as" <> 'text' AND kind = 'number' THEN CASE operator
        WHEN '=' THEN member::numeric = value::numeric
        WHEN '!=' THEN member::numeric <> value::numeric
        WHEN '<' THEN member::numeric < value::numeric
        WHEN '<=' THEN member::numeric <= value::numeric
        WHEN '>' THEN member::numeric > value::numeric
        WHEN '>=' THEN member::numeric >= value::numeric END
      WHEN c."as" <> 'number' AND kind IN ('string', 'boolean') THEN CASE operator
        WHEN '=' THEN member #>> '{}' = value
        WHEN '!=' THEN member #>> '{}' <> value END
      END, false));
END $$;

-- Who waits, and for which resources.
CREATE VIEW waitlist_matches AS
SELECT w.*, r.number AS candidate
FROM waitlist w
JOIN resource_types t ON t.number = w.type_number
JOIN resources r ON r.resource_type = t.name AND w.resource_number IN (0, r.number)
WHERE w.closed IS NULL AND w.until > clock_timestamp() AND r.decommissioned IS NULL
  AND waitlist_meets(r.properties, w.conditions);

-- The first time at or after one that is on the grid of a type.
CREATE FUNCTION next_on_grid(at timestamptz, slot_seconds integer, slot_origin timestamptz)
RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN slot_seconds IS NULL THEN at ELSE to_timestamp(
    extract(epoch FROM slot_origin) + slot_seconds *
    ceil((extract(epoch FROM at) - extract(epoch FROM slot_origin)) / slot_seconds)) END
$$;

-- Whoever frees time inserts it here: those who wait take turns at it, within the same statement,
-- before anybody else can. Nothing is kept.
CREATE TABLE waitlist_turns (
  resource_number integer NOT NULL,
  from_datetime timestamptz NOT NULL,
  to_datetime timestamptz NOT NULL
);

-- The whole free span around what was freed decides. Holds that have expired are free, and removed
-- so that nothing is in the way. Intervals are hours, and never days of a time zone.
CREATE FUNCTION waitlist_turn() RETURNS trigger LANGUAGE plpgsql SET timezone TO 'UTC' AS $$
DECLARE
  resource record;
  head record;
  next record;
  begins timestamptz;
  ends timestamptz;
  gap_end timestamptz;
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

  LOOP
    SELECT from_datetime, to_datetime INTO next FROM allocations
    WHERE resource_number = NEW.resource_number AND from_datetime >= begins AND from_datetime < ends
    ORDER BY from_datetime LIMIT 1;
    gap_end := coalesce(next.from_datetime, ends);

    -- From the next whole minute on.
    SELECT w.*, place INTO head
    FROM waitlist w, LATERAL next_on_grid(
      greatest(w.earliest, begins, date_trunc('minute', clock_timestamp()) + interval '1 minute'),
      resource.slot_seconds, resource.slot_origin) AS place
    WHERE w.closed IS NULL AND w.type_number = resource.type_number
      AND w.resource_number IN (0, NEW.resource_number) AND w.until > clock_timestamp()
      AND place + (w.latest - w.latest_start) <= least(w.latest, gap_end)
      AND (resource.slot_seconds IS NULL
        OR mod(extract(epoch FROM w.latest - w.latest_start), resource.slot_seconds) = 0)
      AND waitlist_meets(resource.properties, w.conditions)
    ORDER BY w.number LIMIT 1;

    IF FOUND THEN
      -- It may be offered the time of another resource at this moment.
      PERFORM FROM waitlist WHERE number = head.number AND closed IS NULL FOR UPDATE;
      CONTINUE WHEN NOT FOUND;
      INSERT INTO allocations (id, resource_number, from_datetime, to_datetime, allocation_type,
        description, dump, created, created_by, booked_for, reference, held_until)
      VALUES (head.id, NEW.resource_number, head.place,
        head.place + (head.latest - head.latest_start), 'booking', head.description, '{}',
        clock_timestamp(), head.created_by, head.booked_for, head.reference,
        clock_timestamp() + make_interval(secs => head.hold_seconds))
      ON CONFLICT ON CONSTRAINT allocation_overlap DO NOTHING;
      IF FOUND THEN
        UPDATE waitlist SET closed = clock_timestamp(), served_resource = NEW.resource_number,
          served_from = head.place
        WHERE number = head.number;
      ELSE
        -- Somebody else has a part of it, committed since it was read; it is read again.
        losses := losses + 1;
        EXIT WHEN losses > 10;
      END IF;
    ELSE
      EXIT WHEN gap_end >= ends;
      begins := next.to_datetime;
    END IF;
  END LOOP;
  RETURN NULL;
END $$;
CREATE TRIGGER waitlist_turn BEFORE INSERT ON waitlist_turns
FOR EACH ROW EXECUTE FUNCTION waitlist_turn();

CREATE FUNCTION waitlist_on_release() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM waitlist WHERE closed IS NULL) THEN
    INSERT INTO waitlist_turns VALUES (OLD.resource_number, OLD.from_datetime, OLD.to_datetime);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER waitlist_on_release AFTER DELETE ON allocations
FOR EACH ROW EXECUTE FUNCTION waitlist_on_release();
CREATE TRIGGER waitlist_on_move AFTER UPDATE OF resource_number, from_datetime, to_datetime ON allocations
FOR EACH ROW WHEN (OLD.resource_number <> NEW.resource_number
  OR OLD.from_datetime < NEW.from_datetime OR OLD.to_datetime > NEW.to_datetime)
EXECUTE FUNCTION waitlist_on_release();

-- A resource that is new or returns is free from its last allocation on.
CREATE FUNCTION waitlist_on_resource() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM waitlist WHERE closed IS NULL) THEN
    INSERT INTO waitlist_turns VALUES (NEW.number, 'infinity', 'infinity');
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER waitlist_on_new_resource AFTER INSERT ON resources
FOR EACH ROW WHEN (NEW.decommissioned IS NULL) EXECUTE FUNCTION waitlist_on_resource();
CREATE TRIGGER waitlist_on_return AFTER UPDATE OF decommissioned ON resources
FOR EACH ROW WHEN (OLD.decommissioned IS NOT NULL AND NEW.decommissioned IS NULL)
EXECUTE FUNCTION waitlist_on_resource();

-- What was free before it returned, and what it matches since its properties changed, may be many
-- spans: whoever waits is checked again.
CREATE FUNCTION waitlist_on_resource_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE waitlist SET checked = 0
  WHERE closed IS NULL AND resource_number IN (0, NEW.number)
    AND type_number = (SELECT number FROM resource_types WHERE name = NEW.resource_type);
  RETURN NULL;
END $$;
CREATE TRIGGER waitlist_on_resource_change AFTER UPDATE OF decommissioned, properties ON resources
FOR EACH ROW WHEN (NEW.decommissioned IS NULL
  AND (OLD.decommissioned IS NOT NULL OR OLD.properties <> NEW.properties))
EXECUTE FUNCTION waitlist_on_resource_change();

-- A resource that is going out of service is marked first, so that nobody who waits gets the time of
-- the bookings that go with it. The mark is the same moment, and counts once.
CREATE OR REPLACE FUNCTION resource_decommission() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE resources SET decommissioned = NEW.from_datetime, version = version + 1
  WHERE number = NEW.resource_number AND decommissioned IS DISTINCT FROM NEW.from_datetime;
  RETURN NULL;
END $$;
