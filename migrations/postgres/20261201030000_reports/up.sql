-- What reports know of a claim, narrow enough to add a year of claims up quickly. Decision 035 has the reasons. The service
-- fills this in before a report, with the terms that claims are found by; all claims are passed over once more for it.
CREATE TABLE claim_progress (
    clinic_id uuid NOT NULL,
    claim_id uuid NOT NULL,
    received_on date NOT NULL,
    status text NOT NULL,
    payer text NOT NULL,
    billed_cents bigint NOT NULL,
    paid_cents bigint NOT NULL,
    outstanding_cents bigint NOT NULL,
    -- Who was sent the claim last, and when.
    sent_to text,
    sent_on date,
    -- How many days each step took, as far as it was taken.
    days_to_decide integer,
    days_to_send integer,
    days_to_answer integer,
    days_to_pay integer,
    days_in_all integer,
    denials json,
    outcomes json,
    PRIMARY KEY (clinic_id, claim_id)
);

DELETE FROM claim_search;
