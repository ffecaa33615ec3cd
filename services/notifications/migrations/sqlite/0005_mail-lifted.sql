ALTER TABLE `notification_preferences` ADD `mail_lifted` integer;
