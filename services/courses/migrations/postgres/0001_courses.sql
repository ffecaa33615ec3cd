CREATE TABLE courses (
  id uuid NOT NULL UNIQUE,
  code text COLLATE "C" NOT NULL UNIQUE,
  name text NOT NULL,
  instructor text NOT NULL,
  search text COLLATE "C" NOT NULL,
  version integer NOT NULL DEFAULT 1
);

CREATE TABLE exercises (
  id uuid NOT NULL UNIQUE,
  course_code text COLLATE "C" NOT NULL REFERENCES courses (code) ON DELETE CASCADE,
  title text COLLATE "C" NOT NULL,
  prompt text NOT NULL,
  language text NOT NULL,
  entry text NOT NULL,
  starter text NOT NULL,
  tests text NOT NULL,
  attempts_max integer NOT NULL,
  due timestamptz NOT NULL,
  created timestamptz NOT NULL,
  version integer NOT NULL DEFAULT 1
);

CREATE INDEX exercises_by_course ON exercises (course_code, id);

-- No cascade: an exercise with submissions is not lost by mistake.
CREATE TABLE submissions (
  id uuid NOT NULL UNIQUE,
  exercise_id uuid NOT NULL REFERENCES exercises (id),
  exercise_version integer NOT NULL,
  member_id text COLLATE "C" NOT NULL,
  email text NOT NULL,
  attempt integer NOT NULL CHECK (attempt > 0),
  code text NOT NULL,
  status text NOT NULL CHECK (status IN ('pass', 'fail', 'error')),
  score integer NOT NULL CHECK (score BETWEEN 0 AND 10000),
  results text NOT NULL,
  verdict_key text,
  created timestamptz NOT NULL
);

-- Attempts are counted by this key: two at once cannot both be the last one allowed.
CREATE UNIQUE INDEX one_attempt_of_a_number ON submissions (exercise_id, member_id, attempt);

CREATE INDEX submissions_by_exercise ON submissions (exercise_id, id);

CREATE INDEX submissions_by_verdict ON submissions (verdict_key) WHERE verdict_key IS NOT NULL;

CREATE TABLE idempotency_keys (
  key text PRIMARY KEY,
  request_hash text NOT NULL,
  answer text NOT NULL,
  created timestamptz NOT NULL
);

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created);
