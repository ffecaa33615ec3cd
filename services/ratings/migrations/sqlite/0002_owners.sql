-- A rating belongs to a user, whatever their address becomes. Those that were kept by their address
-- get the user who has it now; then the address is asked for never again.

ALTER TABLE book_ratings ADD COLUMN user_id TEXT;

CREATE TABLE rating_addresses (
  email TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
INSERT INTO rating_addresses (email) SELECT DISTINCT email FROM book_ratings;

DROP INDEX only_one_book_rating_per_user;
CREATE UNIQUE INDEX only_one_book_rating_per_user ON book_ratings (book_id, user_id);
CREATE UNIQUE INDEX only_one_book_rating_per_address ON book_ratings (email, book_id)
WHERE user_id IS NULL;
CREATE INDEX book_ratings_of_user ON book_ratings (user_id, created);
