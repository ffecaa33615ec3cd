-- Times are milliseconds since 1970; the largest safe integer is the end of time.

CREATE TABLE courses (
  id BLOB NOT NULL UNIQUE,
  code TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  instructor TEXT NOT NULL,
  search TEXT NOT NULL,
  version INTEGER NOT NULL DEFAULT 1
) STRICT;

CREATE TABLE exercises (
  id BLOB NOT NULL UNIQUE,
  course_code TEXT NOT NULL REFERENCES courses (code) ON DELETE CASCADE,
  title TEXT NOT NULL,
  prompt TEXT NOT NULL,
  language TEXT NOT NULL,
  entry TEXT NOT NULL,
  starter TEXT NOT NULL,
  tests TEXT NOT NULL,
  attempts_max INTEGER NOT NULL,
  due INTEGER NOT NULL,
  created INTEGER NOT NULL,
  version INTEGER NOT NULL DEFAULT 1
) STRICT;

CREATE INDEX exercises_by_course ON exercises (course_code, id);

-- No cascade: an exercise with submissions is not lost by mistake.
CREATE TABLE submissions (
  id BLOB NOT NULL UNIQUE,
  exercise_id BLOB NOT NULL REFERENCES exercises (id),
  exercise_version INTEGER NOT NULL,
  member_id TEXT NOT NULL,
  email TEXT NOT NULL,
  attempt INTEGER NOT NULL CHECK (attempt > 0),
  code TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('pass', 'fail', 'error')),
  score INTEGER NOT NULL CHECK (score BETWEEN 0 AND 10000),
  results TEXT NOT NULL,
  verdict_key TEXT,
  created INTEGER NOT NULL
) STRICT;

-- Attempts are counted by this key: two at once cannot both be the last one allowed.
CREATE UNIQUE INDEX one_attempt_of_a_number ON submissions (exercise_id, member_id, attempt);

CREATE INDEX submissions_by_exercise ON submissions (exercise_id, id);

CREATE INDEX submissions_by_verdict ON submissions (verdict_key) WHERE verdict_key IS NOT NULL;

CREATE TABLE idempotency_keys (
  key TEXT PRIMARY KEY,
  request_hash TEXT NOT NULL,
  answer TEXT NOT NULL,
  created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created);
