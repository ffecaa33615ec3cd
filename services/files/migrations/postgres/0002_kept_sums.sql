-- What each owner has is kept by triggers, in the commit of the row and for changes by hand too, so
-- that a quota costs the same however many files there are.

ALTER TABLE files ADD COLUMN size bigint NOT NULL DEFAULT 0;
UPDATE files SET size = (SELECT size FROM contents WHERE file_hash = files.file_hash);
CREATE INDEX files_of_owner_by_size ON files (owner, size);
CREATE INDEX unfinished_uploads ON uploads (owner) WHERE file_hash IS NULL;

ALTER TABLE owners
  ADD COLUMN used_bytes bigint NOT NULL DEFAULT 0,
  ADD COLUMN pending_bytes bigint NOT NULL DEFAULT 0,
  ADD COLUMN day integer NOT NULL DEFAULT 0,
  ADD COLUMN day_files integer NOT NULL DEFAULT 0,
  ADD COLUMN day_bytes bigint NOT NULL DEFAULT 0;

INSERT INTO owners (owner) SELECT owner FROM files UNION SELECT owner FROM uploads
ON CONFLICT DO NOTHING;
UPDATE owners SET
  used_bytes = (SELECT coalesce(sum(size), 0) FROM files WHERE owner = owners.owner),
  pending_bytes = (SELECT coalesce(sum(size), 0) FROM uploads
    WHERE owner = owners.owner AND file_hash IS NULL);

-- Who adds a file by hand, or by an older version, need not know.
CREATE FUNCTION take_size_of_contents() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.size := coalesce((SELECT size FROM contents WHERE file_hash = NEW.file_hash), NEW.size);
  RETURN NEW;
END $$;
CREATE TRIGGER file_takes_size_of_contents BEFORE INSERT ON files
FOR EACH ROW EXECUTE FUNCTION take_size_of_contents();

-- Once for each statement, however many rows it has, and always in the order of owners, so that two
-- transactions never wait for each other.
CREATE FUNCTION count_added_files() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO owners AS counted (owner, used_bytes, day, day_files, day_bytes)
  SELECT owner, sum(size), floor(extract(epoch FROM max(created)) / 86400), count(*), sum(size)
  FROM added GROUP BY owner ORDER BY owner
  ON CONFLICT (owner) DO UPDATE SET used_bytes = counted.used_bytes + excluded.used_bytes,
    day_files = CASE counted.day WHEN excluded.day THEN counted.day_files ELSE 0 END
      + excluded.day_files,
    day_bytes = CASE counted.day WHEN excluded.day THEN counted.day_bytes ELSE 0 END
      + excluded.day_bytes,
    day = excluded.day;
  RETURN NULL;
END $$;
CREATE TRIGGER file_added AFTER INSERT ON files REFERENCING NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION count_added_files();

CREATE FUNCTION count_removed_files() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO owners AS counted (owner, used_bytes)
  SELECT owner, -sum(size) FROM removed GROUP BY owner ORDER BY owner
  ON CONFLICT (owner) DO UPDATE SET used_bytes = counted.used_bytes + excluded.used_bytes;
  RETURN NULL;
END $$;
CREATE TRIGGER file_removed AFTER DELETE ON files REFERENCING OLD TABLE AS removed
FOR EACH STATEMENT EXECUTE FUNCTION count_removed_files();

CREATE FUNCTION count_moved_files() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO owners AS counted (owner, used_bytes)
  SELECT owner, sum(size) FROM (
    SELECT owner, -size AS size FROM before UNION ALL SELECT owner, size FROM after) AS change
  GROUP BY owner HAVING sum(size) <> 0 ORDER BY owner
  ON CONFLICT (owner) DO UPDATE SET used_bytes = counted.used_bytes + excluded.used_bytes;
  RETURN NULL;
END $$;
CREATE TRIGGER file_moved AFTER UPDATE ON files REFERENCING OLD TABLE AS before NEW TABLE AS after
FOR EACH STATEMENT EXECUTE FUNCTION count_moved_files();

CREATE FUNCTION count_pending_uploads() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO owners AS counted (owner, pending_bytes)
  SELECT owner, sum(size) * TG_ARGV[0]::integer
  FROM touched WHERE file_hash IS NULL GROUP BY owner ORDER BY owner
  ON CONFLICT (owner) DO UPDATE SET pending_bytes = counted.pending_bytes + excluded.pending_bytes;
  RETURN NULL;
END $$;
CREATE TRIGGER upload_begun AFTER INSERT ON uploads REFERENCING NEW TABLE AS touched
FOR EACH STATEMENT EXECUTE FUNCTION count_pending_uploads('1');
CREATE TRIGGER upload_removed AFTER DELETE ON uploads REFERENCING OLD TABLE AS touched
FOR EACH STATEMENT EXECUTE FUNCTION count_pending_uploads('-1');

CREATE FUNCTION count_changed_uploads() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO owners AS counted (owner, pending_bytes)
  SELECT owner, sum(size) FROM (
    SELECT owner, -size AS size FROM before WHERE file_hash IS NULL
    UNION ALL SELECT owner, size FROM after WHERE file_hash IS NULL) AS change
  GROUP BY owner HAVING sum(size) <> 0 ORDER BY owner
  ON CONFLICT (owner) DO UPDATE SET pending_bytes = counted.pending_bytes + excluded.pending_bytes;
  RETURN NULL;
END $$;
CREATE TRIGGER upload_changed AFTER UPDATE ON uploads
REFERENCING OLD TABLE AS before NEW TABLE AS after
FOR EACH STATEMENT EXECUTE FUNCTION count_changed_uploads();
