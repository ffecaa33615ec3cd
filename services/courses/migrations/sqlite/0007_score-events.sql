-- Whose score changed although they submitted nothing, for who tells of it.
CREATE TABLE score_events (
  id INTEGER PRIMARY KEY,
  "transaction" INTEGER NOT NULL DEFAULT 0,
  exercise_id BLOB NOT NULL,
  member_id TEXT NOT NULL,
  was INTEGER NOT NULL,
  score INTEGER NOT NULL,
  happened INTEGER NOT NULL DEFAULT (CAST(unixepoch('subsec') * 1000 AS INTEGER))
) STRICT;

CREATE INDEX score_events_of_member ON score_events (member_id);

-- Names the history that positions in "score_events" are of; the newest counts. A restored backup
-- begins another one.
CREATE TABLE event_epochs (
  number INTEGER PRIMARY KEY,
  epoch TEXT NOT NULL DEFAULT (lower(hex(randomblob(8))))
) STRICT;
INSERT INTO event_epochs DEFAULT VALUES;

-- The best of a member counts, so what changes below it is nobody's news.
CREATE TRIGGER score_changed AFTER UPDATE OF score ON submissions WHEN NEW.score <> OLD.score
BEGIN
  INSERT INTO score_events (exercise_id, member_id, was, score)
  SELECT NEW.exercise_id, NEW.member_id, max(OLD.score, others), max(NEW.score, others)
  FROM (
    SELECT coalesce(max(score), 0) AS others FROM submissions
    WHERE exercise_id = NEW.exercise_id AND member_id = NEW.member_id AND id <> NEW.id)
  WHERE max(OLD.score, others) <> max(NEW.score, others);
END;
