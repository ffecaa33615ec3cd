-- Accounts that are no more, by their ids alone: other services learn here whose things to forget.
-- They are read in commit order, by "transaction" and number: numbers are taken before commits.
CREATE TABLE removed_users (
  number integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  user_id uuid NOT NULL,
  "transaction" bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint
);

CREATE INDEX removed_users_in_order ON removed_users ("transaction", number);

CREATE FUNCTION keep_removed_user() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO removed_users (user_id) VALUES (OLD.id);
  RETURN NULL;
END $$;
CREATE TRIGGER user_removed AFTER DELETE ON users
FOR EACH ROW EXECUTE FUNCTION keep_removed_user();
