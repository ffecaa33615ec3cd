CREATE TABLE user_groups (
  id BLOB PRIMARY KEY NOT NULL,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL,
  created INTEGER NOT NULL,
  version INTEGER DEFAULT 1 NOT NULL
) STRICT;
CREATE UNIQUE INDEX only_one_group_per_name ON user_groups (name_key);

CREATE TABLE group_members (
  group_id BLOB NOT NULL REFERENCES user_groups (id) ON DELETE CASCADE,
  user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  role TEXT NOT NULL CHECK (role IN ('member', 'manager')),
  added INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX only_once_in_a_group ON group_members (group_id, user_id);
CREATE INDEX group_members_by_user ON group_members (user_id);

-- Each group of a user is in their tokens.
CREATE TRIGGER groups_limited BEFORE INSERT ON group_members
WHEN (SELECT count(*) FROM group_members WHERE user_id = NEW.user_id) >= 50 AND NOT EXISTS (
  SELECT 1 FROM group_members WHERE group_id = NEW.group_id AND user_id = NEW.user_id)
BEGIN
  SELECT RAISE(ABORT, 'too_many_groups');
END;

-- Who moves to another group, leaves one and joins one.
CREATE TRIGGER membership_kept BEFORE UPDATE OF group_id, user_id ON group_members
WHEN OLD.group_id <> NEW.group_id OR OLD.user_id <> NEW.user_id
BEGIN
  SELECT RAISE(ABORT, 'membership_moved');
END;

-- Tokens name the groups of their user: those of a lower generation are refused, and refreshed.
ALTER TABLE users ADD COLUMN generation INTEGER DEFAULT 0 NOT NULL;
ALTER TABLE ended_logins ADD COLUMN generation INTEGER;

CREATE TRIGGER group_joined AFTER INSERT ON group_members
BEGIN
  UPDATE users SET generation = generation + 1 WHERE id = NEW.user_id;
END;
CREATE TRIGGER group_left AFTER DELETE ON group_members
BEGIN
  UPDATE users SET generation = generation + 1 WHERE id = OLD.user_id;
END;

-- A token lives 10 minutes by the clock of whoever issued it, which may be ahead of this one.
CREATE TRIGGER generation_ended AFTER UPDATE OF generation ON users
WHEN OLD.generation <> NEW.generation
BEGIN
  INSERT INTO ended_logins (login_id, generation, token_expires) VALUES (NEW.id, NEW.generation,
    max(CAST(unixepoch('subsec') * 1000 AS INTEGER) + 600000,
      coalesce((SELECT max(token_expires) FROM logins WHERE user_id = NEW.id), 0)));
END;
