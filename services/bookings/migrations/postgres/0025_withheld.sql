ALTER TABLE "displays" ADD COLUMN "withheld_since" timestamptz;
