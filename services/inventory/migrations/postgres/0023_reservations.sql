-- The last move of what a service has booked that was decided: a copy of an older one does nothing.
CREATE TABLE reservation_moves (
  allocation_id uuid NOT NULL PRIMARY KEY,
  fence integer NOT NULL,
  is_moved integer NOT NULL CHECK (is_moved IN (0, 1))
);

-- What others deleted, by hand too, until the service has released it as well.
CREATE TABLE taken_reservations (
  allocation_id uuid NOT NULL PRIMARY KEY,
  service text NOT NULL
);

CREATE FUNCTION reservation_taken() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM reservation_moves WHERE allocation_id = OLD.id;
  -- A hold that has expired ended by itself.
  INSERT INTO taken_reservations (allocation_id, service) SELECT OLD.id, OLD.created_by
  WHERE OLD.held_until IS NULL OR OLD.held_until > now();
  RETURN NULL;
END $$;
CREATE TRIGGER reservation_taken AFTER DELETE ON allocations
FOR EACH ROW WHEN (starts_with(OLD.created_by, 'service:')) EXECUTE FUNCTION reservation_taken();

-- A service keeps its rules by the name of the type.
CREATE FUNCTION resource_type_managed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'resource_type_managed' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER resource_type_managed BEFORE UPDATE OF name ON resource_types
FOR EACH ROW WHEN (OLD.managed_by IS NOT NULL AND NEW.name <> OLD.name)
EXECUTE FUNCTION resource_type_managed();
CREATE TRIGGER resource_type_managed_kept BEFORE DELETE ON resource_types
FOR EACH ROW WHEN (OLD.managed_by IS NOT NULL) EXECUTE FUNCTION resource_type_managed();
