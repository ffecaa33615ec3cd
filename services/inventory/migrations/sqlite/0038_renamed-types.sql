-- A resource of a type with another name is changed: what was read of it before does not hold for a commit.
DROP TRIGGER resource_type_renamed;
CREATE TRIGGER resource_type_renamed AFTER UPDATE OF name ON resource_types WHEN NEW.name <> OLD.name
BEGIN
  UPDATE resources SET resource_type = NEW.name, version = version + 1 WHERE resource_type = OLD.name;
END;
