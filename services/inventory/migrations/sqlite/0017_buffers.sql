-- Time that is kept free around a booking. The bounds of an allocation include it, so the rule
-- against overlaps, and all that counts free time, is what it was; people are shown what is between.
-- A booking keeps what it was made with.
ALTER TABLE resource_types ADD COLUMN buffer_before_seconds INTEGER NOT NULL DEFAULT 0
  CONSTRAINT resource_type_buffer_before CHECK (buffer_before_seconds BETWEEN 0 AND 86400);
ALTER TABLE resource_types ADD COLUMN buffer_after_seconds INTEGER NOT NULL DEFAULT 0
  CONSTRAINT resource_type_buffer_after CHECK (buffer_after_seconds BETWEEN 0 AND 86400);

-- NULL: what the type says.
ALTER TABLE resources ADD COLUMN buffer_before_seconds INTEGER
  CONSTRAINT resource_buffer_before CHECK (buffer_before_seconds BETWEEN 0 AND 86400);
ALTER TABLE resources ADD COLUMN buffer_after_seconds INTEGER
  CONSTRAINT resource_buffer_after CHECK (buffer_after_seconds BETWEEN 0 AND 86400);

-- A bound without end has no buffer, and something is left to show.
ALTER TABLE allocations ADD COLUMN buffer_before_seconds INTEGER NOT NULL DEFAULT 0;
ALTER TABLE allocations ADD COLUMN buffer_after_seconds INTEGER NOT NULL DEFAULT 0
  CONSTRAINT allocation_buffers CHECK (buffer_before_seconds = 0 AND buffer_after_seconds = 0
    OR buffer_before_seconds BETWEEN 0 AND 86400 AND buffer_after_seconds BETWEEN 0 AND 86400
    AND (buffer_before_seconds = 0 OR from_datetime > -9007199254740991)
    AND (buffer_after_seconds = 0 OR to_datetime < 9007199254740991)
    AND from_datetime + 1000 * (buffer_before_seconds + buffer_after_seconds) < to_datetime);

ALTER TABLE events ADD COLUMN buffer_before_seconds INTEGER NOT NULL DEFAULT 0;
ALTER TABLE events ADD COLUMN buffer_after_seconds INTEGER NOT NULL DEFAULT 0;
ALTER TABLE allocation_versions ADD COLUMN buffer_before_seconds INTEGER NOT NULL DEFAULT 0;
ALTER TABLE allocation_versions ADD COLUMN buffer_after_seconds INTEGER NOT NULL DEFAULT 0;

-- In milliseconds, of whoever gets the turn.
ALTER TABLE waitlist_turns ADD COLUMN kept_before INTEGER NOT NULL DEFAULT 0;
ALTER TABLE waitlist_turns ADD COLUMN kept_after INTEGER NOT NULL DEFAULT 0;

-- A new booking keeps what its resource says, whoever makes it; what is shown of it is on the grid.
DROP TRIGGER allocation_grid_on_insert;
CREATE TRIGGER allocation_grid_on_insert BEFORE INSERT ON allocations
WHEN NEW.allocation_type <> 'decommissioned' AND EXISTS (
  SELECT 1 FROM resources r JOIN resource_types t ON t.name = r.resource_type
  WHERE r.number = NEW.resource_number AND (t.slot_seconds IS NOT NULL AND (
    abs(NEW.from_datetime) < 9007199254740991
      AND (NEW.from_datetime + 1000 * NEW.buffer_before_seconds - t.slot_origin)
        % (t.slot_seconds * 1000) <> 0
    OR abs(NEW.to_datetime) < 9007199254740991
      AND (NEW.to_datetime - 1000 * NEW.buffer_after_seconds - t.slot_origin)
        % (t.slot_seconds * 1000) <> 0)
    OR NEW.allocation_type = 'booking' AND (
      NEW.buffer_before_seconds <> iif(NEW.from_datetime = -9007199254740991, 0,
        coalesce(r.buffer_before_seconds, t.buffer_before_seconds))
      OR NEW.buffer_after_seconds <> iif(NEW.to_datetime = 9007199254740991, 0,
        coalesce(r.buffer_after_seconds, t.buffer_after_seconds)))))
