-- A service through which members book what is of this type, by its rules; null: they book it here.
ALTER TABLE resource_types ADD COLUMN managed_by text COLLATE "C";
