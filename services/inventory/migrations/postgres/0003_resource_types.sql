-- The types that are declared in the code come first; administrators add theirs while it runs.
CREATE TABLE resource_types (
  number integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id uuid NOT NULL UNIQUE,
  name text COLLATE "C" NOT NULL UNIQUE,
  plural text NOT NULL,
  segment text NOT NULL UNIQUE,
  slot_seconds integer,
  slot_origin timestamptz,
  property_schema text NOT NULL,
  declared integer NOT NULL DEFAULT 0,
  created timestamptz NOT NULL,
  version integer NOT NULL DEFAULT 1,
  -- All of them are in one answer: one that makes no sense would be in everybody's way.
  CONSTRAINT resource_type_words CHECK (
    length(name) BETWEEN 1 AND 50 AND length(plural) BETWEEN 1 AND 60
    AND length(segment) <= 50 AND segment ~ '^[a-z][a-z0-9-]*$'),
  CONSTRAINT resource_type_grid CHECK (
    (slot_seconds IS NULL) = (slot_origin IS NULL) AND slot_seconds BETWEEN 60 AND 2678400
    AND slot_seconds % 60 = 0 AND isfinite(slot_origin)),
  CONSTRAINT resource_type_created CHECK (isfinite(created)),
  CONSTRAINT resource_type_properties CHECK (
    property_schema IS JSON OBJECT
    AND coalesce(property_schema::json ->> 'type', '') = 'object'
    AND coalesce(json_typeof(property_schema::json -> 'properties'), '') = 'object'
    AND coalesce(json_typeof(property_schema::json -> 'required'), '') = 'array'
    AND coalesce(json_typeof(property_schema::json -> 'additionalProperties'), '') = 'boolean')
);

INSERT INTO resource_types (id, name, plural, segment, slot_seconds, slot_origin, property_schema, declared, created)
SELECT id::uuid, name, plural, segment, seconds, CASE WHEN seconds IS NOT NULL THEN to_timestamp(946684800) END,
  '{"type":"object","properties":{},"required":[],"additionalProperties":true}', 1, to_timestamp(0)
FROM (VALUES
  ('01900000-0000-7000-8000-000000000001', 'Car', 'Cars', 'cars', NULL::integer),
  ('01900000-0000-7000-8000-000000000002', 'Lorry', 'Lorries', 'lorries', NULL),
  ('01900000-0000-7000-8000-000000000003', 'Truck', 'Trucks', 'trucks', NULL),
  ('01900000-0000-7000-8000-000000000004', 'Runway', 'Runways', 'runways', 900),
  ('01900000-0000-7000-8000-000000000005', 'Launchpad', 'Launchpads', 'launchpads', 21600)
) AS declared (id, name, plural, segment, seconds);

-- Whoever declared more of them in the code.
INSERT INTO resource_types (id, name, plural, segment, property_schema, created)
SELECT gen_random_uuid(), resource_type, resource_type, 'type-' || left(replace(gen_random_uuid()::text, '-', ''), 16),
  '{"type":"object","properties":{},"required":[],"additionalProperties":true}', to_timestamp(0)
FROM (SELECT DISTINCT resource_type FROM resources) AS found
WHERE resource_type NOT IN (SELECT name FROM resource_types);

ALTER TABLE resources ADD COLUMN note text NOT NULL DEFAULT '';
ALTER TABLE resources ADD COLUMN photo text;
ALTER TABLE resources ADD COLUMN time_zone text;
ALTER TABLE resources ADD COLUMN search_name text;
ALTER TABLE resources ADD CONSTRAINT resource_of_type
  FOREIGN KEY (resource_type) REFERENCES resource_types (name) ON UPDATE CASCADE;

CREATE INDEX resources_retired ON resources (resource_type, name) WHERE decommissioned IS NOT NULL;

-- A resource keeps its type, whose grid its bookings are on; only a type takes them to a new name.
CREATE FUNCTION resource_keeps_type() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM resource_types WHERE name = OLD.resource_type) THEN
    RAISE EXCEPTION 'resource_keeps_type' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER resource_keeps_type BEFORE UPDATE OF resource_type ON resources
FOR EACH ROW WHEN (NEW.resource_type <> OLD.resource_type) EXECUTE FUNCTION resource_keeps_type();

