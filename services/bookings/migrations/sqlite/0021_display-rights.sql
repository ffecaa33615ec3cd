-- Which of its resources were hidden when a display was made: one that is hidden later disappears.
-- Of older ones that is not known: of those that show hidden ones it is all that their maker named.
CREATE TABLE displays_0021 (
  id BLOB NOT NULL PRIMARY KEY,
  slot INTEGER NOT NULL,
  address_hash TEXT NOT NULL,
  name TEXT NOT NULL,
  resource_type TEXT,
  resources TEXT,
  hidden TEXT NOT NULL,
  with_names INTEGER NOT NULL,
  language TEXT,
  time_zone TEXT,
  created INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  last_read INTEGER,
  CONSTRAINT display_of CHECK ((resources IS NULL) <> (resource_type IS NULL)),
  CONSTRAINT display_hidden CHECK (hidden = '[]' OR resources IS NOT NULL),
  CONSTRAINT displays_max CHECK (slot BETWEEN 1 AND 200)
) STRICT;
INSERT INTO displays_0021
SELECT id, slot, address_hash, name, resource_type, resources,
  CASE with_hidden WHEN 1 THEN resources ELSE '[]' END,
  with_names, language, time_zone, created, created_by, last_read
FROM displays;
DROP TABLE displays;
ALTER TABLE displays_0021 RENAME TO displays;

CREATE UNIQUE INDEX display_address ON displays (address_hash);
CREATE UNIQUE INDEX display_slot ON displays (slot);
CREATE INDEX displays_by_maker ON displays (created_by);