BEGIN
  SELECT RAISE(ABORT, 'allocation_buffers')
  FROM resources r JOIN resource_types t ON t.name = r.resource_type
  WHERE r.number = NEW.resource_number AND NEW.allocation_type = 'booking' AND (
      NEW.buffer_before_seconds <> iif(NEW.from_datetime = -9007199254740991, 0,
        coalesce(r.buffer_before_seconds, t.buffer_before_seconds))
      OR NEW.buffer_after_seconds <> iif(NEW.to_datetime = 9007199254740991, 0,
        coalesce(r.buffer_after_seconds, t.buffer_after_seconds)));
  SELECT RAISE(IGNORE);
END;

DROP TRIGGER allocation_grid_on_update;
CREATE TRIGGER allocation_grid_on_update
BEFORE UPDATE OF resource_number, from_datetime, to_datetime, allocation_type,
  buffer_before_seconds, buffer_after_seconds ON allocations
WHEN NEW.allocation_type <> 'decommissioned' AND OLD.allocation_type <> 'decommissioned' AND EXISTS (
  SELECT 1 FROM resources r JOIN resource_types t ON t.name = r.resource_type
  WHERE r.number = NEW.resource_number AND t.slot_seconds IS NOT NULL AND (
    abs(NEW.from_datetime) < 9007199254740991
      AND (NEW.from_datetime + 1000 * NEW.buffer_before_seconds - t.slot_origin) % (t.slot_seconds * 1000) <> 0
    OR abs(NEW.to_datetime) < 9007199254740991
      AND (NEW.to_datetime - 1000 * NEW.buffer_after_seconds - t.slot_origin) % (t.slot_seconds * 1000) <> 0))
BEGIN
  SELECT RAISE(ABORT, 'allocation_grid');
END;

DROP TRIGGER resource_type_grid_in_use;
CREATE TRIGGER resource_type_grid_in_use BEFORE UPDATE OF slot_seconds, slot_origin ON resource_types
WHEN NEW.slot_seconds IS NOT NULL AND EXISTS (
  SELECT 1 FROM resources r JOIN allocations a ON a.resource_number = r.number
  WHERE r.resource_type = OLD.name AND a.allocation_type <> 'decommissioned' AND (
    abs(a.from_datetime) < 9007199254740991
      AND (a.from_datetime + 1000 * a.buffer_before_seconds - NEW.slot_origin) % (NEW.slot_seconds * 1000) <> 0
    OR abs(a.to_datetime) < 9007199254740991
      AND (a.to_datetime - 1000 * a.buffer_after_seconds - NEW.slot_origin) % (NEW.slot_seconds * 1000) <> 0))
BEGIN
  SELECT RAISE(ABORT, 'resource_type_grid');
END;

DROP TRIGGER allocation_created;
CREATE TRIGGER allocation_created AFTER INSERT ON allocations WHEN NEW.allocation_type <> 'decommissioned'
BEGIN
  INSERT INTO events (kind, resource_number, allocation_id, from_datetime, to_datetime,
    buffer_before_seconds, buffer_after_seconds)
  VALUES ('allocation.created', NEW.resource_number, NEW.id, NEW.from_datetime, NEW.to_datetime,
    NEW.buffer_before_seconds, NEW.buffer_after_seconds);
END;

DROP TRIGGER allocation_moved;
CREATE TRIGGER allocation_moved AFTER UPDATE ON allocations
WHEN NOT (NEW.created_by = 'removed' AND OLD.created_by <> 'removed'
  OR NEW.booked_for IS 'removed' AND OLD.booked_for IS NOT 'removed')
