ALTER TABLE "booking_series" ADD COLUMN "type_ids" text;
ALTER TABLE "calendars" ADD COLUMN "type_id" uuid;
ALTER TABLE "displays" ADD COLUMN "type_id" uuid;
