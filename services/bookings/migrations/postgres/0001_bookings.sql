CREATE TABLE bookings (
  id uuid NOT NULL PRIMARY KEY,
  number text COLLATE "C" NOT NULL,
  state text COLLATE "C" NOT NULL,
  title text NOT NULL,
  note text NOT NULL,
  from_datetime timestamptz NOT NULL,
  to_datetime timestamptz NOT NULL,
  booked_for text COLLATE "C" NOT NULL,
  created_by text COLLATE "C" NOT NULL,
  created timestamptz NOT NULL,
  decide_by timestamptz,
  decided_by text COLLATE "C",
  reason text,
  version integer NOT NULL DEFAULT 1,
  unsettled timestamptz,
  begun_until timestamptz,
  request_key text COLLATE "C",
  changed_by text COLLATE "C" NOT NULL,
  search_text text NOT NULL,
  CONSTRAINT booking_state CHECK (state IN ('requested', 'confirmed', 'checked_out', 'returned',
    'rejected', 'cancelled', 'expired', 'no_show')),
  CONSTRAINT booking_span CHECK (from_datetime < to_datetime
    AND isfinite(from_datetime) AND isfinite(to_datetime)),
  CONSTRAINT booking_deadline CHECK (state <> 'requested' OR decide_by IS NOT NULL),
  CONSTRAINT booking_begun CHECK (begun_until IS NULL OR unsettled IS NOT NULL),
  CONSTRAINT booking_words CHECK (length(title) BETWEEN 1 AND 100 AND length(note) <= 2000
    AND length(coalesce(reason, '')) <= 500)
);

CREATE UNIQUE INDEX booking_number ON bookings (number);
CREATE INDEX bookings_by_start ON bookings (from_datetime, id);
CREATE INDEX bookings_by_person ON bookings (booked_for, from_datetime);
CREATE INDEX bookings_unsettled ON bookings (unsettled) WHERE unsettled IS NOT NULL;
-- To find what others made or changed, and to forget a person.
CREATE INDEX bookings_by_maker ON bookings (created_by, from_datetime) WHERE created_by <> booked_for;
CREATE INDEX bookings_by_changer ON bookings (changed_by) WHERE changed_by <> booked_for;
CREATE INDEX bookings_by_decider ON bookings (decided_by) WHERE decided_by <> booked_for;

CREATE TABLE booking_items (
  booking_id uuid NOT NULL REFERENCES bookings (id) ON DELETE CASCADE,
  position integer NOT NULL,
  is_next integer NOT NULL DEFAULT 0 CHECK (is_next IN (0, 1)),
  allocation_id uuid NOT NULL,
  resource_id uuid NOT NULL,
  resource_type text COLLATE "C" NOT NULL,
  from_datetime timestamptz NOT NULL,
  to_datetime timestamptz NOT NULL,
  CONSTRAINT booking_item_span CHECK (from_datetime < to_datetime)
);

CREATE UNIQUE INDEX booking_item_place ON booking_items (booking_id, is_next, position);
CREATE UNIQUE INDEX booking_item_allocation ON booking_items (allocation_id, is_next);
CREATE INDEX booking_items_by_resource ON booking_items (resource_id, from_datetime);

CREATE TABLE idempotency_keys (
  key text PRIMARY KEY,
  request_hash text NOT NULL,
  answer text NOT NULL,
  created timestamptz NOT NULL
);

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created);
