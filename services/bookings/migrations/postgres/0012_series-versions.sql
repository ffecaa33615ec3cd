-- Of what a series says itself: the versions of its bookings are added to it.
ALTER TABLE booking_series ADD COLUMN version integer NOT NULL DEFAULT 1;

-- The change or decision of a series that an event is part of: people are told of it once.
ALTER TABLE booking_events ADD COLUMN done_with uuid;

CREATE OR REPLACE FUNCTION booking_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO booking_events (kind, booking_id, changed_by, was, was_for, series_id, done_with)
  SELECT coalesce(tentative.kind, 'booking.changed'), NEW.id,
    nullif(NEW.changed_by, NEW.booked_for),
    CASE WHEN tentative.kind IS NULL OR tentative.kind = 'booking.changed' THEN json_build_object(
      'title', OLD.title, 'from', (extract(epoch FROM OLD.from_datetime) * 1000)::bigint,
      'to', (extract(epoch FROM OLD.to_datetime) * 1000)::bigint)::text END,
    nullif(OLD.booked_for, NEW.booked_for), NEW.series_id, OLD.moving_with
  FROM (SELECT 1) AS one LEFT JOIN booking_tentative tentative ON tentative.booking_id = NEW.id
  WHERE tentative.kind IS NOT NULL OR NEW.title <> OLD.title OR NEW.note <> OLD.note
    OR NEW.booked_for <> OLD.booked_for OR NEW.from_datetime <> OLD.from_datetime
    OR NEW.to_datetime <> OLD.to_datetime;
  DELETE FROM booking_tentative WHERE booking_id = NEW.id;
  RETURN NULL;
END $$;
