-- Times are milliseconds since 1970.

CREATE TABLE book_ratings (
  id BLOB NOT NULL PRIMARY KEY,
  book_id INTEGER NOT NULL,
  email TEXT NOT NULL,
  value INTEGER NOT NULL,
  created INTEGER NOT NULL,
  version INTEGER NOT NULL DEFAULT 1,
  CONSTRAINT book_rating_value CHECK (value BETWEEN 1 AND 10)
) STRICT;

CREATE UNIQUE INDEX only_one_book_rating_per_user ON book_ratings (book_id, email);

CREATE INDEX book_ratings_in_order ON book_ratings (book_id, id);

-- How many gave a book each value. Whoever follows the changes reads them by revision.
CREATE TABLE book_rating_counts (
  book_id INTEGER NOT NULL,
  value INTEGER NOT NULL,
  count INTEGER NOT NULL,
  "transaction" INTEGER NOT NULL DEFAULT 0,
  revision INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX book_rating_count ON book_rating_counts (book_id, value);

CREATE INDEX book_rating_counts_in_order ON book_rating_counts ("transaction", revision);

CREATE VIEW next_revision AS
SELECT coalesce((
  SELECT revision FROM book_rating_counts ORDER BY "transaction" DESC, revision DESC LIMIT 1
), 0) + 1 AS revision;

CREATE TRIGGER rating_made AFTER INSERT ON book_ratings
BEGIN
  INSERT INTO book_rating_counts (book_id, value, count, revision)
  SELECT NEW.book_id, NEW.value, 1, revision FROM next_revision WHERE true
  ON CONFLICT (book_id, value) DO UPDATE SET count = count + 1, revision = excluded.revision;
END;

CREATE TRIGGER rating_withdrawn AFTER DELETE ON book_ratings
BEGIN
  UPDATE book_rating_counts
  SET count = count - 1, revision = (SELECT revision FROM next_revision)
  WHERE book_id = OLD.book_id AND value = OLD.value;
END;

CREATE TRIGGER rating_changed AFTER UPDATE OF book_id, value ON book_ratings
BEGIN
  UPDATE book_rating_counts
  SET count = count - 1, revision = (SELECT revision FROM next_revision)
  WHERE book_id = OLD.book_id AND value = OLD.value;
  INSERT INTO book_rating_counts (book_id, value, count, revision)
  SELECT NEW.book_id, NEW.value, 1, revision FROM next_revision WHERE true
  ON CONFLICT (book_id, value) DO UPDATE SET count = count + 1, revision = excluded.revision;
END;

CREATE TABLE idempotency_keys (
  key TEXT PRIMARY KEY,
  request_hash TEXT NOT NULL,
  answer TEXT NOT NULL,
  created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created);
