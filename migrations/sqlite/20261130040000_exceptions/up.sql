-- Reviews that make an exception to a law are few, and an admin looks them through.
CREATE INDEX claims_with_exceptions ON claims (clinic_id, id) WHERE has_exceptions IS NOT NULL;
