-- One narrow row for each item that counts, so that a report adds up a million of them in an index.
CREATE TABLE booked_times (
  booking_id BLOB NOT NULL,
  position INTEGER NOT NULL,
  resource_id BLOB NOT NULL,
  booked_for TEXT NOT NULL,
  state TEXT NOT NULL,
  from_ms INTEGER NOT NULL,
  to_ms INTEGER NOT NULL,
  lapses_ms INTEGER
) STRICT;

CREATE VIEW booked_times_now AS
  SELECT i.booking_id, i.position, i.resource_id, b.booked_for, b.state, i.from_datetime AS from_ms,
    i.to_datetime AS to_ms, CASE b.state
      WHEN 'requested' THEN b.decide_by WHEN 'confirmed' THEN b.check_in_by END AS lapses_ms
  FROM booking_items i JOIN bookings b ON b.id = i.booking_id
  WHERE i.is_next = 0 AND b.begun_until IS NULL
    AND b.state NOT IN ('rejected', 'cancelled', 'expired');

INSERT INTO booked_times SELECT * FROM booked_times_now;

CREATE UNIQUE INDEX booked_time_item ON booked_times (booking_id, position);
CREATE INDEX booked_times_by_resource
  ON booked_times (resource_id, state, from_ms, to_ms, lapses_ms);
CREATE INDEX booked_times_by_person
  ON booked_times (booked_for, state, from_ms, to_ms, lapses_ms, resource_id);

CREATE TRIGGER booked_times_of_booking
AFTER UPDATE OF state, booked_for, decide_by, check_in_by, begun_until ON bookings
WHEN NEW.state <> OLD.state OR NEW.booked_for <> OLD.booked_for
  OR NEW.decide_by IS NOT OLD.decide_by OR NEW.check_in_by IS NOT OLD.check_in_by
  OR NEW.begun_until IS NOT OLD.begun_until
BEGIN
  DELETE FROM booked_times WHERE booking_id = NEW.id;
  INSERT INTO booked_times SELECT * FROM booked_times_now WHERE booking_id = NEW.id;
END;

CREATE TRIGGER booked_times_of_gone_booking AFTER DELETE ON bookings
BEGIN
  DELETE FROM booked_times WHERE booking_id = OLD.id;
END;

CREATE TRIGGER booked_time_of_new_item AFTER INSERT ON booking_items
BEGIN
  INSERT INTO booked_times SELECT * FROM booked_times_now
    WHERE booking_id = NEW.booking_id AND position = NEW.position AND NEW.is_next = 0;
END;

CREATE TRIGGER booked_time_of_item
AFTER UPDATE OF booking_id, position, is_next, resource_id, from_datetime, to_datetime ON booking_items
BEGIN
  DELETE FROM booked_times
    WHERE booking_id = OLD.booking_id AND position = OLD.position AND OLD.is_next = 0;
  INSERT INTO booked_times SELECT * FROM booked_times_now
    WHERE booking_id = NEW.booking_id AND position = NEW.position AND NEW.is_next = 0;
END;

CREATE TRIGGER booked_time_of_gone_item AFTER DELETE ON booking_items WHEN OLD.is_next = 0
BEGIN
  DELETE FROM booked_times WHERE booking_id = OLD.booking_id AND position = OLD.position;
END;

-- What was asked for in vain, added up: its rows are few, however often somebody asks.
CREATE TABLE refused_demand (
  key TEXT PRIMARY KEY,
  day INTEGER NOT NULL,
  subject TEXT NOT NULL,
  rule TEXT NOT NULL,
  requests INTEGER NOT NULL,
  asked_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX refused_demand_by_day ON refused_demand (day);
CREATE INDEX refused_demand_by_subject ON refused_demand (subject, day);
