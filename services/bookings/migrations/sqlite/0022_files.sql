-- Files of bookings, such as a contract: each is pinned in the service of files.
CREATE TABLE booking_files (
  booking_id BLOB NOT NULL REFERENCES bookings (id) ON DELETE CASCADE,
  file_hash TEXT NOT NULL,
  file_name TEXT NOT NULL,
  added INTEGER NOT NULL,
  added_by TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX booking_file ON booking_files (booking_id, file_hash);
CREATE INDEX booking_files_by_giver ON booking_files (added_by);
