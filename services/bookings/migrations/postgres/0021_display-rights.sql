-- Which of its resources were hidden when a display was made: one that is hidden later disappears.
-- Of older ones that is not known: of those that show hidden ones it is all that their maker named.
ALTER TABLE displays ADD COLUMN hidden text NOT NULL DEFAULT '[]';
UPDATE displays SET hidden = resources WHERE with_hidden = 1;
ALTER TABLE displays ALTER COLUMN hidden DROP DEFAULT;
ALTER TABLE displays DROP COLUMN with_hidden;
ALTER TABLE displays ADD CONSTRAINT display_hidden CHECK (hidden = '[]' OR resources IS NOT NULL);
