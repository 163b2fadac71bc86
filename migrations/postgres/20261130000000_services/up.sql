-- Which services a claim bills, so that the same service is found in other claims. Decision 029 has the reasons.
-- Claims that were stored before have no rows here, and `has_services` is null in theirs: adding the column rewrites no
-- row, and nothing has to be filled in.

-- Adding the column keeps the table from everybody for a moment. Waiting for it would do so for longer, so this waits
-- for a moment only; the service tries it again.
SET LOCAL lock_timeout = '200ms';

CREATE TABLE claim_services (
    clinic_id uuid NOT NULL,
    service uuid NOT NULL,
    claim_id uuid NOT NULL,
    PRIMARY KEY (clinic_id, service, claim_id)
);

ALTER TABLE claims ADD COLUMN has_services boolean;
