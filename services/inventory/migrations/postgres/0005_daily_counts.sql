-- What each user wrote on each day, for the limits: neither a restart nor another replica begins
-- anew. A batch counts in the commit of its rows.
CREATE TABLE daily_counts (
  day timestamptz NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  used integer NOT NULL,
  PRIMARY KEY (day, user_id)
);
