-- What the link is sealed for; NULL: the id of the invitation. A new link ends the former one.
ALTER TABLE invitations ADD COLUMN link_id uuid;
-- When the link was sent to the address, which it then verifies; NULL: it is passed on.
-- Which of the earlier ones were sent is not known: their addresses are verified by another mail.
ALTER TABLE invitations ADD COLUMN mailed timestamptz;
CREATE INDEX invitations_by_link ON invitations (link_id);

-- A mail about an invitation, which has the name of who made it, waits as long as its link is good:
-- it goes in the commit that ends the link, also as whoever made it is removed.
CREATE FUNCTION invitation_unsent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM mails WHERE reference = coalesce(OLD.link_id, OLD.id);
  RETURN NULL;
END $$;
CREATE TRIGGER invitation_unsent AFTER DELETE ON invitations
FOR EACH ROW EXECUTE FUNCTION invitation_unsent();
CREATE TRIGGER former_link_unsent AFTER UPDATE OF link_id ON invitations FOR EACH ROW
  WHEN (OLD.link_id IS DISTINCT FROM NEW.link_id) EXECUTE FUNCTION invitation_unsent();
-- Those whose invitation has ended before.
DELETE FROM mails WHERE kind = 'invitation' AND reference NOT IN (SELECT id FROM invitations);
