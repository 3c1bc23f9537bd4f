-- What the platform thinks of the incident: accepted (stored), dismissed (a false alarm) or handled; NULL until it says.
ALTER TABLE incident ADD COLUMN verdict TEXT;
