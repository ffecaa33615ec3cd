-- Which service refers to it: resources have photos, too, and each service is asked about its own.
ALTER TABLE pins ADD service text COLLATE "C" NOT NULL DEFAULT 'bookings';
CREATE INDEX pins_of_service ON pins (service, reviewed);
