-- Who waits wants `latest - latest_start` of time between `earliest` and `latest`, of one resource or
-- of any of a type. `number` is the order of the queue.
CREATE TABLE waitlist (
  number INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE,
  type_number INTEGER NOT NULL REFERENCES resource_types (number) ON DELETE CASCADE,
  resource_number INTEGER NOT NULL DEFAULT 0, -- 0: any of the type
  conditions TEXT NOT NULL DEFAULT '[]',
  earliest INTEGER NOT NULL,
  latest_start INTEGER NOT NULL,
  latest INTEGER NOT NULL,
  until INTEGER NOT NULL,
  hold_seconds INTEGER, -- NULL: book
  description TEXT NOT NULL DEFAULT '',
  reference TEXT,
  created INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  booked_for TEXT,
  -- 0: what was free already when it joined is still to be looked through; 2: it is being so; 1: it was.
  checked INTEGER NOT NULL DEFAULT 0,
  -- When it was served, or expired.
  closed INTEGER,
  served_resource INTEGER,
  served_from INTEGER,
  CONSTRAINT waitlist_span CHECK (
    abs(earliest) < 9007199254740991 AND abs(latest) < 9007199254740991
    AND earliest <= latest_start AND latest_start < latest AND until <= latest_start),
  CONSTRAINT waitlist_hold CHECK (hold_seconds BETWEEN 1 AND 86400),
  CONSTRAINT waitlist_conditions CHECK (json_valid(conditions) AND json_type(conditions) = 'array'),
  CONSTRAINT waitlist_served CHECK (
    (served_resource IS NULL) = (served_from IS NULL) AND (served_from IS NULL OR closed IS NOT NULL))
) STRICT;

CREATE INDEX waitlist_queue ON waitlist (type_number, resource_number, number) WHERE closed IS NULL;
CREATE INDEX waitlist_by_person ON waitlist (coalesce(booked_for, created_by), number);
CREATE INDEX waitlist_unchecked ON waitlist (number) WHERE closed IS NULL AND checked <> 1;
CREATE INDEX waitlist_until ON waitlist (until) WHERE closed IS NULL;
CREATE INDEX waitlist_closed ON waitlist (closed) WHERE closed IS NOT NULL;

-- Who waits, and for which resources.
CREATE VIEW waitlist_matches AS
SELECT w.*, r.number AS candidate
FROM waitlist w
JOIN resource_types t ON t.number = w.type_number
JOIN resources r ON r.resource_type = t.name AND w.resource_number IN (0, r.number)
WHERE w.closed IS NULL AND w.until > CAST(unixepoch('subsec') * 1000 AS INTEGER)
  AND r.decommissioned IS NULL
  AND NOT EXISTS (
    SELECT 1 FROM json_each(w.conditions) AS c WHERE NOT EXISTS (
      SELECT 1 FROM json_each(r.properties) AS p WHERE p.key = c.value ->> 'name' AND CASE
        WHEN c.value ->> 'as' <> 'text' AND p.type IN ('integer', 'real') THEN
          CASE c.value ->> 'operator'
            WHEN '=' THEN p.value = CAST(c.value ->> 'value' AS NUMERIC)
            WHEN '!=' THEN p.value <> CAST(c.value ->> 'value' AS NUMERIC)
            WHEN '<' THEN p.value < CAST(c.value ->> 'value' AS NUMERIC)
            WHEN '<=' THEN p.value <= CAST(c.value ->> 'value' AS NUMERIC)
            WHEN '>' THEN p.value > CAST(c.value ->> 'value' AS NUMERIC)
            WHEN '>=' THEN p.value >= CAST(c.value ->> 'value' AS NUMERIC) END
        WHEN c.value ->> 'as' <> 'number' AND p.type IN ('text', 'true', 'false') THEN
          CASE c.value ->> 'operator'
            WHEN '=' THEN iif(p.type = 'text', p.value, p.type) = c.value ->> 'value'
            WHEN '!=' THEN iif(p.type = 'text', p.value, p.type) <> c.value ->> 'value' END
        END));

