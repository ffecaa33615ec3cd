-- One row that cannot be read would be in the way of everybody who lists it among others.
CREATE TRIGGER resource_properties_on_insert BEFORE INSERT ON resources
WHEN NOT json_valid(NEW.properties) OR json_type(NEW.properties) <> 'object'
BEGIN
  SELECT RAISE(ABORT, 'resource_properties');
END;
CREATE TRIGGER resource_properties_on_update BEFORE UPDATE OF properties ON resources
WHEN NOT json_valid(NEW.properties) OR json_type(NEW.properties) <> 'object'
BEGIN
  SELECT RAISE(ABORT, 'resource_properties');
END;
CREATE TRIGGER allocation_dump_on_insert BEFORE INSERT ON allocations
WHEN NOT json_valid(NEW.dump) OR json_type(NEW.dump) <> 'object'
BEGIN
  SELECT RAISE(ABORT, 'allocation_dump');
END;
CREATE TRIGGER allocation_dump_on_update BEFORE UPDATE OF dump ON allocations
WHEN NOT json_valid(NEW.dump) OR json_type(NEW.dump) <> 'object'
BEGIN
  SELECT RAISE(ABORT, 'allocation_dump');
END;
