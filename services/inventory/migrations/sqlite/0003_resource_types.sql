-- The types that are declared in the code come first; administrators add theirs while it runs.
CREATE TABLE resource_types (
  number INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE,
  name TEXT NOT NULL UNIQUE,
  plural TEXT NOT NULL,
  segment TEXT NOT NULL UNIQUE,
  slot_seconds INTEGER,
  slot_origin INTEGER,
  property_schema TEXT NOT NULL,
  declared INTEGER NOT NULL DEFAULT 0,
  created INTEGER NOT NULL,
  version INTEGER NOT NULL DEFAULT 1,
  -- All of them are in one answer: one that makes no sense would be in everybody's way.
  CONSTRAINT resource_type_words CHECK (
    length(name) BETWEEN 1 AND 50 AND length(plural) BETWEEN 1 AND 60
    AND length(segment) <= 50 AND segment GLOB '[a-z]*' AND segment NOT GLOB '*[^a-z0-9-]*'),
  CONSTRAINT resource_type_grid CHECK (
    (slot_seconds IS NULL) = (slot_origin IS NULL) AND slot_seconds BETWEEN 60 AND 2678400
    AND slot_seconds % 60 = 0 AND abs(slot_origin) < 9007199254740991),
  CONSTRAINT resource_type_created CHECK (abs(created) < 9007199254740991),
  CONSTRAINT resource_type_properties CHECK (
    json_valid(property_schema) AND json_extract(property_schema, '$.type') IS 'object'
    AND json_type(property_schema, '$.properties') IS 'object'
    AND json_type(property_schema, '$.required') IS 'array'
    AND coalesce(json_type(property_schema, '$.additionalProperties') IN ('true', 'false'), FALSE))
) STRICT;

INSERT INTO resource_types (id, name, plural, segment, slot_seconds, slot_origin, property_schema, declared, created)
SELECT unhex(id, '-'), name, plural, segment, seconds, iif(seconds IS NULL, NULL, 946684800000),
  '{"type":"object","properties":{},"required":[],"additionalProperties":true}', declared, 0
FROM (
  SELECT '01900000-0000-7000-8000-000000000001' AS id, 'Car' AS name, 'Cars' AS plural, 'cars' AS segment, NULL AS seconds, 1 AS declared
  UNION ALL SELECT '01900000-0000-7000-8000-000000000002', 'Lorry', 'Lorries', 'lorries', NULL, 1
  UNION ALL SELECT '01900000-0000-7000-8000-000000000003', 'Truck', 'Trucks', 'trucks', NULL, 1
  UNION ALL SELECT '01900000-0000-7000-8000-000000000004', 'Runway', 'Runways', 'runways', 900, 1
  UNION ALL SELECT '01900000-0000-7000-8000-000000000005', 'Launchpad', 'Launchpads', 'launchpads', 21600, 1);

-- Whoever declared more of them in the code.
INSERT INTO resource_types (id, name, plural, segment, property_schema, created)
SELECT randomblob(16), resource_type, resource_type, 'type-' || lower(hex(randomblob(8))),
  '{"type":"object","properties":{},"required":[],"additionalProperties":true}', 0
FROM (SELECT DISTINCT resource_type FROM resources)
WHERE resource_type NOT IN (SELECT name FROM resource_types);

ALTER TABLE resources ADD COLUMN note TEXT NOT NULL DEFAULT '';
ALTER TABLE resources ADD COLUMN photo TEXT;
ALTER TABLE resources ADD COLUMN time_zone TEXT;
ALTER TABLE resources ADD COLUMN search_name TEXT;

CREATE INDEX resources_retired ON resources (resource_type, name) WHERE decommissioned IS NOT NULL;

-- These four stand for a foreign key, which SQLite cannot add to a column that is there.
CREATE TRIGGER resource_of_type BEFORE INSERT ON resources
WHEN NOT EXISTS (SELECT 1 FROM resource_types WHERE name = NEW.resource_type)
BEGIN
  SELECT RAISE(ABORT, 'resource_of_type');
END;

-- A resource keeps its type, whose grid its bookings are on; only a type takes them to a new name.
CREATE TRIGGER resource_keeps_type BEFORE UPDATE OF resource_type ON resources
WHEN NEW.resource_type <> OLD.resource_type AND (
  EXISTS (SELECT 1 FROM resource_types WHERE name = OLD.resource_type)
  OR NOT EXISTS (SELECT 1 FROM resource_types WHERE name = NEW.resource_type))
BEGIN
  SELECT RAISE(ABORT, 'resource_keeps_type');
END;

CREATE TRIGGER resource_type_renamed AFTER UPDATE OF name ON resource_types WHEN NEW.name <> OLD.name
BEGIN
  UPDATE resources SET resource_type = NEW.name WHERE resource_type = OLD.name;
