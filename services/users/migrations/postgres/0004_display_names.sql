ALTER TABLE users ADD COLUMN display_name text DEFAULT '' NOT NULL;
-- Sorted byte by byte, as on SQLite.
ALTER TABLE users ADD COLUMN display_key text COLLATE "C" DEFAULT '' NOT NULL;
-- Addresses are kept in lower case, so this is what the code would fold.
UPDATE users SET display_name = split_part(email, '@', 1),
  display_key = left(split_part(email, '@', 1), 100);
CREATE INDEX users_by_display_name ON users (display_key, id);

CREATE INDEX removed_users_by_id ON removed_users (user_id);
