-- What happened to bookings, for who tells of it. Whom a booking is for is said by the booking: here
-- is only who else had to do with it.
CREATE TABLE booking_events (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  "transaction" bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
  kind text NOT NULL,
  booking_id uuid NOT NULL,
  -- As precise as it is told.
  happened timestamptz NOT NULL DEFAULT date_trunc('milliseconds', now()),
  changed_by text COLLATE "C",
  was text,
  was_for text COLLATE "C",
  series_id uuid,
  CONSTRAINT booking_event_was CHECK (was IS NULL OR was IS JSON)
);

CREATE INDEX booking_events_in_order ON booking_events ("transaction", id);
CREATE INDEX booking_events_of_series ON booking_events (series_id, happened)
  WHERE series_id IS NOT NULL;
CREATE INDEX booking_events_by_another ON booking_events (changed_by)
  WHERE changed_by IS NOT NULL;
CREATE INDEX booking_events_handed_over ON booking_events (was_for) WHERE was_for IS NOT NULL;

-- Names the history that positions in "booking_events" are of; the newest counts. A restored backup
-- begins another one.
CREATE TABLE event_epochs (
  number integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  epoch text NOT NULL DEFAULT left(replace(gen_random_uuid()::text, '-', ''), 16)
);
INSERT INTO event_epochs DEFAULT VALUES;

-- What is to be said once inventory agreed: it may turn out that the time was gone.
CREATE TABLE booking_tentative (
  booking_id uuid NOT NULL PRIMARY KEY REFERENCES bookings (id) ON DELETE CASCADE,
  kind text NOT NULL
);

-- A booking that is being made is nobody's yet.
CREATE FUNCTION booking_made() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO booking_events (kind, booking_id, changed_by, series_id)
  VALUES ('booking.' || NEW.state, NEW.id, nullif(NEW.changed_by, NEW.booked_for), NEW.series_id);
  RETURN NULL;
END $$;
CREATE TRIGGER booking_made AFTER UPDATE OF begun_until ON bookings
FOR EACH ROW WHEN (OLD.begun_until IS NOT NULL AND NEW.begun_until IS NULL)
EXECUTE FUNCTION booking_made();
CREATE TRIGGER booking_made_by_hand AFTER INSERT ON bookings
FOR EACH ROW WHEN (NEW.begun_until IS NULL) EXECUTE FUNCTION booking_made();

CREATE FUNCTION booking_ended() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  what text := CASE WHEN NEW.state = 'confirmed' AND OLD.state = 'requested'
    THEN 'booking.approved' ELSE 'booking.' || NEW.state END;
BEGIN
  DELETE FROM booking_tentative WHERE booking_id = NEW.id;
  IF NEW.unsettled IS NOT NULL AND NEW.state IN ('confirmed', 'checked_out') THEN
    INSERT INTO booking_tentative (booking_id, kind) VALUES (NEW.id, what);
  ELSE
    INSERT INTO booking_events (kind, booking_id, changed_by, series_id)
    VALUES (what, NEW.id, nullif(NEW.changed_by, NEW.booked_for), NEW.series_id);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER booking_ended AFTER UPDATE OF state ON bookings
FOR EACH ROW WHEN (NEW.state <> OLD.state AND OLD.begun_until IS NULL AND NEW.begun_until IS NULL)
EXECUTE FUNCTION booking_ended();

-- Another resource: its own place goes while the next one is there.
CREATE FUNCTION booking_swapped() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO booking_tentative (booking_id, kind)
  SELECT booking_id, 'booking.changed' FROM booking_items
  WHERE booking_id = OLD.booking_id AND is_next = 1 AND position = OLD.position
    AND resource_id <> OLD.resource_id
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER booking_swapped AFTER DELETE ON booking_items
FOR EACH ROW WHEN (OLD.is_next = 0) EXECUTE FUNCTION booking_swapped();

-- Settled, or changed in what is said of it. A removed account takes its name out of rows; that is
-- no change of a booking.
CREATE FUNCTION booking_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO booking_events (kind, booking_id, changed_by, was, was_for, series_id)
  SELECT coalesce(tentative.kind, 'booking.changed'), NEW.id,
    nullif(NEW.changed_by, NEW.booked_for),
    CASE WHEN tentative.kind IS NULL OR tentative.kind = 'booking.changed' THEN json_build_object(
      'title', OLD.title, 'from', (extract(epoch FROM OLD.from_datetime) * 1000)::bigint,
      'to', (extract(epoch FROM OLD.to_datetime) * 1000)::bigint)::text END,
    nullif(OLD.booked_for, NEW.booked_for), NEW.series_id
  FROM (SELECT 1) AS one LEFT JOIN booking_tentative tentative ON tentative.booking_id = NEW.id
  WHERE tentative.kind IS NOT NULL OR NEW.title <> OLD.title OR NEW.note <> OLD.note
    OR NEW.booked_for <> OLD.booked_for OR NEW.from_datetime <> OLD.from_datetime
    OR NEW.to_datetime <> OLD.to_datetime;
  DELETE FROM booking_tentative WHERE booking_id = NEW.id;
  RETURN NULL;
END $$;
CREATE TRIGGER booking_changed
AFTER UPDATE OF title, note, booked_for, from_datetime, to_datetime, unsettled ON bookings
FOR EACH ROW WHEN (OLD.begun_until IS NULL AND NEW.begun_until IS NULL AND NEW.state = OLD.state
  AND NOT (NEW.booked_for = 'removed' AND OLD.booked_for <> 'removed')
  AND (OLD.unsettled IS NOT NULL AND NEW.unsettled IS NULL
    OR NEW.title <> OLD.title OR NEW.note <> OLD.note OR NEW.booked_for <> OLD.booked_for
    OR NEW.from_datetime <> OLD.from_datetime OR NEW.to_datetime <> OLD.to_datetime))
EXECUTE FUNCTION booking_changed();
