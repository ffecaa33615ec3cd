-- Tokens name the role and the address of their user: those from before a change, by hand too, are
-- refused within seconds, and refreshed.
CREATE FUNCTION claims_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE users SET generation = generation + 1 WHERE id = NEW.id;
  RETURN NULL;
END $$;
CREATE TRIGGER claims_changed AFTER UPDATE OF role, email ON users FOR EACH ROW
  WHEN (OLD.role <> NEW.role OR OLD.email <> NEW.email) EXECUTE FUNCTION claims_changed();
