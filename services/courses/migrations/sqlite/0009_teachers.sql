ALTER TABLE `courses` ADD `teachers` text DEFAULT '[]' NOT NULL;