-- Whoever frees time inserts it here: those who wait take turns at it, within the same statement,
-- before anybody else can. The row is gone when that ends.
CREATE TABLE waitlist_turns (
  resource_number INTEGER NOT NULL,
  from_datetime INTEGER NOT NULL,
  to_datetime INTEGER NOT NULL,
  slot INTEGER NOT NULL DEFAULT 1, -- of the grid, in milliseconds
  slot_origin INTEGER NOT NULL DEFAULT 0
) STRICT;

-- A statement of a trigger has no loop; one that inserts many rows here runs a trigger for each.
CREATE VIEW waitlist_offers AS SELECT number FROM waitlist;

-- The whole free span around what was freed decides. Holds that have expired are free, and removed
-- so that nothing is in the way; nobody else gets a turn meanwhile.
CREATE TRIGGER waitlist_turn AFTER INSERT ON waitlist_turns
BEGIN
  UPDATE waitlist_turns SET
    from_datetime = coalesce((
      SELECT to_datetime FROM allocations
      WHERE resource_number = NEW.resource_number AND from_datetime < NEW.from_datetime
        AND (held_until IS NULL OR held_until > CAST(unixepoch('subsec') * 1000 AS INTEGER))
      ORDER BY from_datetime DESC LIMIT 1), -9007199254740991),
    to_datetime = coalesce((
      SELECT from_datetime FROM allocations
      WHERE resource_number = NEW.resource_number AND from_datetime >= NEW.to_datetime
        AND (held_until IS NULL OR held_until > CAST(unixepoch('subsec') * 1000 AS INTEGER))
      ORDER BY from_datetime LIMIT 1), 9007199254740991),
    (slot, slot_origin) = (
      SELECT coalesce(t.slot_seconds * 1000, 1), coalesce(t.slot_origin, 0)
      FROM resources r JOIN resource_types t ON t.name = r.resource_type
      WHERE r.number = NEW.resource_number);

  DELETE FROM allocations
  WHERE resource_number = NEW.resource_number
    AND held_until <= CAST(unixepoch('subsec') * 1000 AS INTEGER)
    AND from_datetime >= (SELECT from_datetime FROM waitlist_turns)
    AND from_datetime < (SELECT to_datetime FROM waitlist_turns);

  -- Of those who want the same, no more than fit.
  INSERT INTO waitlist_offers (number)
  SELECT number FROM (
    SELECT m.number,
      row_number() OVER (PARTITION BY m.earliest, m.latest_start, m.latest ORDER BY m.number) AS place,
      (min(m.latest, t.to_datetime) - max(m.earliest, t.from_datetime))
        / (m.latest - m.latest_start) AS places
    FROM waitlist_turns t CROSS JOIN waitlist_matches m
    WHERE m.candidate = NEW.resource_number
      AND min(m.latest, t.to_datetime) - max(m.earliest, t.from_datetime) >= m.latest - m.latest_start
      AND (m.latest - m.latest_start) % t.slot = 0)
  WHERE place <= places
  ORDER BY number;

  DELETE FROM waitlist_turns;
END;

-- The earliest time that fits, on the grid, from the next whole minute on.
CREATE TRIGGER waitlist_offer INSTEAD OF INSERT ON waitlist_offers
BEGIN
  INSERT OR IGNORE INTO allocations (id, resource_number, from_datetime, to_datetime,
    allocation_type, description, dump, created, created_by, booked_for, reference, held_until)
  SELECT id, resource_number, begins, begins + duration, 'booking', description, '{}', now,
    created_by, booked_for, reference, now + hold_seconds * 1000
  FROM (
    SELECT w.id, t.resource_number, w.description, w.created_by, w.booked_for, w.reference,
      w.hold_seconds, w.latest - w.latest_start AS duration,
      CAST(unixepoch('subsec') * 1000 AS INTEGER) AS now,
      (
        SELECT min(begins) FROM (
          SELECT edge + (t.slot - ((edge - t.slot_origin) % t.slot + t.slot) % t.slot) % t.slot AS begins
          FROM (
            SELECT max(w.earliest, t.from_datetime, (unixepoch() / 60 + 1) * 60000) AS edge
            UNION ALL
            SELECT max(w.earliest, a.to_datetime, (unixepoch() / 60 + 1) * 60000) FROM allocations a
            WHERE a.resource_number = t.resource_number
              AND a.from_datetime >= t.from_datetime AND a.from_datetime < t.to_datetime))
        WHERE begins + w.latest - w.latest_start <= min(w.latest, t.to_datetime) AND NOT coalesce((
          SELECT a.to_datetime > begins FROM allocations a
          WHERE a.resource_number = t.resource_number AND a.from_datetime < begins + w.latest - w.latest_start
          ORDER BY a.from_datetime DESC LIMIT 1), FALSE)
      ) AS begins
    FROM waitlist w, waitlist_turns t WHERE w.number = NEW.number AND w.closed IS NULL)
  WHERE begins IS NOT NULL;

  UPDATE waitlist SET closed = a.created, served_resource = a.resource_number, served_from = a.from_datetime
  FROM allocations a WHERE waitlist.number = NEW.number AND waitlist.closed IS NULL
    AND a.id = waitlist.id AND a.resource_number = (SELECT resource_number FROM waitlist_turns);
