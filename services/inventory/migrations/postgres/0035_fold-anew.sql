CREATE TABLE "refold" (
	"table_name" text PRIMARY KEY NOT NULL
);

-- Where two read alike already, the later one is told from others by its very name, as one by hand.
UPDATE resources SET search_name = NULL WHERE decommissioned IS NULL
  AND search_name IS NOT NULL AND number NOT IN (
    SELECT min(number) FROM resources WHERE decommissioned IS NULL GROUP BY resource_type, search_name
);
CREATE UNIQUE INDEX "resource_alike_in_type" ON "resources" USING btree ("resource_type","search_name") WHERE "resources"."decommissioned" is null;
-- What an earlier rule folded; see shared/refold.ts.
INSERT INTO refold (table_name) VALUES ('resources');
