-- What the link is sealed for; NULL: the id of the invitation. A new link ends the former one.
ALTER TABLE invitations ADD COLUMN link_id BLOB;
-- When the link was sent to the address, which it then verifies; NULL: it is passed on.
-- Which of the earlier ones were sent is not known: their addresses are verified by another mail.
ALTER TABLE invitations ADD COLUMN mailed INTEGER;
CREATE INDEX invitations_by_link ON invitations (link_id);
