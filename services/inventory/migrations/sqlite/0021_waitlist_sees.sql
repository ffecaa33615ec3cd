-- The groups of whoever waits, as far as they are known, as JSON: by these they are offered what not
-- everybody may see. NULL: an administrator, who sees all.
ALTER TABLE waitlist ADD COLUMN sees TEXT DEFAULT '[]' CONSTRAINT waitlist_sees CHECK (
  json_type(sees) = 'array' AND sees NOT GLOB '*[^]["0-9a-f, -]*');
DROP TRIGGER waitlist_hidden;

DROP VIEW waitlist_matches;
CREATE VIEW waitlist_matches AS
SELECT w.*, r.number AS candidate,
  coalesce(r.buffer_before_seconds, t.buffer_before_seconds) AS buffer_before_seconds,
  coalesce(r.buffer_after_seconds, t.buffer_after_seconds) AS buffer_after_seconds
FROM waitlist w
JOIN resource_types t ON t.number = w.type_number
JOIN resources r ON r.resource_type = t.name AND w.resource_number IN (0, r.number)
WHERE w.closed IS NULL AND w.until > CAST(unixepoch('subsec') * 1000 AS INTEGER)
  AND r.decommissioned IS NULL
  AND (r.visible_to IS NULL OR w.sees IS NULL OR EXISTS (
    SELECT 1 FROM json_each(r.visible_to) AS g JOIN json_each(w.sees) AS s ON s.value = g.value))
  AND NOT EXISTS (
    SELECT 1 FROM json_each(w.conditions) AS c WHERE NOT EXISTS (
      SELECT 1 FROM json_each(r.properties) AS p WHERE p.key = c.value ->> 'name' AND CASE
        WHEN c.value ->> 'as' <> 'text' AND p.type IN ('integer', 'real') THEN
          CASE c.value ->> 'operator'
            WHEN '=' THEN p.value = CAST(c.value ->> 'value' AS NUMERIC)
            WHEN '!=' THEN p.value <> CAST(c.value ->> 'value' AS NUMERIC)
            WHEN '<' THEN p.value < CAST(c.value ->> 'value' AS NUMERIC)
            WHEN '<=' THEN p.value <= CAST(c.value ->> 'value' AS NUMERIC)
            WHEN '>' THEN p.value > CAST(c.value ->> 'value' AS NUMERIC)
            WHEN '>=' THEN p.value >= CAST(c.value ->> 'value' AS NUMERIC) END
        WHEN c.value ->> 'as' <> 'number' AND p.type IN ('text', 'true', 'false') THEN
          CASE c.value ->> 'operator'
            WHEN '=' THEN iif(p.type = 'text', p.value, p.type) = c.value ->> 'value'
            WHEN '!=' THEN iif(p.type = 'text', p.value, p.type) <> c.value ->> 'value' END
        END));
