-- A correction of what was recorded at a handover: each makes a version, and what it said before is
-- kept, of corrections by hand too (then nobody's, and without a reason).
ALTER TABLE handovers ADD COLUMN version INTEGER NOT NULL DEFAULT 1;

CREATE TABLE handover_corrections (
  handover_id BLOB NOT NULL REFERENCES handovers (id) ON DELETE CASCADE,
  version INTEGER NOT NULL,
  corrected INTEGER NOT NULL,
  corrected_by TEXT,
  reason TEXT,
  was TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(was)),
  CONSTRAINT correction_words CHECK (length(reason) BETWEEN 1 AND 500)
) STRICT;

CREATE UNIQUE INDEX handover_correction ON handover_corrections (handover_id, version);
-- To forget a person.
CREATE INDEX corrections_by_person ON handover_corrections (corrected_by);

CREATE TRIGGER handover_corrected AFTER UPDATE OF out_odometer, out_fuel, out_condition, out_files,
  out_note, in_odometer, in_fuel, in_condition, in_files, in_note ON handovers
WHEN OLD.out_odometer IS NOT NEW.out_odometer OR OLD.out_fuel IS NOT NEW.out_fuel
  OR OLD.out_condition IS NOT NEW.out_condition OR OLD.out_files <> NEW.out_files
  OR OLD.out_note <> NEW.out_note
  OR (OLD.returned IS NOT NULL AND (OLD.in_odometer IS NOT NEW.in_odometer
    OR OLD.in_fuel IS NOT NEW.in_fuel OR OLD.in_condition IS NOT NEW.in_condition
    OR OLD.in_files <> NEW.in_files OR OLD.in_note <> NEW.in_note))
BEGIN
  INSERT INTO handover_corrections (handover_id, version, corrected, was)
  VALUES (OLD.id, OLD.version, CAST(unixepoch('subsec') * 1000 AS INTEGER), json_object(
    'out_odometer', OLD.out_odometer, 'out_fuel', OLD.out_fuel,
    'out_condition', OLD.out_condition, 'out_files', OLD.out_files, 'out_note', OLD.out_note,
    'in_odometer', OLD.in_odometer, 'in_fuel', OLD.in_fuel,
    'in_condition', OLD.in_condition, 'in_files', OLD.in_files, 'in_note', OLD.in_note))
  ON CONFLICT (handover_id, version) DO UPDATE SET was = excluded.was;
  UPDATE handovers SET version = version + 1 WHERE id = OLD.id;
END;

-- What is kept of a handover is not changed afterwards; who corrected it can be forgotten.
CREATE TRIGGER correction_stays BEFORE UPDATE OF handover_id, version, corrected, reason
ON handover_corrections
BEGIN
  SELECT RAISE(ABORT, 'correction_stays');
END;

-- What the inventory took back of a booking while somebody has it in hand.
ALTER TABLE booking_items ADD COLUMN lost INTEGER;
