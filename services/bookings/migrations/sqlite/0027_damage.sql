-- A damaged return, whichever of its resources, is reported once.
CREATE TRIGGER booking_damaged AFTER UPDATE OF state ON bookings
WHEN NEW.state = 'returned' AND OLD.state <> 'returned' AND EXISTS (
  SELECT 1 FROM handovers WHERE booking_id = NEW.id AND in_condition = 'damaged')
BEGIN
  INSERT INTO booking_events (kind, booking_id, changed_by)
  VALUES ('booking.damaged', NEW.id, nullif(NEW.changed_by, NEW.booked_for));
END;
