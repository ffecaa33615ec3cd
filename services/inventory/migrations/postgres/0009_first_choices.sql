-- Most bundles get what they want first, so that is tried for all of them in one statement, at the
-- cost of a batch. Only when one of them does not are they placed in turn.
ALTER FUNCTION allocate_bundles(jsonb) RENAME TO allocate_in_turn;

-- Fails unless every slot of every bundle gets its first alternative.
CREATE FUNCTION allocate_first_choices(bundles jsonb)
RETURNS TABLE (bundle integer, slot integer, alternative integer) LANGUAGE plpgsql AS $$
DECLARE
  wanted integer;
  written integer;
BEGIN
  -- In the order that is everybody's, also of those who are placed in turn.
  PERFORM FROM resources WHERE number = ANY (ARRAY(
    SELECT (s #>> '{alternatives,0,0}')::integer
    FROM jsonb_array_elements(bundles) AS b, jsonb_array_elements(b -> 'slots') AS s))
  ORDER BY number FOR NO KEY UPDATE;

  WITH sent AS MATERIALIZED (
    SELECT (s #>> '{alternatives,0,0}')::integer AS number,
      (s #>> '{alternatives,0,1}')::integer AS chosen_version, w.*
    FROM jsonb_array_elements(bundles) AS b, jsonb_array_elements(b -> 'slots') AS s,
      jsonb_to_record(s -> 'row') AS w (id uuid, from_datetime timestamptz,
        to_datetime timestamptz, allocation_type text, description text, dump text,
        created timestamptz, created_by text, booked_for text, reference text,
        held_until timestamptz)),
  won AS (
    INSERT INTO allocations (id, resource_number, from_datetime, to_datetime,
      allocation_type, description, dump, created, created_by, booked_for, reference, held_until)
    SELECT w.id, r.number, w.from_datetime, w.to_datetime, w.allocation_type, w.description, w.dump,
      w.created, w.created_by, w.booked_for, w.reference, w.held_until
    FROM sent w JOIN resources r USING (number)
    WHERE r.decommissioned IS NULL AND w.chosen_version IN (0, r.version)
    ORDER BY r.number, w.from_datetime
    ON CONFLICT ON CONSTRAINT allocation_overlap DO NOTHING
    RETURNING 1)
  SELECT (SELECT count(*) FROM sent), (SELECT count(*) FROM won) INTO wanted, written;
  IF written < wanted THEN RAISE SQLSTATE 'CA409'; END IF;

  INSERT INTO idempotency_keys (key, request_hash, answer, created)
  SELECT b ->> 'key', b ->> 'request_hash', left(b ->> 'answer', -1) || ',"picks":' || (
      SELECT jsonb_agg(jsonb_build_array(at, 0) ORDER BY at)::text
      FROM generate_series(0, jsonb_array_length(b -> 'slots') - 1) AS at) || '}', now()
  FROM jsonb_array_elements(bundles) AS b WHERE b ->> 'key' IS NOT NULL;

  RETURN QUERY SELECT (b.at - 1)::integer, s.at, 0
    FROM jsonb_array_elements(bundles) WITH ORDINALITY AS b (value, at),
      generate_series(0, jsonb_array_length(b.value -> 'slots') - 1) AS s (at);
END $$;

CREATE FUNCTION allocate_bundles(bundles jsonb)
RETURNS TABLE (bundle integer, slot integer, alternative integer) LANGUAGE plpgsql AS $$
BEGIN
  BEGIN
    RETURN QUERY SELECT * FROM allocate_first_choices(bundles);
    RETURN;
  -- Something is taken, or a key is there already.
  EXCEPTION WHEN SQLSTATE 'CA409' OR unique_violation THEN NULL;
  END;
  RETURN QUERY SELECT * FROM allocate_in_turn(bundles);
END $$;
