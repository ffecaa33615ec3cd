CREATE TABLE user_groups (
  id uuid PRIMARY KEY NOT NULL,
  name text NOT NULL,
  name_key text COLLATE "C" NOT NULL,
  created timestamptz NOT NULL,
  version integer DEFAULT 1 NOT NULL
);
CREATE UNIQUE INDEX only_one_group_per_name ON user_groups (name_key);

CREATE TABLE group_members (
  group_id uuid NOT NULL REFERENCES user_groups (id) ON DELETE CASCADE,
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  role text NOT NULL CHECK (role IN ('member', 'manager')),
  added timestamptz NOT NULL
);
CREATE UNIQUE INDEX only_once_in_a_group ON group_members (group_id, user_id);
CREATE INDEX group_members_by_user ON group_members (user_id);

-- Each group of a user is in their tokens. The lock makes two who add the same user take turns.
CREATE FUNCTION limit_groups() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM users WHERE id = NEW.user_id FOR NO KEY UPDATE;
  IF (SELECT count(*) FROM group_members WHERE user_id = NEW.user_id) >= 50 AND NOT EXISTS (
    SELECT 1 FROM group_members WHERE group_id = NEW.group_id AND user_id = NEW.user_id)
  THEN
    RAISE EXCEPTION 'too_many_groups' USING ERRCODE = 'exclusion_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER groups_limited BEFORE INSERT ON group_members
FOR EACH ROW EXECUTE FUNCTION limit_groups();

-- Who moves to another group, leaves one and joins one.
CREATE FUNCTION keep_membership() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'membership_moved' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER membership_kept BEFORE UPDATE OF group_id, user_id ON group_members FOR EACH ROW
  WHEN (OLD.group_id <> NEW.group_id OR OLD.user_id <> NEW.user_id)
  EXECUTE FUNCTION keep_membership();

-- Tokens name the groups of their user: those of a lower generation are refused, and refreshed.
ALTER TABLE users ADD COLUMN generation integer DEFAULT 0 NOT NULL;
ALTER TABLE ended_logins ADD COLUMN generation integer;

CREATE FUNCTION end_generation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE users SET generation = generation + 1 WHERE id = coalesce(NEW.user_id, OLD.user_id);
  RETURN NULL;
END $$;
CREATE TRIGGER group_joined AFTER INSERT ON group_members
FOR EACH ROW EXECUTE FUNCTION end_generation();
CREATE TRIGGER group_left AFTER DELETE ON group_members
FOR EACH ROW EXECUTE FUNCTION end_generation();

-- A token lives 10 minutes by the clock of whoever issued it, which may be ahead of this one.
CREATE FUNCTION generation_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO ended_logins (login_id, generation, token_expires) VALUES (NEW.id, NEW.generation,
    greatest(now() + interval '10 minutes',
      (SELECT max(token_expires) FROM logins WHERE user_id = NEW.id)));
  RETURN NULL;
END $$;
CREATE TRIGGER generation_ended AFTER UPDATE OF generation ON users FOR EACH ROW
  WHEN (OLD.generation <> NEW.generation) EXECUTE FUNCTION generation_ended();
