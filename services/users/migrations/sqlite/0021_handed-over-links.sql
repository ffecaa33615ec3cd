-- Who made a link to a new password and hands it over; NULL: it was mailed, or the operator does.
-- Whoever made it before this is not known; it is good for a day.
ALTER TABLE confirmations ADD COLUMN created_by BLOB REFERENCES users (id) ON DELETE CASCADE;
CREATE INDEX confirmations_by_maker ON confirmations (created_by);

-- Whoever is no administrator any more, or is disabled, hands nothing over, as they invite nobody.
CREATE TRIGGER handed_over_links_end AFTER UPDATE OF role, disabled ON users
WHEN (OLD.role = 'admin' AND NEW.role <> 'admin')
  OR (OLD.disabled IS NULL AND NEW.disabled IS NOT NULL)
BEGIN
  DELETE FROM confirmations WHERE created_by = NEW.id;
END;
