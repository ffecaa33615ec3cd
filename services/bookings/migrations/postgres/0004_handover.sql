-- When a booking that has not been picked up lapses. Its items have the same time, with their place.
ALTER TABLE bookings ADD COLUMN check_in_by timestamptz;
ALTER TABLE booking_items ADD COLUMN check_in_by timestamptz;

-- What is out: few at any time.
CREATE INDEX bookings_out ON bookings (from_datetime, id) WHERE state = 'checked_out';

-- Who had a resource from when to when, and what was recorded of it.
CREATE TABLE handovers (
  id uuid NOT NULL PRIMARY KEY,
  booking_id uuid NOT NULL REFERENCES bookings (id) ON DELETE CASCADE,
  resource_id uuid NOT NULL,
  resource_type text COLLATE "C" NOT NULL,
  checked_out timestamptz NOT NULL,
  checked_out_by text COLLATE "C" NOT NULL,
  out_odometer integer,
  out_fuel integer,
  out_condition text COLLATE "C",
  out_files text NOT NULL DEFAULT '[]',
  out_note text NOT NULL DEFAULT '',
  returned timestamptz,
  returned_by text COLLATE "C",
  in_odometer integer,
  in_fuel integer,
  in_condition text COLLATE "C",
  in_files text NOT NULL DEFAULT '[]',
  in_note text NOT NULL DEFAULT '',
  CONSTRAINT handover_span CHECK (checked_out <= returned),
  CONSTRAINT handover_returned CHECK ((returned IS NULL) = (returned_by IS NULL)
    AND (returned IS NOT NULL OR (in_odometer IS NULL AND in_fuel IS NULL AND in_condition IS NULL))),
  CONSTRAINT handover_odometer CHECK (out_odometer >= 0 AND in_odometer >= coalesce(out_odometer, 0)),
  CONSTRAINT handover_fuel CHECK (out_fuel BETWEEN 0 AND 100 AND in_fuel BETWEEN 0 AND 100),
  CONSTRAINT handover_condition CHECK (out_condition IN ('good', 'damaged')
    AND in_condition IN ('good', 'damaged')),
  CONSTRAINT handover_files CHECK (out_files IS JSON ARRAY AND in_files IS JSON ARRAY),
  CONSTRAINT handover_words CHECK (length(out_note) <= 1000 AND length(in_note) <= 1000)
);

CREATE UNIQUE INDEX handover_of_booking ON handovers (booking_id, resource_id);
-- One person has it at a time.
CREATE UNIQUE INDEX handover_out ON handovers (resource_id) WHERE returned IS NULL;
CREATE INDEX handovers_by_resource ON handovers (resource_id, checked_out);
CREATE INDEX handovers_by_time ON handovers (checked_out, id);
-- To forget a person.
CREATE INDEX handovers_by_giver ON handovers (checked_out_by);
CREATE INDEX handovers_by_taker ON handovers (returned_by);

-- An odometer never falls: those next to a row, before and after it, decide, as the others are in
-- order already. One at a time for each resource, so that none is read before it is committed.
CREATE FUNCTION handover_odometer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('handover ' || NEW.resource_id, 0));
  IF (SELECT coalesce(in_odometer, out_odometer) FROM handovers
      WHERE resource_id = NEW.resource_id AND id <> NEW.id AND checked_out <= NEW.checked_out
        AND coalesce(in_odometer, out_odometer) IS NOT NULL
      ORDER BY checked_out DESC LIMIT 1) > coalesce(NEW.out_odometer, NEW.in_odometer)
    OR (SELECT coalesce(out_odometer, in_odometer) FROM handovers
      WHERE resource_id = NEW.resource_id AND id <> NEW.id AND checked_out > NEW.checked_out
        AND coalesce(out_odometer, in_odometer) IS NOT NULL
      ORDER BY checked_out LIMIT 1) < coalesce(NEW.in_odometer, NEW.out_odometer)
  THEN
    RAISE EXCEPTION 'odometer_falls' USING ERRCODE = 'exclusion_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER handover_odometer
AFTER INSERT OR UPDATE OF id, resource_id, checked_out, out_odometer, in_odometer ON handovers
FOR EACH ROW WHEN (coalesce(NEW.out_odometer, NEW.in_odometer) IS NOT NULL)
EXECUTE FUNCTION handover_odometer();

-- What is printed on a resource: always the same, made from its id when it is first asked for.
CREATE TABLE resource_codes (
  code text COLLATE "C" PRIMARY KEY,
  resource_id uuid NOT NULL
);
