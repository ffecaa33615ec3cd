-- Words and deadline that a booking gets once it is moved, as JSON: a refused move leaves none.
ALTER TABLE bookings ADD COLUMN moving TEXT
  CHECK (moving IS NULL OR (unsettled IS NOT NULL AND json_valid(moving)));

-- What a person has from a time on, however much is over.
CREATE INDEX bookings_by_end ON bookings (booked_for, to_datetime);
