CREATE TABLE ended_logins (
  number bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  "transaction" bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
  login_id uuid NOT NULL,
  token_expires timestamptz NOT NULL
);
CREATE INDEX ended_logins_in_order ON ended_logins ("transaction", number);

-- The defaults serve a process of the version before, in a rolling update.
ALTER TABLE logins ADD COLUMN token_expires timestamptz NOT NULL
  DEFAULT now() + interval '15 minutes';
ALTER TABLE logins ADD COLUMN created timestamptz NOT NULL DEFAULT now();
ALTER TABLE logins ADD COLUMN address text;
ALTER TABLE logins ADD COLUMN user_agent text;

-- A login lasts 30 days from its last refresh, an access token 10 minutes. When an older login
-- began is not known: the last refresh stands for it.
UPDATE logins SET created = expires - interval '30 days',
  token_expires = expires - interval '30 days' + interval '10 minutes';
INSERT INTO ended_logins (login_id, token_expires)
SELECT id, token_expires FROM logins WHERE ended IS NOT NULL ORDER BY ended;

CREATE FUNCTION login_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO ended_logins (login_id, token_expires) VALUES (NEW.id, NEW.token_expires);
  RETURN NULL;
END $$;
CREATE TRIGGER login_ended AFTER UPDATE OF ended ON logins FOR EACH ROW
  WHEN (OLD.ended IS NULL AND NEW.ended IS NOT NULL) EXECUTE FUNCTION login_ended();
