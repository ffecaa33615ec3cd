CREATE TABLE books (
  number integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id uuid NOT NULL UNIQUE,
  title text NOT NULL,
  author text NOT NULL,
  release_date text COLLATE "C" NOT NULL,
  page_count integer,
  publisher text NOT NULL,
  added_by text NOT NULL,
  created timestamptz NOT NULL,
  version integer NOT NULL DEFAULT 1,
  title_key text COLLATE "C" NOT NULL,
  author_key text COLLATE "C" NOT NULL,
  words text NOT NULL,
  identity text COLLATE "C" NOT NULL,
  ratings_count integer NOT NULL DEFAULT 0,
  average_hundredths integer,
  rating_score integer NOT NULL DEFAULT 5500,
  -- The words are folded and split before they come here; no configuration takes part.
  lexemes tsvector GENERATED ALWAYS AS (array_to_tsvector(string_to_array(words, ' '))) STORED
);

CREATE UNIQUE INDEX book_once ON books (identity);
CREATE INDEX books_by_title ON books (title_key, number);
CREATE INDEX books_by_author ON books (author_key, number);
CREATE INDEX books_by_release_date ON books (release_date, number);
CREATE INDEX books_by_rating ON books (rating_score, number);
CREATE INDEX books_by_word ON books USING gin (lexemes);

CREATE TABLE shelves (
  user_id text COLLATE "C" NOT NULL,
  book_number integer NOT NULL REFERENCES books (number) ON DELETE CASCADE,
  shelf text NOT NULL CHECK (shelf IN ('want', 'reading', 'read'))
);

CREATE UNIQUE INDEX book_on_one_shelf ON shelves (user_id, book_number);
CREATE INDEX shelves_by_book ON shelves (book_number);

CREATE TABLE followed_ratings (position text NOT NULL);
INSERT INTO followed_ratings VALUES ('0.0');

CREATE TABLE idempotency_keys (
  key text PRIMARY KEY,
  request_hash text NOT NULL,
  answer text NOT NULL,
  created timestamptz NOT NULL
);

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created);
