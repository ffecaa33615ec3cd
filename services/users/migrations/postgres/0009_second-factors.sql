CREATE TABLE second_factors (
  user_id uuid PRIMARY KEY NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  sealed_secret text NOT NULL,
  confirmed timestamptz,
  last_step integer NOT NULL,
  created timestamptz NOT NULL
);

CREATE TABLE recovery_codes (
  code_hash text PRIMARY KEY NOT NULL,
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX recovery_codes_by_user ON recovery_codes (user_id);
