-- Whose score changed although they submitted nothing, for who tells of it.
CREATE TABLE score_events (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  "transaction" bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
  exercise_id uuid NOT NULL,
  member_id text COLLATE "C" NOT NULL,
  was integer NOT NULL,
  score integer NOT NULL,
  -- As precise as it is told.
  happened timestamptz NOT NULL DEFAULT date_trunc('milliseconds', now())
);

CREATE INDEX score_events_in_order ON score_events ("transaction", id);
CREATE INDEX score_events_of_member ON score_events (member_id);

-- Names the history that positions in "score_events" are of; the newest counts. A restored backup
-- begins another one.
CREATE TABLE event_epochs (
  number integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  epoch text NOT NULL DEFAULT left(replace(gen_random_uuid()::text, '-', ''), 16)
);
INSERT INTO event_epochs DEFAULT VALUES;

-- The best of a member counts, so what changes below it is nobody's news. By the statement: one that
-- changes several of a member says it once.
CREATE FUNCTION score_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO score_events (exercise_id, member_id, was, score)
  SELECT exercise_id, member_id, greatest(before, others), after
  FROM (
    SELECT changed.exercise_id, changed.member_id, max(changed.score) AS before,
      (SELECT coalesce(max(s.score), 0) FROM submissions s
        WHERE s.exercise_id = changed.exercise_id AND s.member_id = changed.member_id
          AND NOT EXISTS (SELECT 1 FROM changed own WHERE own.id = s.id)) AS others,
      (SELECT coalesce(max(s.score), 0) FROM submissions s
        WHERE s.exercise_id = changed.exercise_id AND s.member_id = changed.member_id) AS after
    FROM changed
    GROUP BY changed.exercise_id, changed.member_id) AS best
  WHERE greatest(before, others) <> after;
  RETURN NULL;
END $$;
CREATE TRIGGER score_changed AFTER UPDATE ON submissions
REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION score_changed();
