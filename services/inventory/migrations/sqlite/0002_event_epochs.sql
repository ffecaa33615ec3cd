-- Names the history that positions in "events" are of; the newest counts. A restored backup begins
-- another one, as readers have seen events that it does not have.
CREATE TABLE event_epochs (
  number INTEGER PRIMARY KEY,
  epoch TEXT NOT NULL DEFAULT (lower(hex(randomblob(8))))
) STRICT;
INSERT INTO event_epochs DEFAULT VALUES;
