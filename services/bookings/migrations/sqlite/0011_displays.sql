-- Whoever has the address of a display sees what it shows.
CREATE TABLE displays (
  id BLOB NOT NULL PRIMARY KEY,
  slot INTEGER NOT NULL,
  address_hash TEXT NOT NULL,
  name TEXT NOT NULL,
  resource_type TEXT,
  resources TEXT,
  with_hidden INTEGER NOT NULL,
  with_names INTEGER NOT NULL,
  language TEXT,
  time_zone TEXT,
  created INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  last_read INTEGER,
  CONSTRAINT display_of CHECK ((resources IS NULL) <> (resource_type IS NULL)),
  CONSTRAINT display_hidden CHECK (with_hidden = 0 OR resources IS NOT NULL),
  CONSTRAINT displays_max CHECK (slot BETWEEN 1 AND 200)
) STRICT;

CREATE UNIQUE INDEX display_address ON displays (address_hash);
CREATE UNIQUE INDEX display_slot ON displays (slot);
CREATE INDEX displays_by_maker ON displays (created_by);