BEGIN
  INSERT INTO allocation_versions (allocation_id, resource_number, from_datetime, to_datetime,
    allocation_type, description, dump, created, created_by, version, booked_for, reference,
    held_until, buffer_before_seconds, buffer_after_seconds, valid_from, valid_to, change,
    changed_by, reach)
  SELECT OLD.id, OLD.resource_number, OLD.from_datetime, OLD.to_datetime,
    OLD.allocation_type, OLD.description, OLD.dump, OLD.created, OLD.created_by, OLD.version,
    OLD.booked_for, OLD.reference, OLD.held_until, OLD.buffer_before_seconds,
    OLD.buffer_after_seconds,
    since, max(since, CAST(unixepoch('subsec') * 1000 AS INTEGER)),
    CASE
      WHEN OLD.held_until IS NOT NULL AND NEW.held_until IS NULL THEN 'confirmed'
      WHEN NEW.held_until IS NOT OLD.held_until THEN 'extended'
      WHEN NEW.resource_number <> OLD.resource_number OR NEW.from_datetime <> OLD.from_datetime
        OR NEW.to_datetime <> OLD.to_datetime THEN 'moved'
      ELSE 'changed' END,
    (SELECT signed_by FROM signatures),
    CASE WHEN OLD.to_datetime - OLD.from_datetime <= 86400000 THEN 0
      WHEN OLD.to_datetime - OLD.from_datetime <= 2678400000 THEN 1
      WHEN OLD.to_datetime - OLD.from_datetime <= 31622400000 THEN 2 ELSE 3 END
  FROM (SELECT coalesce((
    SELECT valid_to FROM allocation_versions WHERE allocation_id = OLD.id ORDER BY number DESC LIMIT 1
  ), OLD.created) AS since);
  INSERT INTO events (kind, resource_number, allocation_id, from_datetime, to_datetime,
    buffer_before_seconds, buffer_after_seconds, former)
  VALUES ('allocation.moved', NEW.resource_number, NEW.id, NEW.from_datetime, NEW.to_datetime,
    NEW.buffer_before_seconds, NEW.buffer_after_seconds, last_insert_rowid());
END;

DROP TRIGGER allocation_released;
CREATE TRIGGER allocation_released AFTER DELETE ON allocations
BEGIN
  INSERT INTO allocation_versions (allocation_id, resource_number, from_datetime, to_datetime,
    allocation_type, description, dump, created, created_by, version, booked_for, reference,
    held_until, buffer_before_seconds, buffer_after_seconds, valid_from, valid_to, change,
    changed_by, reach)
  SELECT OLD.id, OLD.resource_number, OLD.from_datetime, OLD.to_datetime,
    OLD.allocation_type, OLD.description, OLD.dump, OLD.created, OLD.created_by, OLD.version,
    OLD.booked_for, OLD.reference, OLD.held_until, OLD.buffer_before_seconds,
    OLD.buffer_after_seconds,
    since, max(since, min(now, coalesce(OLD.held_until, now))),
    CASE WHEN OLD.held_until <= now THEN 'expired' ELSE 'released' END,
    CASE WHEN OLD.held_until <= now THEN NULL ELSE (SELECT signed_by FROM signatures) END,
    CASE WHEN OLD.to_datetime - OLD.from_datetime <= 86400000 THEN 0
      WHEN OLD.to_datetime - OLD.from_datetime <= 2678400000 THEN 1
      WHEN OLD.to_datetime - OLD.from_datetime <= 31622400000 THEN 2 ELSE 3 END
  FROM (SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER) AS now, coalesce((
    SELECT valid_to FROM allocation_versions WHERE allocation_id = OLD.id ORDER BY number DESC LIMIT 1
  ), OLD.created) AS since);
  INSERT INTO events (kind, resource_number, allocation_id, from_datetime, to_datetime,
    buffer_before_seconds, buffer_after_seconds, former)
  VALUES ('allocation.released', OLD.resource_number, OLD.id, OLD.from_datetime, OLD.to_datetime,
    OLD.buffer_before_seconds, OLD.buffer_after_seconds, last_insert_rowid());
END;

-- Who waits is served with what the resource keeps free.
DROP VIEW waitlist_matches;
CREATE VIEW waitlist_matches AS
SELECT w.*, r.number AS candidate,
  coalesce(r.buffer_before_seconds, t.buffer_before_seconds) AS buffer_before_seconds,
  coalesce(r.buffer_after_seconds, t.buffer_after_seconds) AS buffer_after_seconds
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

