-- What a service has made, until it says that it knows of it. What it never knows of is given back.
CREATE TABLE new_reservations (
  allocation_id uuid NOT NULL PRIMARY KEY,
  service text NOT NULL
);

CREATE FUNCTION reservation_made() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO new_reservations (allocation_id, service) VALUES (NEW.id, NEW.created_by);
  RETURN NULL;
END $$;
CREATE TRIGGER reservation_made AFTER INSERT ON allocations
FOR EACH ROW WHEN (starts_with(NEW.created_by, 'service:')) EXECUTE FUNCTION reservation_made();

CREATE OR REPLACE FUNCTION reservation_taken() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM reservation_moves WHERE allocation_id = OLD.id;
  DELETE FROM new_reservations WHERE allocation_id = OLD.id;
  -- A hold that has expired ended by itself.
  INSERT INTO taken_reservations (allocation_id, service) SELECT OLD.id, OLD.created_by
  WHERE OLD.held_until IS NULL OR OLD.held_until > now();
  RETURN NULL;
END $$;
