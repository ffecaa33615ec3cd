CREATE TABLE "refold" (
	"table_name" text PRIMARY KEY NOT NULL,
	"until" timestamptz NOT NULL
);

-- A name that is only folded anew is no change of the resource, to nobody.
CREATE OR REPLACE FUNCTION resource_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.search_name IS DISTINCT FROM OLD.search_name
    AND NEW.name = OLD.name AND NEW.version = OLD.version THEN RETURN NULL;
  END IF;
  INSERT INTO events (kind, resource_number, signed_by) VALUES (
    CASE WHEN TG_OP = 'INSERT' THEN 'resource.created'
         WHEN NEW.decommissioned IS NOT NULL THEN 'resource.decommissioned'
         WHEN OLD.decommissioned IS NOT NULL THEN 'resource.returned'
         ELSE 'resource.changed' END,
    NEW.number, signed_by());
  RETURN NULL;
END $$;
-- So that no process of the version before adds one that reads alike in between.
LOCK TABLE resources IN SHARE ROW EXCLUSIVE MODE;
-- Where two read alike already, the later one is told from others by its number.
UPDATE resources SET search_name = search_name || ' #' || number WHERE decommissioned IS NULL
  AND search_name IS NOT NULL AND number NOT IN (
    SELECT min(number) FROM resources WHERE decommissioned IS NULL GROUP BY resource_type, search_name
);
CREATE UNIQUE INDEX "resource_alike_in_type" ON "resources" USING btree ("resource_type","search_name") WHERE "resources"."decommissioned" is null;
-- What an earlier rule folded; see shared/refold.ts.
INSERT INTO refold (table_name, until) VALUES
  ('resources', now() + interval '1 day');
