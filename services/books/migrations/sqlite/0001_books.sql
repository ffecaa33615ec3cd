-- Times are milliseconds since 1970.

-- AUTOINCREMENT: the number of a deleted book is never another's, so neither are its ratings.
CREATE TABLE books (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id BLOB NOT NULL UNIQUE,
  title TEXT NOT NULL,
  author TEXT NOT NULL,
  release_date TEXT NOT NULL,
  page_count INTEGER,
  publisher TEXT NOT NULL,
  added_by TEXT NOT NULL,
  created INTEGER NOT NULL,
  version INTEGER NOT NULL DEFAULT 1,
  title_key TEXT NOT NULL,
  author_key TEXT NOT NULL,
  words TEXT NOT NULL,
  identity TEXT NOT NULL,
  ratings_count INTEGER NOT NULL DEFAULT 0,
  average_hundredths INTEGER,
  rating_score INTEGER NOT NULL DEFAULT 5500
) STRICT;

CREATE UNIQUE INDEX book_once ON books (identity);
CREATE INDEX books_by_title ON books (title_key, number);
CREATE INDEX books_by_author ON books (author_key, number);
CREATE INDEX books_by_release_date ON books (release_date, number);
CREATE INDEX books_by_rating ON books (rating_score, number);

-- The words are folded and split before they come here; `ascii` only splits them at spaces. Where
-- in a text a word stands is not asked for, so it is not kept.
CREATE VIRTUAL TABLE book_words USING fts5(
  words, content='books', content_rowid='number', tokenize='ascii', prefix='1 2 3',
  detail=none, columnsize=0
);

CREATE TRIGGER book_words_added AFTER INSERT ON books
BEGIN
  INSERT INTO book_words (rowid, words) VALUES (NEW.number, NEW.words);
END;

CREATE TRIGGER book_words_removed AFTER DELETE ON books
BEGIN
  INSERT INTO book_words (book_words, rowid, words) VALUES ('delete', OLD.number, OLD.words);
END;

CREATE TRIGGER book_words_changed AFTER UPDATE OF words ON books
BEGIN
  INSERT INTO book_words (book_words, rowid, words) VALUES ('delete', OLD.number, OLD.words);
  INSERT INTO book_words (rowid, words) VALUES (NEW.number, NEW.words);
END;

CREATE TABLE shelves (
  user_id TEXT NOT NULL,
  book_number INTEGER NOT NULL REFERENCES books (number) ON DELETE CASCADE,
  shelf TEXT NOT NULL CHECK (shelf IN ('want', 'reading', 'read'))
) STRICT;

CREATE UNIQUE INDEX book_on_one_shelf ON shelves (user_id, book_number);
CREATE INDEX shelves_by_book ON shelves (book_number);

CREATE TABLE followed_ratings (position TEXT NOT NULL) STRICT;
INSERT INTO followed_ratings VALUES ('0.0');

CREATE TABLE idempotency_keys (
  key TEXT PRIMARY KEY,
  request_hash TEXT NOT NULL,
  answer TEXT NOT NULL,
  created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created);
