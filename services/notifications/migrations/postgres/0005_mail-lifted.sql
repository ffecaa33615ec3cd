ALTER TABLE "notification_preferences" ADD COLUMN "mail_lifted" timestamptz;
