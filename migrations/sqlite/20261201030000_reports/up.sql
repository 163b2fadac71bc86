-- What reports know of a claim, narrow enough to add a year of claims up quickly. Decision 035 has the reasons. The service
-- fills this in before a report, with the terms that claims are found by; all claims are passed over once more for it.
CREATE TABLE claim_progress (
    clinic_id BLOB NOT NULL,
    claim_id BLOB NOT NULL,
    received_on TEXT NOT NULL,
    status TEXT NOT NULL,
    payer TEXT NOT NULL,
    billed_cents INTEGER NOT NULL,
    paid_cents INTEGER NOT NULL,
    outstanding_cents INTEGER NOT NULL,
    -- Who was sent the claim last, and when.
    sent_to TEXT,
    sent_on TEXT,
    -- How many days each step took, as far as it was taken.
    days_to_decide INTEGER,
    days_to_send INTEGER,
    days_to_answer INTEGER,
    days_to_pay INTEGER,
    days_in_all INTEGER,
    denials TEXT,
    outcomes TEXT,
    PRIMARY KEY (clinic_id, claim_id)
) STRICT, WITHOUT ROWID;

DELETE FROM claim_search;
