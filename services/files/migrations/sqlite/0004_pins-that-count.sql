-- To find those that count for somebody, until what refers to them is over.
CREATE INDEX pins_that_count ON pins (reviewed) WHERE owner IS NOT NULL;
