-- Damage is reported of each resource by itself, as others manage each: of which, says the event.
-- Its "changed_by" is always who it was, and null: nobody, as of a correction by hand.
ALTER TABLE booking_events ADD COLUMN handover_id uuid;

CREATE OR REPLACE FUNCTION booking_damaged() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO booking_events (kind, booking_id, changed_by, handover_id)
  SELECT 'booking.damaged', NEW.id, NEW.changed_by, h.id
  FROM handovers h WHERE h.booking_id = NEW.id AND h.in_condition = 'damaged' ORDER BY h.id;
  RETURN NULL;
END $$;

-- Damage that is recorded after the return is reported, too.
CREATE FUNCTION booking_damage_corrected() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO booking_events (kind, booking_id, changed_by, handover_id)
  SELECT 'booking.damaged', NEW.booking_id, c.corrected_by, NEW.id
  FROM (SELECT 1) one
  LEFT JOIN handover_corrections c ON c.handover_id = OLD.id AND c.version = OLD.version;
  RETURN NULL;
END $$;
CREATE TRIGGER booking_damage_corrected AFTER UPDATE OF in_condition ON handovers
FOR EACH ROW WHEN (NEW.in_condition = 'damaged' AND OLD.in_condition IS DISTINCT FROM 'damaged'
  AND OLD.returned IS NOT NULL)
EXECUTE FUNCTION booking_damage_corrected();
