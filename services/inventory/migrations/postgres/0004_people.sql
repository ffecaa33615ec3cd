ALTER TABLE allocations ADD COLUMN booked_for text;
ALTER TABLE allocations ADD COLUMN reference text;

-- A booking is for whoever made it, unless it says for whom: "mine" is one range of this.
CREATE INDEX allocations_by_person ON allocations (coalesce(booked_for, created_by), from_datetime);