END;

CREATE TRIGGER waitlist_on_release AFTER DELETE ON allocations
WHEN EXISTS (SELECT 1 FROM waitlist WHERE closed IS NULL) AND NOT EXISTS (SELECT 1 FROM waitlist_turns)
BEGIN
  INSERT INTO waitlist_turns (resource_number, from_datetime, to_datetime)
  VALUES (OLD.resource_number, OLD.from_datetime, OLD.to_datetime);
END;

CREATE TRIGGER waitlist_on_move AFTER UPDATE OF resource_number, from_datetime, to_datetime ON allocations
WHEN EXISTS (SELECT 1 FROM waitlist WHERE closed IS NULL) AND NOT EXISTS (SELECT 1 FROM waitlist_turns)
  AND (OLD.resource_number <> NEW.resource_number
    OR OLD.from_datetime < NEW.from_datetime OR OLD.to_datetime > NEW.to_datetime)
BEGIN
  INSERT INTO waitlist_turns (resource_number, from_datetime, to_datetime)
  VALUES (OLD.resource_number, OLD.from_datetime, OLD.to_datetime);
END;

-- A resource that is new or returns is free from its last allocation on.
CREATE TRIGGER waitlist_on_new_resource AFTER INSERT ON resources
WHEN NEW.decommissioned IS NULL AND EXISTS (SELECT 1 FROM waitlist WHERE closed IS NULL)
BEGIN
  INSERT INTO waitlist_turns (resource_number, from_datetime, to_datetime)
  VALUES (NEW.number, 9007199254740991, 9007199254740991);
END;

CREATE TRIGGER waitlist_on_return AFTER UPDATE OF decommissioned ON resources
WHEN OLD.decommissioned IS NOT NULL AND NEW.decommissioned IS NULL
  AND EXISTS (SELECT 1 FROM waitlist WHERE closed IS NULL) AND NOT EXISTS (SELECT 1 FROM waitlist_turns)
BEGIN
  INSERT INTO waitlist_turns (resource_number, from_datetime, to_datetime)
  VALUES (NEW.number, 9007199254740991, 9007199254740991);
END;

-- What was free before it returned, and what it matches since its properties changed, may be many
-- spans: whoever waits is checked again.
CREATE TRIGGER waitlist_on_resource_change AFTER UPDATE OF decommissioned, properties ON resources
WHEN NEW.decommissioned IS NULL
  AND (OLD.decommissioned IS NOT NULL OR OLD.properties <> NEW.properties)
BEGIN
  UPDATE waitlist SET checked = 0
  WHERE closed IS NULL AND resource_number IN (0, NEW.number)
    AND type_number = (SELECT number FROM resource_types WHERE name = NEW.resource_type);
END;

-- A resource that is going out of service is marked first, so that nobody who waits gets the time of
-- the bookings that go with it. The mark is the same moment, and counts once.
DROP TRIGGER resource_decommission;
CREATE TRIGGER resource_decommission AFTER INSERT ON allocations
WHEN NEW.allocation_type = 'decommissioned'
BEGIN
  UPDATE resources SET decommissioned = NEW.from_datetime, version = version + 1
  WHERE number = NEW.resource_number AND decommissioned IS NOT NEW.from_datetime;
END;
