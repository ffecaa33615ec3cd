-- AUTOINCREMENT: a number is never given twice, though rows are pruned.
CREATE TABLE ended_logins (
  number INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  "transaction" INTEGER NOT NULL DEFAULT 0,
  login_id BLOB NOT NULL,
  token_expires INTEGER NOT NULL
) STRICT;
CREATE INDEX ended_logins_in_order ON ended_logins ("transaction", number);

ALTER TABLE logins ADD COLUMN token_expires INTEGER NOT NULL DEFAULT 0;
ALTER TABLE logins ADD COLUMN created INTEGER NOT NULL DEFAULT 0;
ALTER TABLE logins ADD COLUMN address TEXT;
ALTER TABLE logins ADD COLUMN user_agent TEXT;

-- A login lasts 30 days from its last refresh, an access token 10 minutes. When an older login
-- began is not known: the last refresh stands for it.
UPDATE logins SET created = expires - 30 * 86400000, token_expires = expires - 30 * 86400000 + 600000;
INSERT INTO ended_logins (login_id, token_expires)
SELECT id, token_expires FROM logins WHERE ended IS NOT NULL ORDER BY ended;

CREATE TRIGGER login_ended AFTER UPDATE OF ended ON logins
WHEN OLD.ended IS NULL AND NEW.ended IS NOT NULL
BEGIN
  INSERT INTO ended_logins (login_id, token_expires) VALUES (NEW.id, NEW.token_expires);
END;
