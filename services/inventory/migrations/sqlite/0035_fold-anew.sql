CREATE TABLE `refold` (
	`table_name` text PRIMARY KEY NOT NULL,
	`until` integer NOT NULL
);

-- A name that is only folded anew is no change of the resource, to nobody.
DROP TRIGGER resource_changed;
CREATE TRIGGER resource_changed AFTER UPDATE ON resources
WHEN NEW.search_name IS OLD.search_name OR NEW.name <> OLD.name OR NEW.version <> OLD.version
BEGIN
  INSERT INTO events (kind, resource_number, signed_by) VALUES (
    CASE WHEN NEW.decommissioned IS NOT NULL THEN 'resource.decommissioned'
         WHEN OLD.decommissioned IS NOT NULL THEN 'resource.returned'
         ELSE 'resource.changed' END,
    NEW.number, (SELECT signed_by FROM signatures));
END;
-- Where two read alike already, the later one is told from others by its number.
UPDATE resources SET search_name = search_name || ' #' || number WHERE decommissioned IS NULL
  AND search_name IS NOT NULL AND number NOT IN (
    SELECT min(number) FROM resources WHERE decommissioned IS NULL GROUP BY resource_type, search_name
);
CREATE UNIQUE INDEX `resource_alike_in_type` ON `resources` (`resource_type`,`search_name`) WHERE "resources"."decommissioned" is null;
-- What an earlier rule folded; see shared/refold.ts.
INSERT INTO refold (table_name, until) VALUES
  ('resources', (unixepoch() + 86400) * 1000);
