ALTER TABLE bookings ADD COLUMN series_id uuid;

CREATE TABLE booking_series (
  id uuid NOT NULL PRIMARY KEY,
  rule text COLLATE "C" NOT NULL,
  time_zone text COLLATE "C" NOT NULL,
  items text NOT NULL,
  created timestamptz NOT NULL
);

-- A day of a series has at most one booking; null: it was skipped.
CREATE TABLE booking_occurrences (
  series_id uuid NOT NULL REFERENCES booking_series (id) ON DELETE CASCADE,
  date text COLLATE "C" NOT NULL,
  from_datetime timestamptz NOT NULL,
  to_datetime timestamptz NOT NULL,
  booking_id uuid,
  CONSTRAINT booking_occurrence_span CHECK (from_datetime < to_datetime)
);

CREATE UNIQUE INDEX booking_occurrence_date ON booking_occurrences (series_id, date);
CREATE INDEX booking_occurrences_by_booking ON booking_occurrences (booking_id)
  WHERE booking_id IS NOT NULL;
