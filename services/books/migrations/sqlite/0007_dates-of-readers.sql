-- What is there is a day: which of them were only a year is not known any more.
ALTER TABLE `books` ADD `release_known` integer DEFAULT 10 NOT NULL
  CHECK (release_known IN (4, 7, 10));
ALTER TABLE `shelves` ADD `date_shelved` text;
ALTER TABLE `shelves` ADD `date_read` text;
