-- What happened to bookings, for who tells of it. Whom a booking is for is said by the booking: here
-- is only who else had to do with it.
CREATE TABLE booking_events (
  id INTEGER PRIMARY KEY,
  "transaction" INTEGER NOT NULL DEFAULT 0,
  kind TEXT NOT NULL,
  booking_id BLOB NOT NULL,
  happened INTEGER NOT NULL DEFAULT (CAST(unixepoch('subsec') * 1000 AS INTEGER)),
  changed_by TEXT,
  was TEXT,
  was_for TEXT,
  series_id BLOB,
  CONSTRAINT booking_event_was CHECK (was IS NULL OR json_valid(was))
) STRICT;

CREATE INDEX booking_events_of_series ON booking_events (series_id, happened)
  WHERE series_id IS NOT NULL;
CREATE INDEX booking_events_by_another ON booking_events (changed_by)
  WHERE changed_by IS NOT NULL;
CREATE INDEX booking_events_handed_over ON booking_events (was_for) WHERE was_for IS NOT NULL;

-- Names the history that positions in "booking_events" are of; the newest counts. A restored backup
-- begins another one.
CREATE TABLE event_epochs (
  number INTEGER PRIMARY KEY,
  epoch TEXT NOT NULL DEFAULT (lower(hex(randomblob(8))))
) STRICT;
INSERT INTO event_epochs DEFAULT VALUES;

-- What is to be said once inventory agreed: it may turn out that the time was gone.
CREATE TABLE booking_tentative (
  booking_id BLOB NOT NULL PRIMARY KEY REFERENCES bookings (id) ON DELETE CASCADE,
  kind TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- A booking that is being made is nobody's yet.
CREATE TRIGGER booking_made AFTER UPDATE OF begun_until ON bookings
WHEN OLD.begun_until IS NOT NULL AND NEW.begun_until IS NULL
BEGIN
  INSERT INTO booking_events (kind, booking_id, changed_by, series_id)
  VALUES ('booking.' || NEW.state, NEW.id, nullif(NEW.changed_by, NEW.booked_for), NEW.series_id);
END;

CREATE TRIGGER booking_made_by_hand AFTER INSERT ON bookings WHEN NEW.begun_until IS NULL
BEGIN
  INSERT INTO booking_events (kind, booking_id, changed_by, series_id)
  VALUES ('booking.' || NEW.state, NEW.id, nullif(NEW.changed_by, NEW.booked_for), NEW.series_id);
END;

CREATE TRIGGER booking_ended AFTER UPDATE OF state ON bookings
WHEN NEW.state <> OLD.state AND OLD.begun_until IS NULL AND NEW.begun_until IS NULL
  AND (NEW.unsettled IS NULL OR NEW.state NOT IN ('confirmed', 'checked_out'))
BEGIN
  DELETE FROM booking_tentative WHERE booking_id = NEW.id;
  INSERT INTO booking_events (kind, booking_id, changed_by, series_id)
  VALUES (
    CASE WHEN NEW.state = 'confirmed' AND OLD.state = 'requested' THEN 'booking.approved'
      ELSE 'booking.' || NEW.state END,
    NEW.id, nullif(NEW.changed_by, NEW.booked_for), NEW.series_id);
END;

CREATE TRIGGER booking_ended_tentatively AFTER UPDATE OF state ON bookings
WHEN NEW.state <> OLD.state AND OLD.begun_until IS NULL AND NEW.begun_until IS NULL
  AND NEW.unsettled IS NOT NULL AND NEW.state IN ('confirmed', 'checked_out')
BEGIN
  INSERT OR REPLACE INTO booking_tentative (booking_id, kind)
  VALUES (NEW.id,
    CASE WHEN NEW.state = 'confirmed' AND OLD.state = 'requested' THEN 'booking.approved'
      ELSE 'booking.' || NEW.state END);
END;

-- Another resource: its own place goes while the next one is there.
CREATE TRIGGER booking_swapped AFTER DELETE ON booking_items WHEN OLD.is_next = 0
BEGIN
  INSERT OR IGNORE INTO booking_tentative (booking_id, kind)
  SELECT booking_id, 'booking.changed' FROM booking_items
  WHERE booking_id = OLD.booking_id AND is_next = 1 AND position = OLD.position
    AND resource_id <> OLD.resource_id;
END;

-- Settled, or changed in what is said of it. A removed account takes its name out of rows; that is
-- no change of a booking.
CREATE TRIGGER booking_changed
AFTER UPDATE OF title, note, booked_for, from_datetime, to_datetime, unsettled ON bookings
WHEN OLD.begun_until IS NULL AND NEW.begun_until IS NULL AND NEW.state = OLD.state
  AND NOT (NEW.booked_for = 'removed' AND OLD.booked_for <> 'removed')
  AND (OLD.unsettled IS NOT NULL AND NEW.unsettled IS NULL
    OR NEW.title <> OLD.title OR NEW.note <> OLD.note OR NEW.booked_for <> OLD.booked_for
    OR NEW.from_datetime <> OLD.from_datetime OR NEW.to_datetime <> OLD.to_datetime)
BEGIN
  INSERT INTO booking_events (kind, booking_id, changed_by, was, was_for, series_id)
  SELECT coalesce(tentative.kind, 'booking.changed'), NEW.id,
    nullif(NEW.changed_by, NEW.booked_for),
    CASE WHEN tentative.kind IS NULL OR tentative.kind = 'booking.changed' THEN json_object(
      'title', OLD.title, 'from', OLD.from_datetime, 'to', OLD.to_datetime) END,
    nullif(OLD.booked_for, NEW.booked_for), NEW.series_id
  FROM (SELECT 1) LEFT JOIN booking_tentative tentative ON tentative.booking_id = NEW.id
  WHERE tentative.kind IS NOT NULL OR NEW.title <> OLD.title OR NEW.note <> OLD.note
    OR NEW.booked_for <> OLD.booked_for OR NEW.from_datetime <> OLD.from_datetime
    OR NEW.to_datetime <> OLD.to_datetime;
  DELETE FROM booking_tentative WHERE booking_id = NEW.id;
END;
