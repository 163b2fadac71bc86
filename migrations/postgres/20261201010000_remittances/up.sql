-- What payers answer: the remittances of a claim in order, what they come to, and whose turn it is since then. A claim of
-- which nothing is answered has no row.
CREATE TABLE claim_ledgers (
    clinic_id uuid NOT NULL,
    claim_id uuid NOT NULL,
    billed_cents bigint NOT NULL,
    paid_cents bigint NOT NULL CHECK (paid_cents >= 0),
    adjusted_cents bigint NOT NULL CHECK (adjusted_cents >= 0),
    patient_cents bigint NOT NULL CHECK (patient_cents >= 0),
    outstanding_cents bigint NOT NULL CHECK (outstanding_cents >= 0),
    remittances json NOT NULL,
    next_dues json NOT NULL,
    PRIMARY KEY (clinic_id, claim_id),
    CONSTRAINT claim_ledgers_balance
        CHECK (billed_cents = paid_cents + adjusted_cents + patient_cents + outstanding_cents)
);
