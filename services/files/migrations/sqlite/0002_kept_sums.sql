-- What each owner has is kept by triggers, in the commit of the row and for changes by hand too, so
-- that a quota costs the same however many files there are.

ALTER TABLE files ADD COLUMN size INTEGER NOT NULL DEFAULT 0;
UPDATE files SET size = (SELECT size FROM contents WHERE file_hash = files.file_hash);
CREATE INDEX files_of_owner_by_size ON files (owner, size);
CREATE INDEX unfinished_uploads ON uploads (owner) WHERE file_hash IS NULL;

ALTER TABLE owners ADD COLUMN used_bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE owners ADD COLUMN pending_bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE owners ADD COLUMN day INTEGER NOT NULL DEFAULT 0;
ALTER TABLE owners ADD COLUMN day_files INTEGER NOT NULL DEFAULT 0;
ALTER TABLE owners ADD COLUMN day_bytes INTEGER NOT NULL DEFAULT 0;

INSERT OR IGNORE INTO owners (owner) SELECT owner FROM files UNION SELECT owner FROM uploads;
UPDATE owners SET
  used_bytes = (SELECT coalesce(sum(size), 0) FROM files WHERE owner = owners.owner),
  pending_bytes = (SELECT coalesce(sum(size), 0) FROM uploads
    WHERE owner = owners.owner AND file_hash IS NULL);

-- Who adds a file by hand, or by an older version, need not know.
CREATE TRIGGER file_takes_size_of_contents AFTER INSERT ON files
WHEN NEW.size <> (SELECT size FROM contents WHERE file_hash = NEW.file_hash)
BEGIN
  UPDATE files SET size = (SELECT size FROM contents WHERE file_hash = NEW.file_hash)
  WHERE file_hash = NEW.file_hash AND owner = NEW.owner;
END;

CREATE TRIGGER file_added AFTER INSERT ON files
BEGIN
  INSERT INTO owners (owner, used_bytes, day, day_files, day_bytes)
  VALUES (NEW.owner, NEW.size, NEW.created / 86400000, 1, NEW.size)
  ON CONFLICT (owner) DO UPDATE SET used_bytes = used_bytes + excluded.used_bytes,
    day_files = CASE day WHEN excluded.day THEN day_files ELSE 0 END + 1,
    day_bytes = CASE day WHEN excluded.day THEN day_bytes ELSE 0 END + excluded.day_bytes,
    day = excluded.day;
END;

CREATE TRIGGER file_removed AFTER DELETE ON files
BEGIN
  UPDATE owners SET used_bytes = used_bytes - OLD.size WHERE owner = OLD.owner;
END;

CREATE TRIGGER file_moved AFTER UPDATE OF owner, size ON files
BEGIN
  UPDATE owners SET used_bytes = used_bytes - OLD.size WHERE owner = OLD.owner;
  INSERT INTO owners (owner, used_bytes) VALUES (NEW.owner, NEW.size)
  ON CONFLICT (owner) DO UPDATE SET used_bytes = used_bytes + excluded.used_bytes;
END;

CREATE TRIGGER upload_begun AFTER INSERT ON uploads WHEN NEW.file_hash IS NULL
BEGIN
  INSERT INTO owners (owner, pending_bytes) VALUES (NEW.owner, NEW.size)
  ON CONFLICT (owner) DO UPDATE SET pending_bytes = pending_bytes + excluded.pending_bytes;
END;

CREATE TRIGGER upload_removed AFTER DELETE ON uploads WHEN OLD.file_hash IS NULL
BEGIN
  UPDATE owners SET pending_bytes = pending_bytes - OLD.size WHERE owner = OLD.owner;
END;

CREATE TRIGGER upload_changed AFTER UPDATE OF owner, size, file_hash ON uploads
BEGIN
  UPDATE owners SET pending_bytes = pending_bytes - OLD.size
  WHERE owner = OLD.owner AND OLD.file_hash IS NULL;
  INSERT INTO owners (owner, pending_bytes)
  VALUES (NEW.owner, CASE WHEN NEW.file_hash IS NULL THEN NEW.size ELSE 0 END)
  ON CONFLICT (owner) DO UPDATE SET pending_bytes = pending_bytes + excluded.pending_bytes;
END;
