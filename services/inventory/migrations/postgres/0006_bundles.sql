-- Bookings that are made together or not at all. All bundles that wait are one statement; each is a
-- block of its own, so one that is refused is undone and leaves the others alone. Rows are told only
-- at the end of a block: what is told already is not undone with it.
CREATE FUNCTION allocate_bundles(bundles jsonb)
RETURNS TABLE (bundle integer, slot integer, alternative integer) LANGUAGE plpgsql AS $$
DECLARE
  one record;
  wanted record;
  choice record;
  placed boolean;
  picks jsonb;
BEGIN
  -- Two processes take what both want in the same order, so that none waits for the other. The list
  -- is made before: joined, each row to lock would carry a copy of all that was sent.
  PERFORM FROM resources WHERE number = ANY (ARRAY(
    SELECT (choices ->> 0)::integer
    FROM jsonb_array_elements(bundles) AS b, jsonb_array_elements(b -> 'slots') AS s,
      jsonb_array_elements(s -> 'alternatives') AS choices))
  ORDER BY number FOR NO KEY UPDATE;

  FOR one IN SELECT (at - 1)::integer AS at, value,
      value ->> 'key' AS key, (value ->> 'needs_all')::boolean AS needs_all
    FROM jsonb_array_elements(bundles) WITH ORDINALITY AS sent (value, at)
  LOOP
    CONTINUE WHEN one.key IS NOT NULL
      AND EXISTS (SELECT FROM idempotency_keys k WHERE k.key = one.key);
    BEGIN
      picks := '[]';
      FOR wanted IN SELECT (at - 1)::integer AS at, s -> 'alternatives' AS alternatives, r.*
        FROM jsonb_array_elements(one.value -> 'slots') WITH ORDINALITY AS sent (s, at),
          jsonb_to_record(s -> 'row') AS r (id uuid, from_datetime timestamptz,
            to_datetime timestamptz, allocation_type text, description text, dump text,
            created timestamptz, created_by text, booked_for text, reference text,
            held_until timestamptz)
        ORDER BY at
      LOOP
        placed := false;
        FOR choice IN SELECT (at - 1)::integer AS at, (c ->> 0)::integer AS number,
            (c ->> 1)::integer AS version
          FROM jsonb_array_elements(wanted.alternatives) WITH ORDINALITY AS sent (c, at) ORDER BY at
        LOOP
          INSERT INTO allocations (id, resource_number, from_datetime, to_datetime,
            allocation_type, description, dump, created, created_by, booked_for, reference,
            held_until)
          SELECT wanted.id, r.number, wanted.from_datetime, wanted.to_datetime,
            wanted.allocation_type, wanted.description, wanted.dump, wanted.created,
            wanted.created_by, wanted.booked_for, wanted.reference, wanted.held_until
          FROM resources r WHERE r.number = choice.number AND r.decommissioned IS NULL
            AND choice.version IN (0, r.version)
          ON CONFLICT ON CONSTRAINT allocation_overlap DO NOTHING;
          placed := FOUND;
          EXIT WHEN placed;
        END LOOP;
        IF placed THEN
          picks := picks || jsonb_build_array(jsonb_build_array(wanted.at, choice.at));
        ELSIF one.needs_all THEN
          RAISE SQLSTATE 'CA409';
        END IF;
      END LOOP;
      IF picks = '[]' THEN RAISE SQLSTATE 'CA409'; END IF;
      IF one.key IS NOT NULL THEN
        INSERT INTO idempotency_keys (key, request_hash, answer, created)
        VALUES (one.key, one.value ->> 'request_hash',
          left(one.value ->> 'answer', -1) || ',"picks":' || picks::text || '}', now());
      END IF;
      RETURN QUERY SELECT one.at, (p ->> 0)::integer, (p ->> 1)::integer
        FROM jsonb_array_elements(picks) AS p;
    EXCEPTION WHEN SQLSTATE 'CA409' THEN NULL;
    END;
  END LOOP;
END $$;
