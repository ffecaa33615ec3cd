-- When a login ends however often it is refreshed: what a provider said is asked for again.
ALTER TABLE logins ADD COLUMN ends timestamptz;
