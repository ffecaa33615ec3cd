-- NULL: in use. A disabled account keeps what it has, and lets nobody in.
ALTER TABLE users ADD COLUMN disabled INTEGER;

-- Its logins end; a higher generation ends what was begun with its access tokens and API keys. A link
-- that was asked for before lets nobody back in, and its invitations end as those of whoever is no
-- administrator any more.
CREATE TRIGGER user_disabled AFTER UPDATE OF disabled ON users
WHEN OLD.disabled IS NULL AND NEW.disabled IS NOT NULL
BEGIN
  UPDATE logins SET ended = CAST(unixepoch('subsec') * 1000 AS INTEGER)
  WHERE user_id = NEW.id AND ended IS NULL;
  UPDATE users SET generation = generation + 1 WHERE id = NEW.id;
  DELETE FROM confirmations WHERE user_id = NEW.id AND purpose <> 'keep';
  DELETE FROM invitations WHERE created_by = NEW.id;
END;

-- However somebody logs in, it begins with this row.
CREATE TRIGGER disabled_stays_out BEFORE INSERT ON logins
WHEN (SELECT disabled FROM users WHERE id = NEW.user_id) IS NOT NULL
BEGIN
  SELECT RAISE(IGNORE);
END;
