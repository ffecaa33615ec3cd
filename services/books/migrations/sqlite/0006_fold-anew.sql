CREATE TABLE `refold` (
	`table_name` text PRIMARY KEY NOT NULL
);
-- What an earlier rule folded; see shared/refold.ts.
INSERT INTO refold (table_name) VALUES ('books');
