-- The last change of a booking for which a reservation was kept: a copy of an older one does nothing.
ALTER TABLE reservation_moves ADD COLUMN kept integer NOT NULL DEFAULT 0;

-- The same rules as before; what stays in its place is not looked at: confirming a hold is such an update.
CREATE OR REPLACE FUNCTION allocation_grid() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  rule text;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF NOT EXISTS (
      SELECT resource_number, from_datetime, to_datetime, buffer_before_seconds, buffer_after_seconds,
        allocation_type FROM touched
      EXCEPT SELECT resource_number, from_datetime, to_datetime, buffer_before_seconds,
        buffer_after_seconds, allocation_type FROM former)
    THEN
      RETURN NULL;
    END IF;
    -- A new row refers to its resource, and so has waited for a change of the grid; a moved one waits here.
    PERFORM FROM resources WHERE number IN (SELECT resource_number FROM touched)
    ORDER BY number FOR KEY SHARE;
  END IF;
  SELECT broken INTO rule
  FROM touched a,
    LATERAL (
      SELECT t.slot_seconds, t.slot_origin,
        coalesce(r.buffer_before_seconds, t.buffer_before_seconds) AS before,
        coalesce(r.buffer_after_seconds, t.buffer_after_seconds) AS after
      FROM resources r JOIN resource_types t ON t.name = r.resource_type
      WHERE r.number = a.resource_number OFFSET 0) AS k,
    LATERAL (SELECT CASE
      WHEN k.slot_seconds IS NOT NULL AND a.allocation_type <> 'decommissioned' AND (
        off_grid(a.from_datetime + a.buffer_before_seconds * interval '1 second',
          k.slot_seconds, k.slot_origin)
        OR off_grid(a.to_datetime - a.buffer_after_seconds * interval '1 second',
          k.slot_seconds, k.slot_origin))
        THEN 'allocation_grid'
      -- A new booking keeps what its resource says, whoever makes it.
      WHEN TG_OP = 'INSERT' AND a.allocation_type = 'booking' AND (
        a.buffer_before_seconds <> CASE WHEN isfinite(a.from_datetime) THEN k.before ELSE 0 END
        OR a.buffer_after_seconds <> CASE WHEN isfinite(a.to_datetime) THEN k.after ELSE 0 END)
        THEN 'allocation_buffers' END AS broken) AS checked
  WHERE broken IS NOT NULL LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION '%', rule USING ERRCODE = 'check_violation', CONSTRAINT = rule;
  END IF;
  RETURN NULL;
END $$;

DROP TRIGGER allocation_grid_on_update ON allocations;
CREATE TRIGGER allocation_grid_on_update
AFTER UPDATE ON allocations REFERENCING OLD TABLE AS former NEW TABLE AS touched
FOR EACH STATEMENT EXECUTE FUNCTION allocation_grid();