END;

CREATE TRIGGER resource_type_in_use BEFORE DELETE ON resource_types
WHEN EXISTS (SELECT 1 FROM resources WHERE resource_type = OLD.name)
BEGIN
  SELECT RAISE(ABORT, 'resource_type_in_use');
END;

CREATE TRIGGER resource_type_declared_kept BEFORE DELETE ON resource_types WHEN OLD.declared = 1
BEGIN
  SELECT RAISE(ABORT, 'resource_type_declared');
END;

CREATE TRIGGER resource_type_declared BEFORE UPDATE OF name, segment, declared ON resource_types
WHEN OLD.declared = 1 AND (NEW.name <> OLD.name OR NEW.segment <> OLD.segment OR NEW.declared <> 1)
BEGIN
  SELECT RAISE(ABORT, 'resource_type_declared');
END;

-- What is booked of a type with a grid begins and ends on it, or has no end. The end of a resource
-- is at any time.
CREATE TRIGGER allocation_grid_on_insert BEFORE INSERT ON allocations
WHEN NEW.allocation_type <> 'decommissioned' AND EXISTS (
  SELECT 1 FROM resources r JOIN resource_types t ON t.name = r.resource_type
  WHERE r.number = NEW.resource_number AND t.slot_seconds IS NOT NULL AND (
    abs(NEW.from_datetime) < 9007199254740991
      AND (NEW.from_datetime - t.slot_origin) % (t.slot_seconds * 1000) <> 0
    OR abs(NEW.to_datetime) < 9007199254740991
      AND (NEW.to_datetime - t.slot_origin) % (t.slot_seconds * 1000) <> 0))
BEGIN
  SELECT RAISE(IGNORE);
END;

CREATE TRIGGER allocation_grid_on_update
BEFORE UPDATE OF resource_number, from_datetime, to_datetime, allocation_type ON allocations
WHEN NEW.allocation_type <> 'decommissioned' AND OLD.allocation_type <> 'decommissioned' AND EXISTS (
  SELECT 1 FROM resources r JOIN resource_types t ON t.name = r.resource_type
  WHERE r.number = NEW.resource_number AND t.slot_seconds IS NOT NULL AND (
    abs(NEW.from_datetime) < 9007199254740991
      AND (NEW.from_datetime - t.slot_origin) % (t.slot_seconds * 1000) <> 0
    OR abs(NEW.to_datetime) < 9007199254740991
      AND (NEW.to_datetime - t.slot_origin) % (t.slot_seconds * 1000) <> 0))
BEGIN
  SELECT RAISE(ABORT, 'allocation_grid');
END;

CREATE TRIGGER resource_type_grid_in_use BEFORE UPDATE OF slot_seconds, slot_origin ON resource_types
WHEN NEW.slot_seconds IS NOT NULL AND EXISTS (
  SELECT 1 FROM resources r JOIN allocations a ON a.resource_number = r.number
  WHERE r.resource_type = OLD.name AND a.allocation_type <> 'decommissioned' AND (
    abs(a.from_datetime) < 9007199254740991
      AND (a.from_datetime - NEW.slot_origin) % (NEW.slot_seconds * 1000) <> 0
    OR abs(a.to_datetime) < 9007199254740991
      AND (a.to_datetime - NEW.slot_origin) % (NEW.slot_seconds * 1000) <> 0))
BEGIN
  SELECT RAISE(ABORT, 'resource_type_grid');
END;

-- A resource is back in service when the allocation that took it out has ended or is gone.
CREATE TRIGGER resource_return_on_update AFTER UPDATE ON allocations
WHEN OLD.allocation_type = 'decommissioned'
BEGIN
  UPDATE resources SET decommissioned = NULL, version = version + 1
  WHERE number = OLD.resource_number AND decommissioned IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM allocations WHERE resource_number = OLD.resource_number
      AND allocation_type = 'decommissioned' AND to_datetime = 9007199254740991);
END;

CREATE TRIGGER resource_return_on_delete AFTER DELETE ON allocations
WHEN OLD.allocation_type = 'decommissioned'
BEGIN
  UPDATE resources SET decommissioned = NULL, version = version + 1
  WHERE number = OLD.resource_number AND decommissioned IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM allocations WHERE resource_number = OLD.resource_number
      AND allocation_type = 'decommissioned' AND to_datetime = 9007199254740991);
END;

DROP TRIGGER resource_changed;
CREATE TRIGGER resource_changed AFTER UPDATE ON resources
BEGIN
  INSERT INTO events (kind, resource_number) VALUES (
    CASE WHEN NEW.decommissioned IS NOT NULL THEN 'resource.decommissioned'
         WHEN OLD.decommissioned IS NOT NULL THEN 'resource.returned'
         ELSE 'resource.changed' END,
    NEW.number);
END;
