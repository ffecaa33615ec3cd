-- Whoever has the address of a display sees what it shows.
CREATE TABLE displays (
  id uuid NOT NULL PRIMARY KEY,
  slot integer NOT NULL,
  address_hash text COLLATE "C" NOT NULL,
  name text NOT NULL,
  resource_type text COLLATE "C",
  resources text,
  with_hidden integer NOT NULL,
  with_names integer NOT NULL,
  language text,
  time_zone text,
  created timestamptz NOT NULL,
  created_by text COLLATE "C" NOT NULL,
  last_read timestamptz,
  CONSTRAINT display_of CHECK ((resources IS NULL) <> (resource_type IS NULL)),
  CONSTRAINT display_hidden CHECK (with_hidden = 0 OR resources IS NOT NULL),
  CONSTRAINT displays_max CHECK (slot BETWEEN 1 AND 200)
);

CREATE UNIQUE INDEX display_address ON displays (address_hash);
CREATE UNIQUE INDEX display_slot ON displays (slot);
CREATE INDEX displays_by_maker ON displays (created_by);
