-- Files of bookings, such as a contract: each is pinned in the service of files.
CREATE TABLE booking_files (
  booking_id uuid NOT NULL REFERENCES bookings (id) ON DELETE CASCADE,
  file_hash text COLLATE "C" NOT NULL,
  file_name text COLLATE "C" NOT NULL,
  added timestamptz NOT NULL,
  added_by text COLLATE "C" NOT NULL,
  CONSTRAINT booking_file UNIQUE (booking_id, file_hash)
);

CREATE INDEX booking_files_by_giver ON booking_files (added_by);
