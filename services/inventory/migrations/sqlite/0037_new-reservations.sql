-- What a service has made, until it says that it knows of it. What it never knows of is given back.
CREATE TABLE new_reservations (
  allocation_id BLOB NOT NULL PRIMARY KEY,
  service TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER reservation_made AFTER INSERT ON allocations WHEN NEW.created_by GLOB 'service:*'
BEGIN
  INSERT INTO new_reservations (allocation_id, service) VALUES (NEW.id, NEW.created_by);
END;

DROP TRIGGER reservation_taken;
CREATE TRIGGER reservation_taken AFTER DELETE ON allocations WHEN OLD.created_by GLOB 'service:*'
BEGIN
  DELETE FROM reservation_moves WHERE allocation_id = OLD.id;
  DELETE FROM new_reservations WHERE allocation_id = OLD.id;
  -- A hold that has expired ended by itself.
  INSERT INTO taken_reservations (allocation_id, service) SELECT OLD.id, OLD.created_by
  WHERE OLD.held_until IS NULL OR OLD.held_until > CAST(unixepoch('subsec') * 1000 AS INTEGER);
END;
