-- Which services a claim bills, so that the same service is found in other claims. Decision 029 has the reasons.
-- Claims that were stored before have no rows here, and `has_services` is null in theirs: adding the column rewrites no
-- row, and nothing has to be filled in.
CREATE TABLE claim_services (
    clinic_id BLOB NOT NULL,
    service BLOB NOT NULL,
    claim_id BLOB NOT NULL,
    PRIMARY KEY (clinic_id, service, claim_id)
) STRICT, WITHOUT ROWID;

ALTER TABLE claims ADD COLUMN has_services INTEGER;
