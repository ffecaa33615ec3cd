-- A resource whose bookings move to others, for as long as its transaction runs: nobody who waits
-- gets the time they leave. What is left free beside it is offered at the end.
CREATE TABLE withdrawals (
  resource_number integer PRIMARY KEY,
  from_datetime timestamptz NOT NULL,
  to_datetime timestamptz NOT NULL
);

CREATE OR REPLACE FUNCTION waitlist_on_release() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM waitlist WHERE closed IS NULL)
    AND NOT EXISTS (SELECT FROM withdrawals WHERE resource_number = OLD.resource_number) THEN
    INSERT INTO waitlist_turns VALUES (OLD.resource_number, OLD.from_datetime, OLD.to_datetime);
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION waitlist_on_withdrawal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM waitlist WHERE closed IS NULL) THEN
    INSERT INTO waitlist_turns VALUES
      (OLD.resource_number, OLD.from_datetime, OLD.from_datetime),
      (OLD.resource_number, OLD.to_datetime, OLD.to_datetime);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER waitlist_on_withdrawal AFTER DELETE ON withdrawals
FOR EACH ROW EXECUTE FUNCTION waitlist_on_withdrawal();
