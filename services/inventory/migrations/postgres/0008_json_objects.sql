-- One row that cannot be read would be in the way of everybody who lists it among others.
-- What is there already may be what it is.
ALTER TABLE resources ADD CONSTRAINT resource_properties CHECK (properties IS JSON OBJECT) NOT VALID;
ALTER TABLE allocations ADD CONSTRAINT allocation_dump CHECK (dump IS JSON OBJECT) NOT VALID;
