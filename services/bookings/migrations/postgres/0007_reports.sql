-- One narrow row for each item that counts, so that a report adds up a million of them in an index.
CREATE TABLE booked_times (
  booking_id uuid NOT NULL,
  position integer NOT NULL,
  resource_id uuid NOT NULL,
  booked_for text COLLATE "C" NOT NULL,
  state text COLLATE "C" NOT NULL,
  from_ms bigint NOT NULL,
  to_ms bigint NOT NULL,
  lapses_ms bigint
);

CREATE VIEW booked_times_now AS
  SELECT i.booking_id, i.position, i.resource_id, b.booked_for, b.state,
    (extract(epoch FROM i.from_datetime) * 1000)::bigint AS from_ms,
    (extract(epoch FROM i.to_datetime) * 1000)::bigint AS to_ms,
    (extract(epoch FROM CASE b.state
      WHEN 'requested' THEN b.decide_by WHEN 'confirmed' THEN b.check_in_by END) * 1000)::bigint
      AS lapses_ms
  FROM booking_items i JOIN bookings b ON b.id = i.booking_id
  WHERE i.is_next = 0 AND b.begun_until IS NULL
    AND b.state NOT IN ('rejected', 'cancelled', 'expired');

INSERT INTO booked_times SELECT * FROM booked_times_now;

CREATE UNIQUE INDEX booked_time_item ON booked_times (booking_id, position);
CREATE INDEX booked_times_by_resource
  ON booked_times (resource_id, state, from_ms, to_ms, lapses_ms);
CREATE INDEX booked_times_by_person
  ON booked_times (booked_for, state, from_ms, to_ms, lapses_ms, resource_id);

CREATE FUNCTION keep_times_of_booking() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM booked_times WHERE booking_id = NEW.id;
  INSERT INTO booked_times SELECT * FROM booked_times_now WHERE booking_id = NEW.id;
  RETURN NULL;
END $$;
CREATE TRIGGER booked_times_of_booking
AFTER UPDATE OF state, booked_for, decide_by, check_in_by, begun_until ON bookings
FOR EACH ROW WHEN (NEW.state <> OLD.state OR NEW.booked_for <> OLD.booked_for
  OR NEW.decide_by IS DISTINCT FROM OLD.decide_by
  OR NEW.check_in_by IS DISTINCT FROM OLD.check_in_by
  OR NEW.begun_until IS DISTINCT FROM OLD.begun_until)
EXECUTE FUNCTION keep_times_of_booking();

CREATE FUNCTION keep_time_of_item() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' AND OLD.is_next = 0 THEN
    DELETE FROM booked_times WHERE booking_id = OLD.booking_id AND position = OLD.position;
  END IF;
  IF TG_OP <> 'DELETE' AND NEW.is_next = 0 THEN
    INSERT INTO booked_times SELECT * FROM booked_times_now
      WHERE booking_id = NEW.booking_id AND position = NEW.position;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER booked_time_of_item
AFTER INSERT OR DELETE OR UPDATE OF booking_id, position, is_next, resource_id, from_datetime,
  to_datetime ON booking_items
FOR EACH ROW EXECUTE FUNCTION keep_time_of_item();

-- What was asked for in vain, added up: its rows are few, however often somebody asks.
CREATE TABLE refused_demand (
  key text COLLATE "C" PRIMARY KEY,
  day timestamptz NOT NULL,
  subject text COLLATE "C" NOT NULL,
  rule text COLLATE "C" NOT NULL,
  requests integer NOT NULL,
  asked_ms bigint NOT NULL
);

CREATE INDEX refused_demand_by_day ON refused_demand (day);
CREATE INDEX refused_demand_by_subject ON refused_demand (subject, day);
