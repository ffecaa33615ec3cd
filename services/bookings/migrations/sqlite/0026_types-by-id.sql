ALTER TABLE `booking_series` ADD `type_ids` text;
ALTER TABLE `calendars` ADD `type_id` blob;
ALTER TABLE `displays` ADD `type_id` blob;
