-- Whoever has the address of a calendar sees what its owner sees.
CREATE TABLE calendars (
  id BLOB NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL,
  slot INTEGER NOT NULL,
  address_hash TEXT NOT NULL,
  name TEXT NOT NULL,
  resource_id BLOB,
  resource_type TEXT,
  created INTEGER NOT NULL,
  last_read INTEGER,
  CONSTRAINT calendar_of CHECK (resource_id IS NULL OR resource_type IS NULL),
  CONSTRAINT calendars_per_user CHECK (slot BETWEEN 1 AND 20)
) STRICT;

CREATE UNIQUE INDEX calendar_address ON calendars (address_hash);
CREATE UNIQUE INDEX calendar_slot ON calendars (user_id, slot);

-- What a calendar says of the changes of a booking: none as long as there is no row.
CREATE TABLE booking_revisions (
  booking_id BLOB NOT NULL PRIMARY KEY REFERENCES bookings (id) ON DELETE CASCADE,
  sequence INTEGER NOT NULL,
  revised INTEGER NOT NULL
) STRICT;

CREATE TRIGGER booking_revised
AFTER UPDATE OF state, title, note, booked_for, from_datetime, to_datetime ON bookings
WHEN NEW.state <> OLD.state OR NEW.title <> OLD.title OR NEW.note <> OLD.note
  OR NEW.booked_for <> OLD.booked_for OR NEW.from_datetime <> OLD.from_datetime
  OR NEW.to_datetime <> OLD.to_datetime
BEGIN
  INSERT INTO booking_revisions (booking_id, sequence, revised)
  VALUES (NEW.id, 1, CAST(unixepoch('subsec') * 1000 AS INTEGER))
  ON CONFLICT (booking_id) DO UPDATE SET sequence = sequence + 1, revised = excluded.revised;
END;

-- Another resource.
CREATE TRIGGER booking_item_revised
AFTER UPDATE OF is_next, resource_id ON booking_items
WHEN NEW.is_next <> OLD.is_next OR NEW.resource_id <> OLD.resource_id
BEGIN
  INSERT INTO booking_revisions (booking_id, sequence, revised)
  VALUES (NEW.booking_id, 1, CAST(unixepoch('subsec') * 1000 AS INTEGER))
  ON CONFLICT (booking_id) DO UPDATE SET sequence = sequence + 1, revised = excluded.revised;
END;
