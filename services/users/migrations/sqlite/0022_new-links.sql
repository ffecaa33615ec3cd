-- What the link is sealed for; NULL: the id of the invitation. A new link ends the former one.
ALTER TABLE invitations ADD COLUMN link_id BLOB;
-- When the link was sent to the address, which it then verifies; NULL: it is passed on.
-- Which of the earlier ones were sent is not known: their addresses are verified by another mail.
ALTER TABLE invitations ADD COLUMN mailed INTEGER;
CREATE INDEX invitations_by_link ON invitations (link_id);

-- A mail about an invitation, which has the name of who made it, waits as long as its link is good:
-- it goes in the commit that ends the link, also as whoever made it is removed.
CREATE TRIGGER invitation_unsent AFTER DELETE ON invitations
BEGIN
  DELETE FROM mails WHERE reference = coalesce(OLD.link_id, OLD.id);
END;
CREATE TRIGGER former_link_unsent AFTER UPDATE OF link_id ON invitations
WHEN OLD.link_id IS NOT NEW.link_id
BEGIN
  DELETE FROM mails WHERE reference = coalesce(OLD.link_id, OLD.id);
END;
-- Those whose invitation has ended before.
DELETE FROM mails WHERE kind = 'invitation' AND reference NOT IN (SELECT id FROM invitations);
