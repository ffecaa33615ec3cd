-- Whose a series is and what it is for, which was that of its first booking.
ALTER TABLE booking_series ADD COLUMN created_by TEXT NOT NULL DEFAULT '';
ALTER TABLE booking_series ADD COLUMN booked_for TEXT NOT NULL DEFAULT '';
ALTER TABLE booking_series ADD COLUMN title TEXT NOT NULL DEFAULT '';
ALTER TABLE booking_series ADD COLUMN note TEXT NOT NULL DEFAULT '';
UPDATE booking_series SET (created_by, booked_for, title, note) = (
  SELECT b.created_by, b.booked_for, b.title, b.note
  FROM booking_occurrences o JOIN bookings b ON b.id = o.booking_id
  WHERE o.series_id = booking_series.id ORDER BY b.created, b.from_datetime LIMIT 1)
WHERE EXISTS (SELECT 1 FROM booking_occurrences o JOIN bookings b ON b.id = o.booking_id
  WHERE o.series_id = booking_series.id);
CREATE INDEX booking_series_by_person ON booking_series (booked_for);
CREATE INDEX booking_series_by_creator ON booking_series (created_by);

-- What becomes of it once the inventory has moved its bookings, as JSON; one change at a time.
ALTER TABLE booking_series ADD COLUMN changing TEXT CHECK (changing IS NULL OR json_valid(changing));

-- The change of a series that a booking is moved with: all of them, or none.
ALTER TABLE bookings ADD COLUMN moving_with BLOB
  CHECK (moving_with IS NULL OR unsettled IS NOT NULL);
CREATE INDEX bookings_moving_with ON bookings (moving_with) WHERE moving_with IS NOT NULL;
