-- What was reserved and came to nothing: it is recorded by one booking, or by none for ever.
CREATE TABLE abandoned_allocations (
  allocation_id uuid NOT NULL PRIMARY KEY,
  abandoned timestamptz NOT NULL
);
CREATE INDEX abandoned_allocations_by_age ON abandoned_allocations (abandoned);

-- Whoever comes second waits for the first to end, and then sees what it has done. One lock for all, as one for each
-- allocation of a long series fills the table of locks; those who record share it.
CREATE FUNCTION allocation_recorded_or_abandoned() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_TABLE_NAME = 'abandoned_allocations' THEN
    PERFORM pg_advisory_xact_lock(hashtextextended('recorded or abandoned', 0));
    IF EXISTS (SELECT 1 FROM booking_items WHERE allocation_id = NEW.allocation_id) THEN
      RETURN NULL;
    END IF;
    RETURN NEW;
  END IF;
  PERFORM pg_advisory_xact_lock_shared(hashtextextended('recorded or abandoned', 0));
  IF EXISTS (SELECT 1 FROM abandoned_allocations WHERE allocation_id = NEW.allocation_id) THEN
    RAISE EXCEPTION 'allocation_abandoned' USING ERRCODE = 'exclusion_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER booking_item_abandoned BEFORE INSERT ON booking_items
FOR EACH ROW EXECUTE FUNCTION allocation_recorded_or_abandoned();
CREATE TRIGGER allocation_recorded BEFORE INSERT ON abandoned_allocations
FOR EACH ROW EXECUTE FUNCTION allocation_recorded_or_abandoned();