DROP TRIGGER waitlist_turn;
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
    (slot, slot_origin, kept_before, kept_after) = (
      SELECT coalesce(t.slot_seconds * 1000, 1), coalesce(t.slot_origin, 0),
        1000 * coalesce(r.buffer_before_seconds, t.buffer_before_seconds),
        1000 * coalesce(r.buffer_after_seconds, t.buffer_after_seconds)
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
      (min(m.latest, t.to_datetime - t.kept_after) - max(m.earliest, t.from_datetime + t.kept_before))
        / (m.latest - m.latest_start) AS places
    FROM waitlist_turns t CROSS JOIN waitlist_matches m
    WHERE m.candidate = NEW.resource_number
      AND min(m.latest, t.to_datetime - t.kept_after) - max(m.earliest, t.from_datetime + t.kept_before)
        >= m.latest - m.latest_start
      AND (m.latest - m.latest_start) % t.slot = 0)
  WHERE place <= places
  ORDER BY number;

  DELETE FROM waitlist_turns;
END;

DROP TRIGGER waitlist_offer;
CREATE TRIGGER waitlist_offer INSTEAD OF INSERT ON waitlist_offers
BEGIN
  INSERT OR IGNORE INTO allocations (id, resource_number, from_datetime, to_datetime,
    allocation_type, description, dump, created, created_by, booked_for, reference, held_until,
    buffer_before_seconds, buffer_after_seconds)
  SELECT id, resource_number, begins - kept_before, begins + duration + kept_after, 'booking', description, '{}', now,
    created_by, booked_for, reference, now + hold_seconds * 1000, kept_before / 1000, kept_after / 1000
  FROM (
    SELECT w.id, t.resource_number, w.description, w.created_by, w.booked_for, w.reference,
      w.hold_seconds, w.latest - w.latest_start AS duration, t.kept_before, t.kept_after,
      CAST(unixepoch('subsec') * 1000 AS INTEGER) AS now,
      (
        SELECT min(begins) FROM (
          SELECT edge + (t.slot - ((edge - t.slot_origin) % t.slot + t.slot) % t.slot) % t.slot AS begins
          FROM (
            SELECT max(w.earliest, t.from_datetime + t.kept_before, (unixepoch() / 60 + 1) * 60000) AS edge
            UNION ALL
            SELECT max(w.earliest, a.to_datetime + t.kept_before, (unixepoch() / 60 + 1) * 60000) FROM allocations a
            WHERE a.resource_number = t.resource_number
              AND a.from_datetime >= t.from_datetime AND a.from_datetime < t.to_datetime))
        WHERE begins + w.latest - w.latest_start <= min(w.latest, t.to_datetime - t.kept_after) AND NOT coalesce((
          SELECT a.to_datetime > begins - t.kept_before FROM allocations a
          WHERE a.resource_number = t.resource_number
            AND a.from_datetime < begins + w.latest - w.latest_start + t.kept_after
          ORDER BY a.from_datetime DESC LIMIT 1), FALSE)
      ) AS begins
    FROM waitlist w, waitlist_turns t WHERE w.number = NEW.number AND w.closed IS NULL)
  WHERE begins IS NOT NULL;

  UPDATE waitlist SET closed = a.created, served_resource = a.resource_number,
    served_from = a.from_datetime + 1000 * a.buffer_before_seconds
  FROM allocations a WHERE waitlist.number = NEW.number AND waitlist.closed IS NULL
    AND a.id = waitlist.id AND a.resource_number = (SELECT resource_number FROM waitlist_turns);
END;

-- Where less is kept free, there is more for who waits. And whoever follows a resource learns of it.
CREATE TRIGGER resource_buffers AFTER UPDATE OF buffer_before_seconds, buffer_after_seconds ON resources
BEGIN
  UPDATE waitlist SET checked = 0
  WHERE closed IS NULL AND resource_number IN (0, NEW.number)
    AND type_number = (SELECT number FROM resource_types WHERE name = NEW.resource_type);
END;
CREATE TRIGGER resource_type_buffers AFTER UPDATE OF buffer_before_seconds, buffer_after_seconds ON resource_types
WHEN NEW.buffer_before_seconds <> OLD.buffer_before_seconds
  OR NEW.buffer_after_seconds <> OLD.buffer_after_seconds
BEGIN
  UPDATE waitlist SET checked = 0 WHERE closed IS NULL AND type_number = NEW.number;
  INSERT INTO events (kind, resource_number, signed_by)
  SELECT 'resource.changed', number, (SELECT signed_by FROM signatures) FROM resources
  WHERE resource_type IN (OLD.name, NEW.name) AND decommissioned IS NULL
    AND (buffer_before_seconds IS NULL OR buffer_after_seconds IS NULL);
END;
