-- A resource that members book elsewhere from now on is changed: what was read of it before does not hold for a commit.
CREATE TRIGGER resource_type_managed_now AFTER UPDATE OF managed_by ON resource_types
WHEN OLD.managed_by IS NULL AND NEW.managed_by IS NOT NULL
BEGIN
  UPDATE resources SET version = version + 1 WHERE resource_type = NEW.name;
END;

-- The next resource would get the number of the newest, and with it what is known of that one.
CREATE TRIGGER resource_number_once BEFORE DELETE ON resources
WHEN OLD.number = (SELECT max(number) FROM resources)
BEGIN
  SELECT RAISE(ABORT, 'resource_newest: retire it, or delete it once there is a newer one');
END;
