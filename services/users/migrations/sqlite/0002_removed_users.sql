-- Accounts that are no more, by their ids alone: other services learn here whose things to forget.
CREATE TABLE removed_users (
  number INTEGER PRIMARY KEY,
  user_id BLOB NOT NULL,
  "transaction" INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX removed_users_in_order ON removed_users ("transaction", number);

CREATE TRIGGER user_removed AFTER DELETE ON users
BEGIN
  INSERT INTO removed_users (user_id) VALUES (OLD.id);
END;
