-- Damage that is recorded after the return is reported, too.
CREATE TRIGGER booking_damage_corrected AFTER UPDATE OF in_condition ON handovers
WHEN NEW.in_condition = 'damaged' AND OLD.in_condition IS NOT 'damaged'
  AND OLD.returned IS NOT NULL
BEGIN
  INSERT INTO booking_events (kind, booking_id, changed_by)
  SELECT 'booking.damaged', b.id, nullif(c.corrected_by, b.booked_for)
  FROM bookings b
  LEFT JOIN handover_corrections c ON c.handover_id = OLD.id AND c.version = OLD.version
  WHERE b.id = NEW.booking_id;
END;
