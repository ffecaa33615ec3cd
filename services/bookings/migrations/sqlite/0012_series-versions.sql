-- Of what a series says itself: the versions of its bookings are added to it.
ALTER TABLE booking_series ADD COLUMN version INTEGER NOT NULL DEFAULT 1;

-- The change or decision of a series that an event is part of: people are told of it once.
ALTER TABLE booking_events ADD COLUMN done_with BLOB;

DROP TRIGGER booking_changed;
CREATE TRIGGER booking_changed
AFTER UPDATE OF title, note, booked_for, from_datetime, to_datetime, unsettled ON bookings
WHEN OLD.begun_until IS NULL AND NEW.begun_until IS NULL AND NEW.state = OLD.state
  AND NOT (NEW.booked_for = 'removed' AND OLD.booked_for <> 'removed')
  AND (OLD.unsettled IS NOT NULL AND NEW.unsettled IS NULL
    OR NEW.title <> OLD.title OR NEW.note <> OLD.note OR NEW.booked_for <> OLD.booked_for
    OR NEW.from_datetime <> OLD.from_datetime OR NEW.to_datetime <> OLD.to_datetime)
BEGIN
  INSERT INTO booking_events (kind, booking_id, changed_by, was, was_for, series_id, done_with)
  SELECT coalesce(tentative.kind, 'booking.changed'), NEW.id,
    nullif(NEW.changed_by, NEW.booked_for),
    CASE WHEN tentative.kind IS NULL OR tentative.kind = 'booking.changed' THEN json_object(
      'title', OLD.title, 'from', OLD.from_datetime, 'to', OLD.to_datetime) END,
    nullif(OLD.booked_for, NEW.booked_for), NEW.series_id, OLD.moving_with
  FROM (SELECT 1) LEFT JOIN booking_tentative tentative ON tentative.booking_id = NEW.id
  WHERE tentative.kind IS NOT NULL OR NEW.title <> OLD.title OR NEW.note <> OLD.note
    OR NEW.booked_for <> OLD.booked_for OR NEW.from_datetime <> OLD.from_datetime
    OR NEW.to_datetime <> OLD.to_datetime;
  DELETE FROM booking_tentative WHERE booking_id = NEW.id;
END;
