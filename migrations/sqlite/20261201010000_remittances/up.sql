-- What payers answer: the remittances of a claim in order, what they come to, and whose turn it is since then. A claim of
-- which nothing is answered has no row.
CREATE TABLE claim_ledgers (
    clinic_id BLOB NOT NULL,
    claim_id BLOB NOT NULL,
    billed_cents INTEGER NOT NULL,
    paid_cents INTEGER NOT NULL CHECK (paid_cents >= 0),
    adjusted_cents INTEGER NOT NULL CHECK (adjusted_cents >= 0),
    patient_cents INTEGER NOT NULL CHECK (patient_cents >= 0),
    outstanding_cents INTEGER NOT NULL CHECK (outstanding_cents >= 0),
    remittances TEXT NOT NULL,
    next_dues TEXT NOT NULL,
    PRIMARY KEY (clinic_id, claim_id),
    CHECK (billed_cents = paid_cents + adjusted_cents + patient_cents + outstanding_cents)
) STRICT, WITHOUT ROWID;
