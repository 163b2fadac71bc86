-- What follows a decision: who is billed in turn, a person's review, to whom the claim was sent, and how the
-- patient fared. Claims that were
-- stored before have nulls, so no row is rewritten and nothing has to be filled in: what is due is worked out when such a
-- claim is read.
ALTER TABLE claims ADD COLUMN payers_due TEXT;
ALTER TABLE claims ADD COLUMN review TEXT;
ALTER TABLE claims ADD COLUMN has_exceptions INTEGER;
ALTER TABLE claims ADD COLUMN sends TEXT;
ALTER TABLE claims ADD COLUMN outcomes TEXT;
