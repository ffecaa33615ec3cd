-- Who got files of somebody else, for who tells of it.
CREATE TABLE file_events (
  id INTEGER PRIMARY KEY,
  "transaction" INTEGER NOT NULL DEFAULT 0,
  owner TEXT NOT NULL,
  former_owner TEXT NOT NULL,
  by_user TEXT NOT NULL,
  file_hash TEXT NOT NULL,
  file_name TEXT NOT NULL,
  files INTEGER NOT NULL,
  happened INTEGER NOT NULL DEFAULT (CAST(unixepoch('subsec') * 1000 AS INTEGER))
) STRICT;

CREATE INDEX file_events_of_owner ON file_events (owner);
CREATE INDEX file_events_of_former_owner ON file_events (former_owner);
CREATE INDEX file_events_by_user ON file_events (by_user);

-- Names the history that positions in "file_events" are of; the newest counts. A restored backup
-- begins another one.
CREATE TABLE event_epochs (
  number INTEGER PRIMARY KEY,
  epoch TEXT NOT NULL DEFAULT (lower(hex(randomblob(8))))
) STRICT;
INSERT INTO event_epochs DEFAULT VALUES;
