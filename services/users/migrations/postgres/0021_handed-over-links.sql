-- Who made a link to a new password and hands it over; NULL: it was mailed, or the operator does.
-- Whoever made it before this is not known; it is good for a day.
ALTER TABLE confirmations ADD COLUMN created_by uuid REFERENCES users (id) ON DELETE CASCADE;
CREATE INDEX confirmations_by_maker ON confirmations (created_by);

-- Whoever is no administrator any more, or is disabled, hands nothing over, as they invite nobody.
CREATE FUNCTION handed_over_links_end() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM confirmations WHERE created_by = NEW.id;
  RETURN NULL;
END $$;
CREATE TRIGGER handed_over_links_end AFTER UPDATE OF role, disabled ON users FOR EACH ROW
  WHEN ((OLD.role = 'admin' AND NEW.role <> 'admin')
    OR (OLD.disabled IS NULL AND NEW.disabled IS NOT NULL))
  EXECUTE FUNCTION handed_over_links_end();
