-- Whose a series is and what it is for, which was that of its first booking.
ALTER TABLE booking_series ADD COLUMN created_by text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE booking_series ADD COLUMN booked_for text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE booking_series ADD COLUMN title text NOT NULL DEFAULT '';
ALTER TABLE booking_series ADD COLUMN note text NOT NULL DEFAULT '';
UPDATE booking_series s SET created_by = f.created_by, booked_for = f.booked_for, title = f.title,
  note = f.note
FROM (SELECT DISTINCT ON (o.series_id) o.series_id, b.created_by, b.booked_for, b.title, b.note
  FROM booking_occurrences o JOIN bookings b ON b.id = o.booking_id
  ORDER BY o.series_id, b.created, b.from_datetime) f
WHERE f.series_id = s.id;
CREATE INDEX booking_series_by_person ON booking_series (booked_for);
CREATE INDEX booking_series_by_creator ON booking_series (created_by);

-- What becomes of it once the inventory has moved its bookings, as JSON; one change at a time.
ALTER TABLE booking_series ADD COLUMN changing text CHECK (changing IS NULL OR changing IS JSON OBJECT);

-- The change of a series that a booking is moved with: all of them, or none.
ALTER TABLE bookings ADD COLUMN moving_with uuid
  CHECK (moving_with IS NULL OR unsettled IS NOT NULL);
CREATE INDEX bookings_moving_with ON bookings (moving_with) WHERE moving_with IS NOT NULL;
