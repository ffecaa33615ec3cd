-- Contents that something else refers to, as a handover to its photos: they stay, whatever becomes of
-- the records of users. The reference is what keeps them.
CREATE TABLE pins (
  file_hash TEXT NOT NULL REFERENCES contents (file_hash),
  holder BLOB NOT NULL, -- what refers to it: a booking
  owner TEXT, -- who cannot delete their record meanwhile, as it counts as theirs
  file_type TEXT NOT NULL,
  pinned INTEGER NOT NULL,
  reviewed INTEGER -- since when it is known that the holder does refer to it
) STRICT;

CREATE UNIQUE INDEX one_pin_per_holder ON pins (file_hash, holder);
CREATE INDEX pins_of_holder ON pins (holder);
CREATE INDEX pins_of_owner ON pins (owner, file_hash) WHERE owner IS NOT NULL;
CREATE INDEX pins_to_review ON pins (pinned) WHERE reviewed IS NULL;
