-- A claim names the claim that corrects it. Adding the column rewrites no row, and the index holds corrections only.
-- The claims that were corrected before are marked by the service when it starts, in transactions of a bounded size,
-- since each gets an event with its hash.

-- Building the index keeps claims from being written for about a second a million; adding the column, for a moment
-- at the end, also from being read. Waiting for the table would keep them from it for longer, so this waits for a
-- moment only; the service tries it again.
SET LOCAL lock_timeout = '200ms';

CREATE INDEX claims_by_replaces ON claims (clinic_id, replaces, id) WHERE replaces IS NOT NULL;

ALTER TABLE claims ADD COLUMN replaced_by uuid;
