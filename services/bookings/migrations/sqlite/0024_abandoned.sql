-- What was reserved and came to nothing: it is recorded by one booking, or by none for ever.
CREATE TABLE abandoned_allocations (
  allocation_id BLOB NOT NULL PRIMARY KEY,
  abandoned INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX abandoned_allocations_by_age ON abandoned_allocations (abandoned);

CREATE TRIGGER booking_item_abandoned BEFORE INSERT ON booking_items
WHEN EXISTS (SELECT 1 FROM abandoned_allocations WHERE allocation_id = NEW.allocation_id)
BEGIN
  SELECT RAISE(ABORT, 'allocation_abandoned');
END;

CREATE TRIGGER allocation_recorded BEFORE INSERT ON abandoned_allocations
WHEN EXISTS (SELECT 1 FROM booking_items WHERE allocation_id = NEW.allocation_id)
BEGIN
  SELECT RAISE(IGNORE);
END;
