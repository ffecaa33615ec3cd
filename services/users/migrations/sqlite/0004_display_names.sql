ALTER TABLE users ADD COLUMN display_name TEXT DEFAULT '' NOT NULL;
ALTER TABLE users ADD COLUMN display_key TEXT DEFAULT '' NOT NULL;
-- Addresses are kept in lower case, so this is what the code would fold.
UPDATE users SET display_name = substr(email, 1, instr(email, '@') - 1),
  display_key = substr(email, 1, min(instr(email, '@') - 1, 100));
CREATE INDEX users_by_display_name ON users (display_key, id);

CREATE INDEX removed_users_by_id ON removed_users (user_id);
