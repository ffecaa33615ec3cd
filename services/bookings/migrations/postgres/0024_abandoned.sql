-- What was reserved and came to nothing: it is recorded by one booking, or by none for ever.
CREATE TABLE abandoned_allocations (
  allocation_id uuid NOT NULL PRIMARY KEY,
  abandoned timestamptz NOT NULL
);
CREATE INDEX abandoned_allocations_by_age ON abandoned_allocations (abandoned);

-- Whoever comes second waits for the first to end, and then sees what it has done.
CREATE FUNCTION allocation_recorded_or_abandoned() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('allocation ' || NEW.allocation_id, 0));
  IF TG_TABLE_NAME = 'abandoned_allocations' THEN
    IF EXISTS (SELECT 1 FROM booking_items WHERE allocation_id = NEW.allocation_id) THEN
      RETURN NULL;
    END IF;
  ELSIF EXISTS (SELECT 1 FROM abandoned_allocations WHERE allocation_id = NEW.allocation_id) THEN
    RAISE EXCEPTION 'allocation_abandoned' USING ERRCODE = 'exclusion_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER booking_item_abandoned BEFORE INSERT ON booking_items
FOR EACH ROW EXECUTE FUNCTION allocation_recorded_or_abandoned();
CREATE TRIGGER allocation_recorded BEFORE INSERT ON abandoned_allocations
FOR EACH ROW EXECUTE FUNCTION allocation_recorded_or_abandoned();
