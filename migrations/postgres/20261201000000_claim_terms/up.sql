-- What claims are found by: the words and numbers that staff know of a claim. Decision 033 has the reasons. The service
-- fills this in before it searches, in the order of the claims' changes; `claim_search` says how far it is.
CREATE TABLE claim_terms (
    clinic_id uuid NOT NULL,
    term text COLLATE "C" NOT NULL,
    claim_id uuid NOT NULL,
    -- Whether it comes from the decision, which may change, and not from the submission.
    is_decided boolean NOT NULL,
    PRIMARY KEY (clinic_id, term, claim_id)
);
CREATE INDEX claim_terms_decided ON claim_terms (clinic_id, claim_id) WHERE is_decided;

CREATE TABLE claim_search (
    clinic_id uuid NOT NULL PRIMARY KEY,
    updated_at timestamptz NOT NULL,
    claim_id uuid NOT NULL
);
