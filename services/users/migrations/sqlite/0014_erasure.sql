-- Whoever is removed is forgotten in the commit that removes them: in mails that wait, also those
-- they sent or that have their new address, in invitations to them, and where they were logged in.
-- Their logins end, if it is done by hand. A response that is stored for a retry may have their name.
CREATE TRIGGER user_forgotten BEFORE DELETE ON users
BEGIN
  DELETE FROM mails WHERE recipient IN (OLD.email, OLD.verified_email)
    OR reference IN (SELECT id FROM confirmations WHERE user_id = OLD.id)
    OR reference IN (SELECT id FROM invitations WHERE created_by = OLD.id);
  DELETE FROM invitations WHERE email IN (OLD.email, OLD.verified_email);
  UPDATE logins SET ended = coalesce(ended, CAST(unixepoch('subsec') * 1000 AS INTEGER)),
    address = NULL, user_agent = NULL
  WHERE user_id = OLD.id;
  DELETE FROM idempotency_keys
  WHERE instr(replace(answer, '-', ''), lower(hex(OLD.id))) > 0
    OR instr(answer, '"email":' || json_quote(OLD.email)) > 0
    OR instr(answer, '"invited_by":' || json_quote(OLD.display_name)) > 0;
END;
