ALTER TABLE bookings ADD COLUMN series_id BLOB;

CREATE TABLE booking_series (
  id BLOB NOT NULL PRIMARY KEY,
  rule TEXT NOT NULL,
  time_zone TEXT NOT NULL,
  items TEXT NOT NULL,
  created INTEGER NOT NULL
) STRICT;

-- A day of a series has at most one booking; null: it was skipped.
CREATE TABLE booking_occurrences (
  series_id BLOB NOT NULL REFERENCES booking_series (id) ON DELETE CASCADE,
  date TEXT NOT NULL,
  from_datetime INTEGER NOT NULL,
  to_datetime INTEGER NOT NULL,
  booking_id BLOB,
  CONSTRAINT booking_occurrence_span CHECK (from_datetime < to_datetime)
) STRICT;

CREATE UNIQUE INDEX booking_occurrence_date ON booking_occurrences (series_id, date);
CREATE INDEX booking_occurrences_by_booking ON booking_occurrences (booking_id)
  WHERE booking_id IS NOT NULL;
