-- The last change of a booking for which a reservation was kept: a copy of an older one does nothing.
ALTER TABLE reservation_moves ADD COLUMN kept INTEGER NOT NULL DEFAULT 0;