CREATE FUNCTION resource_type_declared() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'resource_type_declared' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER resource_type_declared BEFORE UPDATE OF name, segment, declared ON resource_types
FOR EACH ROW WHEN (OLD.declared = 1
  AND (NEW.name <> OLD.name OR NEW.segment <> OLD.segment OR NEW.declared <> 1))
EXECUTE FUNCTION resource_type_declared();
CREATE TRIGGER resource_type_declared_kept BEFORE DELETE ON resource_types
FOR EACH ROW WHEN (OLD.declared = 1) EXECUTE FUNCTION resource_type_declared();

CREATE FUNCTION off_grid(at timestamptz, slot_seconds integer, slot_origin timestamptz)
RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT isfinite(at) AND mod(extract(epoch FROM at) - extract(epoch FROM slot_origin), slot_seconds) <> 0
$$;

-- What is booked of a type with a grid begins and ends on it, or has no end. The end of a resource
-- is at any time.
CREATE FUNCTION allocation_grid() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- A new row refers to its resource, and so has waited for a change of the grid; a moved one waits here.
  IF TG_OP = 'UPDATE' THEN
    PERFORM FROM resources WHERE number IN (SELECT resource_number FROM touched)
    ORDER BY number FOR KEY SHARE;
  END IF;
  IF EXISTS (
    SELECT FROM touched a
    JOIN resources r ON r.number = a.resource_number
    JOIN resource_types t ON t.name = r.resource_type
    WHERE t.slot_seconds IS NOT NULL AND a.allocation_type <> 'decommissioned' AND (
      off_grid(a.from_datetime, t.slot_seconds, t.slot_origin)
      OR off_grid(a.to_datetime, t.slot_seconds, t.slot_origin))
  ) THEN
    RAISE EXCEPTION 'allocation_grid' USING ERRCODE = 'check_violation', CONSTRAINT = 'allocation_grid';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER allocation_grid_on_insert AFTER INSERT ON allocations REFERENCING NEW TABLE AS touched
FOR EACH STATEMENT EXECUTE FUNCTION allocation_grid();
CREATE TRIGGER allocation_grid_on_update AFTER UPDATE ON allocations REFERENCING NEW TABLE AS touched
FOR EACH STATEMENT EXECUTE FUNCTION allocation_grid();

CREATE FUNCTION resource_type_grid_in_use() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- Waits for resources and bookings under way, which refer to these rows, and holds up those to come.
  PERFORM FROM resource_types WHERE number = OLD.number FOR UPDATE;
  PERFORM FROM resources WHERE resource_type = OLD.name ORDER BY number FOR UPDATE;
  IF EXISTS (
    SELECT FROM resources r JOIN allocations a ON a.resource_number = r.number
    WHERE r.resource_type = OLD.name AND a.allocation_type <> 'decommissioned' AND (
      off_grid(a.from_datetime, NEW.slot_seconds, NEW.slot_origin)
      OR off_grid(a.to_datetime, NEW.slot_seconds, NEW.slot_origin))
  ) THEN
    RAISE EXCEPTION 'resource_type_grid' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER resource_type_grid_in_use BEFORE UPDATE OF slot_seconds, slot_origin ON resource_types
FOR EACH ROW WHEN (NEW.slot_seconds IS NOT NULL) EXECUTE FUNCTION resource_type_grid_in_use();

-- A resource is back in service when the allocation that took it out has ended or is gone.
CREATE FUNCTION resource_return() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE resources SET decommissioned = NULL, version = version + 1
  WHERE number = OLD.resource_number AND decommissioned IS NOT NULL AND NOT EXISTS (
    SELECT FROM allocations WHERE resource_number = OLD.resource_number
      AND allocation_type = 'decommissioned' AND to_datetime = 'infinity');
  RETURN NULL;
END $$;
CREATE TRIGGER resource_return AFTER UPDATE OR DELETE ON allocations
FOR EACH ROW WHEN (OLD.allocation_type = 'decommissioned') EXECUTE FUNCTION resource_return();

CREATE OR REPLACE FUNCTION resource_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO events (kind, resource_number) VALUES (
    CASE WHEN TG_OP = 'INSERT' THEN 'resource.created'
         WHEN NEW.decommissioned IS NOT NULL THEN 'resource.decommissioned'
         WHEN OLD.decommissioned IS NOT NULL THEN 'resource.returned'
         ELSE 'resource.changed' END,
    NEW.number);
  RETURN NULL;
END $$;
