-- A claim names the claim that corrects it. Adding the column rewrites no row, and the index holds corrections only:
-- so this migration reads the table once and keeps little in memory, however large the table is. The claims that
-- were corrected before are marked by the service when it starts, in transactions of a bounded size, since each
-- gets an event with its hash.

ALTER TABLE claims ADD COLUMN replaced_by BLOB;

CREATE INDEX claims_by_replaces ON claims (clinic_id, replaces, id) WHERE replaces IS NOT NULL;
