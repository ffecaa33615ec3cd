-- When the newest refresh token was issued: the one before it is good for a moment longer.
ALTER TABLE `logins` ADD `refreshed` integer;
