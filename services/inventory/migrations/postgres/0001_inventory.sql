CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE TABLE resources (
  number integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id uuid NOT NULL UNIQUE,
  resource_type text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  properties text NOT NULL,
  created timestamptz NOT NULL,
  version integer NOT NULL DEFAULT 1,
  decommissioned timestamptz
);

CREATE UNIQUE INDEX resource_name_in_type ON resources (resource_type, name) WHERE decommissioned IS NULL;

-- The key leads with the resource, so the table can be distributed by it with all its constraints.
CREATE TABLE allocations (
  id uuid NOT NULL,
  resource_number integer NOT NULL REFERENCES resources (number),
  from_datetime timestamptz NOT NULL,
  to_datetime timestamptz NOT NULL,
  allocation_type text NOT NULL,
  description text NOT NULL,
  dump text NOT NULL,
  created timestamptz NOT NULL,
  created_by text NOT NULL,
  version integer NOT NULL DEFAULT 1,
  PRIMARY KEY (resource_number, id),
  -- An empty range overlaps nothing, so it would slip through the exclusion.
  CONSTRAINT allocation_span CHECK (from_datetime < to_datetime),
  CONSTRAINT allocation_overlap EXCLUDE USING gist (
    resource_number WITH =, tstzrange(from_datetime, to_datetime) WITH &&)
);

CREATE INDEX allocations_by_start ON allocations (resource_number, from_datetime);

-- A resource is taken out of service by an allocation without end: the rule against overlaps then
-- refuses it while anything is booked, and refuses every later booking.
CREATE FUNCTION resource_decommission() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE resources SET decommissioned = NEW.from_datetime, version = version + 1
  WHERE number = NEW.resource_number;
  RETURN NULL;
END $$;
CREATE TRIGGER resource_decommission AFTER INSERT ON allocations
FOR EACH ROW WHEN (NEW.allocation_type = 'decommissioned') EXECUTE FUNCTION resource_decommission();

-- "transaction" tells readers which rows may still get predecessors: ids are taken before commits.
CREATE TABLE events (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  "transaction" bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
  kind text NOT NULL,
  resource_number integer NOT NULL,
  allocation_id uuid,
  from_datetime timestamptz,
  to_datetime timestamptz,
  happened timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX events_in_order ON events ("transaction", id);

CREATE FUNCTION allocation_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO events (kind, resource_number, allocation_id, from_datetime, to_datetime)
  SELECT TG_ARGV[0], resource_number, id, from_datetime, to_datetime
  FROM touched WHERE TG_OP <> 'INSERT' OR allocation_type <> 'decommissioned';
  RETURN NULL;
END $$;
CREATE TRIGGER allocation_created AFTER INSERT ON allocations REFERENCING NEW TABLE AS touched
FOR EACH STATEMENT EXECUTE FUNCTION allocation_event('allocation.created');
CREATE TRIGGER allocation_moved AFTER UPDATE ON allocations REFERENCING NEW TABLE AS touched
FOR EACH STATEMENT EXECUTE FUNCTION allocation_event('allocation.moved');
CREATE TRIGGER allocation_released AFTER DELETE ON allocations REFERENCING OLD TABLE AS touched
FOR EACH STATEMENT EXECUTE FUNCTION allocation_event('allocation.released');

CREATE FUNCTION resource_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO events (kind, resource_number) VALUES (
    CASE WHEN TG_OP = 'INSERT' THEN 'resource.created'
         WHEN NEW.decommissioned IS NULL THEN 'resource.changed'
         ELSE 'resource.decommissioned' END,
    NEW.number);
  RETURN NULL;
END $$;
CREATE TRIGGER resource_event AFTER INSERT OR UPDATE ON resources
FOR EACH ROW EXECUTE FUNCTION resource_event();

CREATE TABLE idempotency_keys (
  key text PRIMARY KEY,
  request_hash text NOT NULL,
  answer text NOT NULL,
  created timestamptz NOT NULL
);

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created);
