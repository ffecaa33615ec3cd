-- A resource that members book elsewhere from now on is changed: what was read of it before does not hold for a commit.
CREATE FUNCTION resource_type_managed_now() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- In the order that is everybody's.
  PERFORM FROM resources WHERE resource_type = NEW.name ORDER BY number FOR NO KEY UPDATE;
  UPDATE resources SET version = version + 1 WHERE resource_type = NEW.name;
  RETURN NULL;
END $$;
CREATE TRIGGER resource_type_managed_now AFTER UPDATE OF managed_by ON resource_types
FOR EACH ROW WHEN (OLD.managed_by IS NULL AND NEW.managed_by IS NOT NULL)
EXECUTE FUNCTION resource_type_managed_now();
