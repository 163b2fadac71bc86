-- What follows a decision: who is billed in turn, a person's review, to whom the claim was sent, and how the
-- patient fared. Claims that were
-- stored before have nulls, so no row is rewritten and nothing has to be filled in: what is due is worked out when such a
-- claim is read.

-- Adding the columns keeps the table from everybody for a moment. Waiting for it would do so for longer, so this waits
-- for a moment only; the service tries it again.
SET LOCAL lock_timeout = '200ms';

ALTER TABLE claims
    ADD COLUMN payers_due json,
    ADD COLUMN review json,
    ADD COLUMN has_exceptions boolean,
    ADD COLUMN sends json,
    ADD COLUMN outcomes json;

ALTER TABLE claims
    ALTER COLUMN payers_due SET STORAGE MAIN,
    ALTER COLUMN review SET STORAGE MAIN,
    ALTER COLUMN sends SET STORAGE MAIN,
    ALTER COLUMN outcomes SET STORAGE MAIN;
