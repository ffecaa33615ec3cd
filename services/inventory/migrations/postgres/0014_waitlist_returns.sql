-- What takes a resource out of service is not freed by its end: it returns first, and that offers it.
DROP TRIGGER waitlist_on_release ON allocations;
CREATE TRIGGER waitlist_on_release AFTER DELETE ON allocations
FOR EACH ROW WHEN (NOT (OLD.allocation_type = 'decommissioned' AND OLD.to_datetime = 'infinity'))
EXECUTE FUNCTION waitlist_on_release();

DROP TRIGGER waitlist_on_move ON allocations;
CREATE TRIGGER waitlist_on_move AFTER UPDATE OF resource_number, from_datetime, to_datetime ON allocations
FOR EACH ROW WHEN (NOT (OLD.allocation_type = 'decommissioned' AND OLD.to_datetime = 'infinity')
  AND (OLD.resource_number <> NEW.resource_number
    OR OLD.from_datetime < NEW.from_datetime OR OLD.to_datetime > NEW.to_datetime))
EXECUTE FUNCTION waitlist_on_release();
