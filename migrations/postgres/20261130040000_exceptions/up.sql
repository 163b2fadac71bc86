-- Reviews that make an exception to a law are few, and an admin looks them through.

-- Building the index keeps claims from being written while the table is read. It comes by itself: in the migration that adds
-- the column, claims could not be read meanwhile either.
SET LOCAL lock_timeout = '200ms';

CREATE INDEX claims_with_exceptions ON claims (clinic_id, id) WHERE has_exceptions IS NOT NULL;
