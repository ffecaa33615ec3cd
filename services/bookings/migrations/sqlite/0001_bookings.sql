-- Times are milliseconds since 1970.

CREATE TABLE bookings (
  id BLOB NOT NULL PRIMARY KEY,
  number TEXT NOT NULL,
  state TEXT NOT NULL,
  title TEXT NOT NULL,
  note TEXT NOT NULL,
  from_datetime INTEGER NOT NULL,
  to_datetime INTEGER NOT NULL,
  booked_for TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created INTEGER NOT NULL,
  decide_by INTEGER,
  decided_by TEXT,
  reason TEXT,
  version INTEGER NOT NULL DEFAULT 1,
  unsettled INTEGER,
  begun_until INTEGER,
  request_key TEXT,
  changed_by TEXT NOT NULL,
  search_text TEXT NOT NULL,
  CONSTRAINT booking_state CHECK (state IN ('requested', 'confirmed', 'checked_out', 'returned',
    'rejected', 'cancelled', 'expired', 'no_show')),
  CONSTRAINT booking_span CHECK (from_datetime < to_datetime
    AND abs(from_datetime) < 9007199254740991 AND abs(to_datetime) < 9007199254740991),
  CONSTRAINT booking_deadline CHECK (state <> 'requested' OR decide_by IS NOT NULL),
  CONSTRAINT booking_begun CHECK (begun_until IS NULL OR unsettled IS NOT NULL),
  CONSTRAINT booking_words CHECK (length(title) BETWEEN 1 AND 100 AND length(note) <= 2000
    AND length(coalesce(reason, '')) <= 500)
) STRICT;

CREATE UNIQUE INDEX booking_number ON bookings (number);
CREATE INDEX bookings_by_start ON bookings (from_datetime, id);
CREATE INDEX bookings_by_person ON bookings (booked_for, from_datetime);
CREATE INDEX bookings_unsettled ON bookings (unsettled) WHERE unsettled IS NOT NULL;
-- To find what others made or changed, and to forget a person.
CREATE INDEX bookings_by_maker ON bookings (created_by, from_datetime) WHERE created_by <> booked_for;
CREATE INDEX bookings_by_changer ON bookings (changed_by) WHERE changed_by <> booked_for;
CREATE INDEX bookings_by_decider ON bookings (decided_by) WHERE decided_by <> booked_for;

CREATE TABLE booking_items (
  booking_id BLOB NOT NULL REFERENCES bookings (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  is_next INTEGER NOT NULL DEFAULT 0 CHECK (is_next IN (0, 1)),
  allocation_id BLOB NOT NULL,
  resource_id BLOB NOT NULL,
  resource_type TEXT NOT NULL,
  from_datetime INTEGER NOT NULL,
  to_datetime INTEGER NOT NULL,
  CONSTRAINT booking_item_span CHECK (from_datetime < to_datetime)
) STRICT;

CREATE UNIQUE INDEX booking_item_place ON booking_items (booking_id, is_next, position);
CREATE UNIQUE INDEX booking_item_allocation ON booking_items (allocation_id, is_next);
CREATE INDEX booking_items_by_resource ON booking_items (resource_id, from_datetime);

CREATE TABLE idempotency_keys (
  key TEXT PRIMARY KEY,
  request_hash TEXT NOT NULL,
  answer TEXT NOT NULL,
  created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created);
