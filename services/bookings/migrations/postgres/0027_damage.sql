-- A damaged return, whichever of its resources, is reported once.
CREATE FUNCTION booking_damaged() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO booking_events (kind, booking_id, changed_by)
  SELECT 'booking.damaged', NEW.id, nullif(NEW.changed_by, NEW.booked_for)
  WHERE EXISTS (
    SELECT 1 FROM handovers WHERE booking_id = NEW.id AND in_condition = 'damaged');
  RETURN NULL;
END $$;
CREATE TRIGGER booking_damaged AFTER UPDATE OF state ON bookings
FOR EACH ROW WHEN (NEW.state = 'returned' AND OLD.state <> 'returned')
EXECUTE FUNCTION booking_damaged();
