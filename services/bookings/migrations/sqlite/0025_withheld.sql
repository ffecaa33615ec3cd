ALTER TABLE `displays` ADD `withheld_since` integer;
