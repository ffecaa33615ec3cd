-- Times are milliseconds since 1970; the largest safe integer and its negative are the infinities.

CREATE TABLE resources (
  number INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE,
  resource_type TEXT NOT NULL,
  name TEXT NOT NULL,
  properties TEXT NOT NULL,
  created INTEGER NOT NULL,
  version INTEGER NOT NULL DEFAULT 1,
  decommissioned INTEGER
) STRICT;

CREATE UNIQUE INDEX resource_name_in_type ON resources (resource_type, name) WHERE decommissioned IS NULL;

CREATE TABLE allocations (
  id BLOB NOT NULL UNIQUE,
  resource_number INTEGER NOT NULL REFERENCES resources (number),
  from_datetime INTEGER NOT NULL,
  to_datetime INTEGER NOT NULL,
  allocation_type TEXT NOT NULL,
  description TEXT NOT NULL,
  dump TEXT NOT NULL,
  created INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  version INTEGER NOT NULL DEFAULT 1,
  CONSTRAINT allocation_span CHECK (from_datetime < to_datetime)
) STRICT;

-- Holds all that the probe below reads, so it never touches the table.
CREATE UNIQUE INDEX allocations_by_start ON allocations (resource_number, from_datetime, to_datetime);

-- Existing spans never overlap, so the last one that starts before our end also ends last: one
-- probe decides. IGNORE lets the other rows of the same transaction win.
CREATE TRIGGER allocation_overlap_on_insert BEFORE INSERT ON allocations
WHEN (
  SELECT to_datetime FROM allocations
  WHERE resource_number = NEW.resource_number AND from_datetime < NEW.to_datetime
  ORDER BY from_datetime DESC LIMIT 1
) > NEW.from_datetime
BEGIN
  SELECT RAISE(IGNORE);
END;

CREATE TRIGGER allocation_overlap_on_update
BEFORE UPDATE OF resource_number, from_datetime, to_datetime ON allocations
WHEN (
  SELECT to_datetime FROM allocations
  WHERE resource_number = NEW.resource_number AND from_datetime < NEW.to_datetime AND rowid <> OLD.rowid
  ORDER BY from_datetime DESC LIMIT 1
) > NEW.from_datetime
BEGIN
  SELECT RAISE(ABORT, 'allocation_overlap');
END;

-- A resource is taken out of service by an allocation without end: the rule against overlaps then
-- refuses it while anything is booked, and refuses every later booking.
CREATE TRIGGER resource_decommission AFTER INSERT ON allocations
WHEN NEW.allocation_type = 'decommissioned'
BEGIN
  UPDATE resources SET decommissioned = NEW.from_datetime, version = version + 1
  WHERE number = NEW.resource_number;
END;

CREATE TABLE events (
  id INTEGER PRIMARY KEY,
  "transaction" INTEGER NOT NULL DEFAULT 0,
  kind TEXT NOT NULL,
  resource_number INTEGER NOT NULL,
  allocation_id BLOB,
  from_datetime INTEGER,
  to_datetime INTEGER,
  happened INTEGER NOT NULL DEFAULT (CAST(unixepoch('subsec') * 1000 AS INTEGER))
) STRICT;

CREATE TRIGGER allocation_created AFTER INSERT ON allocations WHEN NEW.allocation_type <> 'decommissioned'
BEGIN
  INSERT INTO events (kind, resource_number, allocation_id, from_datetime, to_datetime)
  VALUES ('allocation.created', NEW.resource_number, NEW.id, NEW.from_datetime, NEW.to_datetime);
END;

CREATE TRIGGER allocation_moved AFTER UPDATE ON allocations
BEGIN
  INSERT INTO events (kind, resource_number, allocation_id, from_datetime, to_datetime)
  VALUES ('allocation.moved', NEW.resource_number, NEW.id, NEW.from_datetime, NEW.to_datetime);
END;

CREATE TRIGGER allocation_released AFTER DELETE ON allocations
BEGIN
  INSERT INTO events (kind, resource_number, allocation_id, from_datetime, to_datetime)
  VALUES ('allocation.released', OLD.resource_number, OLD.id, OLD.from_datetime, OLD.to_datetime);
END;

CREATE TRIGGER resource_created AFTER INSERT ON resources
BEGIN
  INSERT INTO events (kind, resource_number) VALUES ('resource.created', NEW.number);
END;

CREATE TRIGGER resource_changed AFTER UPDATE ON resources
BEGIN
  INSERT INTO events (kind, resource_number) VALUES (
    CASE WHEN NEW.decommissioned IS NULL THEN 'resource.changed' ELSE 'resource.decommissioned' END,
    NEW.number);
END;

CREATE TABLE idempotency_keys (
  key TEXT PRIMARY KEY,
  request_hash TEXT NOT NULL,
  answer TEXT NOT NULL,
  created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created);
