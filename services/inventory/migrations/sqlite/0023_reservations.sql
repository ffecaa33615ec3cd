-- The last move of what a service has booked that was decided: a copy of an older one does nothing.
CREATE TABLE reservation_moves (
  allocation_id BLOB NOT NULL PRIMARY KEY,
  fence INTEGER NOT NULL,
  is_moved INTEGER NOT NULL CHECK (is_moved IN (0, 1))
) STRICT, WITHOUT ROWID;

-- What others deleted, by hand too, until the service has released it as well.
CREATE TABLE taken_reservations (
  allocation_id BLOB NOT NULL PRIMARY KEY,
  service TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER reservation_taken AFTER DELETE ON allocations WHEN OLD.created_by GLOB 'service:*'
BEGIN
  DELETE FROM reservation_moves WHERE allocation_id = OLD.id;
  -- A hold that has expired ended by itself.
  INSERT INTO taken_reservations (allocation_id, service) SELECT OLD.id, OLD.created_by
  WHERE OLD.held_until IS NULL OR OLD.held_until > CAST(unixepoch('subsec') * 1000 AS INTEGER);
END;

-- A service keeps its rules by the name of the type.
CREATE TRIGGER resource_type_managed BEFORE UPDATE OF name ON resource_types
WHEN OLD.managed_by IS NOT NULL AND NEW.name <> OLD.name
BEGIN
  SELECT RAISE(ABORT, 'resource_type_managed');
END;
CREATE TRIGGER resource_type_managed_kept BEFORE DELETE ON resource_types
WHEN OLD.managed_by IS NOT NULL
BEGIN
  SELECT RAISE(ABORT, 'resource_type_managed');
END;
