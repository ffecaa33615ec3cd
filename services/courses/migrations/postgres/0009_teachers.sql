ALTER TABLE "courses" ADD COLUMN "teachers" text DEFAULT '[]' NOT NULL;
