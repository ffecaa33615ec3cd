-- A correction of what was recorded at a handover: each makes a version, and what it said before is
-- kept, of corrections by hand too (then nobody's, and without a reason).
ALTER TABLE handovers ADD COLUMN version integer NOT NULL DEFAULT 1;

CREATE TABLE handover_corrections (
  handover_id uuid NOT NULL REFERENCES handovers (id) ON DELETE CASCADE,
  version integer NOT NULL,
  corrected timestamptz NOT NULL,
  corrected_by text COLLATE "C",
  reason text,
  was text NOT NULL DEFAULT '{}' CHECK (was IS JSON OBJECT),
  CONSTRAINT correction_words CHECK (length(reason) BETWEEN 1 AND 500)
);

CREATE UNIQUE INDEX handover_correction ON handover_corrections (handover_id, version);
-- To forget a person.
CREATE INDEX corrections_by_person ON handover_corrections (corrected_by);

CREATE FUNCTION handover_corrected() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO handover_corrections (handover_id, version, corrected, was)
  VALUES (OLD.id, OLD.version, clock_timestamp(), json_build_object(
    'out_odometer', OLD.out_odometer, 'out_fuel', OLD.out_fuel,
    'out_condition', OLD.out_condition, 'out_files', OLD.out_files, 'out_note', OLD.out_note,
    'in_odometer', OLD.in_odometer, 'in_fuel', OLD.in_fuel,
    'in_condition', OLD.in_condition, 'in_files', OLD.in_files, 'in_note', OLD.in_note))
  ON CONFLICT (handover_id, version) DO UPDATE SET was = excluded.was;
  NEW.version := OLD.version + 1;
  RETURN NEW;
END $$;
CREATE TRIGGER handover_corrected BEFORE UPDATE OF out_odometer, out_fuel, out_condition, out_files,
  out_note, in_odometer, in_fuel, in_condition, in_files, in_note ON handovers
FOR EACH ROW WHEN (
  (OLD.out_odometer, OLD.out_fuel, OLD.out_condition, OLD.out_files, OLD.out_note)
    IS DISTINCT FROM
  (NEW.out_odometer, NEW.out_fuel, NEW.out_condition, NEW.out_files, NEW.out_note)
  OR (OLD.returned IS NOT NULL AND
    (OLD.in_odometer, OLD.in_fuel, OLD.in_condition, OLD.in_files, OLD.in_note)
      IS DISTINCT FROM
    (NEW.in_odometer, NEW.in_fuel, NEW.in_condition, NEW.in_files, NEW.in_note)))
EXECUTE FUNCTION handover_corrected();

-- What is kept of a handover is not changed afterwards; who corrected it can be forgotten.
CREATE FUNCTION correction_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'correction_stays' USING ERRCODE = 'exclusion_violation';
END $$;
CREATE TRIGGER correction_stays BEFORE UPDATE OF handover_id, version, corrected, reason
ON handover_corrections FOR EACH ROW EXECUTE FUNCTION correction_stays();

-- What the inventory took back of a booking while somebody has it in hand.
ALTER TABLE booking_items ADD COLUMN lost timestamptz;
