-- Names the history that positions in "events" are of; the newest counts. A restored backup begins
-- another one, as readers have seen events that it does not have.
CREATE TABLE event_epochs (
  number integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  epoch text NOT NULL DEFAULT left(replace(gen_random_uuid()::text, '-', ''), 16)
);
INSERT INTO event_epochs DEFAULT VALUES;
