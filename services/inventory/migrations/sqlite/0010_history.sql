-- What was acknowledged stays known: a change or release keeps the former row here, in its commit.
-- The row in "allocations" is its own latest version, so a plain booking writes nothing more.
CREATE TABLE allocation_versions (
  number INTEGER PRIMARY KEY,
  allocation_id BLOB NOT NULL,
  resource_number INTEGER NOT NULL REFERENCES resources (number),
  from_datetime INTEGER NOT NULL,
  to_datetime INTEGER NOT NULL,
  allocation_type TEXT NOT NULL,
  description TEXT NOT NULL,
  dump TEXT NOT NULL,
  created INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  version INTEGER NOT NULL,
  booked_for TEXT,
  reference TEXT,
  held_until INTEGER,
  -- Versions of one allocation are contiguous: each begins when the one before ended.
  valid_from INTEGER NOT NULL,
  valid_to INTEGER NOT NULL,
  change TEXT NOT NULL,
  changed_by TEXT,
  -- Versions overlap, unlike allocations. Those of one reach are at most so long, so a window is
  -- entered that much earlier: 0 a day, 1 a month of 31 days, 2 a year of 366 days, 3 longer.
  reach INTEGER NOT NULL
) STRICT;

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
CREATE TABLE history_start (began INTEGER NOT NULL) STRICT;
INSERT INTO history_start VALUES (CAST(unixepoch('subsec') * 1000 AS INTEGER));

-- Who asked for the statement that runs: the writing thread puts them there and takes them out
-- again. By hand it is nobody.
CREATE TABLE signatures (signed_by TEXT NOT NULL) STRICT;

ALTER TABLE events ADD COLUMN signed_by TEXT;
-- The version that ended with this event.
ALTER TABLE events ADD COLUMN former INTEGER;
CREATE INDEX events_by_signer ON events (signed_by) WHERE signed_by IS NOT NULL;

-- A removed account takes its name out of rows; that is no change of a booking.
DROP TRIGGER allocation_moved;
CREATE TRIGGER allocation_moved AFTER UPDATE ON allocations
WHEN NOT (NEW.created_by = 'removed' AND OLD.created_by <> 'removed'
  OR NEW.booked_for IS 'removed' AND OLD.booked_for IS NOT 'removed')
BEGIN
  INSERT INTO allocation_versions (allocation_id, resource_number, from_datetime, to_datetime,
    allocation_type, description, dump, created, created_by, version, booked_for, reference,
    held_until, valid_from, valid_to, change, changed_by, reach)
  SELECT OLD.id, OLD.resource_number, OLD.from_datetime, OLD.to_datetime,
    OLD.allocation_type, OLD.description, OLD.dump, OLD.created, OLD.created_by, OLD.version,
    OLD.booked_for, OLD.reference, OLD.held_until,
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
  INSERT INTO events (kind, resource_number, allocation_id, from_datetime, to_datetime, former)
  VALUES ('allocation.moved', NEW.resource_number, NEW.id, NEW.from_datetime, NEW.to_datetime,
    last_insert_rowid());
END;

-- A hold that has expired ended then, and by itself, whenever its row goes.
DROP TRIGGER allocation_released;
CREATE TRIGGER allocation_released AFTER DELETE ON allocations
BEGIN
  INSERT INTO allocation_versions (allocation_id, resource_number, from_datetime, to_datetime,
    allocation_type, description, dump, created, created_by, version, booked_for, reference,
    held_until, valid_from, valid_to, change, changed_by, reach)
  SELECT OLD.id, OLD.resource_number, OLD.from_datetime, OLD.to_datetime,
    OLD.allocation_type, OLD.description, OLD.dump, OLD.created, OLD.created_by, OLD.version,
    OLD.booked_for, OLD.reference, OLD.held_until,
    since, max(since, min(now, coalesce(OLD.held_until, now))),
    CASE WHEN OLD.held_until <= now THEN 'expired' ELSE 'released' END,
    CASE WHEN OLD.held_until <= now THEN NULL ELSE (SELECT signed_by FROM signatures) END,
    CASE WHEN OLD.to_datetime - OLD.from_datetime <= 86400000 THEN 0
      WHEN OLD.to_datetime - OLD.from_datetime <= 2678400000 THEN 1
      WHEN OLD.to_datetime - OLD.from_datetime <= 31622400000 THEN 2 ELSE 3 END
  FROM (SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER) AS now, coalesce((
    SELECT valid_to FROM allocation_versions WHERE allocation_id = OLD.id ORDER BY number DESC LIMIT 1
  ), OLD.created) AS since);
  INSERT INTO events (kind, resource_number, allocation_id, from_datetime, to_datetime, former)
  VALUES ('allocation.released', OLD.resource_number, OLD.id, OLD.from_datetime, OLD.to_datetime,
    last_insert_rowid());
END;

DROP TRIGGER resource_created;
CREATE TRIGGER resource_created AFTER INSERT ON resources
BEGIN
  INSERT INTO events (kind, resource_number, signed_by)
  VALUES ('resource.created', NEW.number, (SELECT signed_by FROM signatures));
END;

DROP TRIGGER resource_changed;
CREATE TRIGGER resource_changed AFTER UPDATE ON resources
BEGIN
  INSERT INTO events (kind, resource_number, signed_by) VALUES (
    CASE WHEN NEW.decommissioned IS NOT NULL THEN 'resource.decommissioned'
         WHEN OLD.decommissioned IS NOT NULL THEN 'resource.returned'
         ELSE 'resource.changed' END,
    NEW.number, (SELECT signed_by FROM signatures));
END;
