-- NULL: in use. A disabled account keeps what it has, and lets nobody in.
ALTER TABLE users ADD COLUMN disabled timestamptz;

-- Its logins end; a higher generation ends what was begun with its access tokens and API keys. A link
-- that was asked for before lets nobody back in, and its invitations end as those of whoever is no
-- administrator any more.
CREATE FUNCTION user_disabled() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE logins SET ended = now() WHERE user_id = NEW.id AND ended IS NULL;
  UPDATE users SET generation = generation + 1 WHERE id = NEW.id;
  DELETE FROM confirmations WHERE user_id = NEW.id AND purpose <> 'keep';
  DELETE FROM invitations WHERE created_by = NEW.id;
  RETURN NULL;
END $$;
CREATE TRIGGER user_disabled AFTER UPDATE OF disabled ON users FOR EACH ROW
  WHEN (OLD.disabled IS NULL AND NEW.disabled IS NOT NULL) EXECUTE FUNCTION user_disabled();

-- However somebody logs in, it begins with this row. The lock makes it wait for a commit under way
-- that disables the account.
CREATE FUNCTION keep_disabled_out() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  since timestamptz;
BEGIN
  SELECT disabled INTO since FROM users WHERE id = NEW.user_id FOR SHARE;
  IF since IS NOT NULL THEN
    RETURN NULL;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER disabled_stays_out BEFORE INSERT ON logins
FOR EACH ROW EXECUTE FUNCTION keep_disabled_out();
