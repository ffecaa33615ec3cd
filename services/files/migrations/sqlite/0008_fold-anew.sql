CREATE TABLE `refold` (
	`table_name` text PRIMARY KEY NOT NULL,
	`until` integer NOT NULL
);
-- What an earlier rule folded; see shared/refold.ts.
INSERT INTO refold (table_name, until) VALUES
  ('files', (unixepoch() + 86400) * 1000);
