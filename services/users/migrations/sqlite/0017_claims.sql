-- Tokens name the role and the address of their user: those from before a change, by hand too, are
-- refused within seconds, and refreshed.
CREATE TRIGGER claims_changed AFTER UPDATE OF role, email ON users
WHEN OLD.role <> NEW.role OR OLD.email <> NEW.email
BEGIN
  UPDATE users SET generation = generation + 1 WHERE id = NEW.id;
END;
