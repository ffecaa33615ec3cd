-- Whoever has the address of a calendar sees what its owner sees.
CREATE TABLE calendars (
  id uuid NOT NULL PRIMARY KEY,
  user_id text COLLATE "C" NOT NULL,
  slot integer NOT NULL,
  address_hash text COLLATE "C" NOT NULL,
  name text NOT NULL,
  resource_id uuid,
  resource_type text COLLATE "C",
  created timestamptz NOT NULL,
  last_read timestamptz,
  CONSTRAINT calendar_of CHECK (resource_id IS NULL OR resource_type IS NULL),
  CONSTRAINT calendars_per_user CHECK (slot BETWEEN 1 AND 20)
);

CREATE UNIQUE INDEX calendar_address ON calendars (address_hash);
CREATE UNIQUE INDEX calendar_slot ON calendars (user_id, slot);

-- What a calendar says of the changes of a booking: none as long as there is no row.
CREATE TABLE booking_revisions (
  booking_id uuid NOT NULL PRIMARY KEY REFERENCES bookings (id) ON DELETE CASCADE,
  sequence integer NOT NULL,
  revised timestamptz NOT NULL
);

CREATE FUNCTION revise_booking(booking uuid) RETURNS void LANGUAGE sql AS $$
  INSERT INTO booking_revisions (booking_id, sequence, revised)
  VALUES (booking, 1, clock_timestamp())
  ON CONFLICT (booking_id)
  DO UPDATE SET sequence = booking_revisions.sequence + 1, revised = excluded.revised
$$;

CREATE FUNCTION booking_revised() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM revise_booking(NEW.id);
  RETURN NULL;
END $$;
CREATE TRIGGER booking_revised
AFTER UPDATE OF state, title, note, booked_for, from_datetime, to_datetime ON bookings
FOR EACH ROW WHEN (NEW.state <> OLD.state OR NEW.title <> OLD.title OR NEW.note <> OLD.note
  OR NEW.booked_for <> OLD.booked_for OR NEW.from_datetime <> OLD.from_datetime
  OR NEW.to_datetime <> OLD.to_datetime)
EXECUTE FUNCTION booking_revised();

-- Another resource.
CREATE FUNCTION booking_item_revised() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM revise_booking(NEW.booking_id);
  RETURN NULL;
END $$;
CREATE TRIGGER booking_item_revised
AFTER UPDATE OF is_next, resource_id ON booking_items
FOR EACH ROW WHEN (NEW.is_next <> OLD.is_next OR NEW.resource_id <> OLD.resource_id)
EXECUTE FUNCTION booking_item_revised();
