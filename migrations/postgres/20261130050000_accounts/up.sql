-- Approvals are accounts: what claims have drawn of each, and which claims name it. Decision 032 has the reasons. Claims
-- that were stored before have no rows here until the service has filled them in; `account_upgrades` says how far it is.

-- Adding columns keeps the table from everybody for a moment. Waiting for it would do so for longer, so this waits for a
-- moment only; the service tries it again.
SET LOCAL lock_timeout = '200ms';

-- After what claims have drawn: the claims that are decided again since the approval changed. By whom it was changed
-- while they are not done, the last of them that is done, whether claims that are `ready` come first still, and until when
-- nobody else works on them.
ALTER TABLE preauthorizations
    ADD COLUMN reserved_cents bigint NOT NULL DEFAULT 0,
    ADD COLUMN consumed_cents bigint NOT NULL DEFAULT 0,
    ADD COLUMN redecided_by uuid,
    ADD COLUMN redecided_to uuid,
    ADD COLUMN redecides_ready boolean NOT NULL DEFAULT false,
    ADD COLUMN redecided_until timestamptz,
    ADD COLUMN claims_decided bigint NOT NULL DEFAULT 0,
    ADD COLUMN claims_changed bigint NOT NULL DEFAULT 0,
    ADD COLUMN claims_waiting bigint NOT NULL DEFAULT 0;
CREATE INDEX preauthorizations_to_redecide ON preauthorizations (clinic_id, id) WHERE redecided_by IS NOT NULL;

CREATE TABLE preauthorization_draws (
    clinic_id uuid NOT NULL,
    preauthorization_id uuid NOT NULL,
    claim_id uuid NOT NULL,
    sequence integer NOT NULL,
    reserved_cents bigint NOT NULL CHECK (reserved_cents >= 0),
    consumed_cents bigint NOT NULL CHECK (consumed_cents >= 0),
    PRIMARY KEY (clinic_id, preauthorization_id, claim_id, sequence)
);
CREATE INDEX preauthorization_draws_by_claim ON preauthorization_draws (clinic_id, claim_id);

-- The numbers in their normal form.
CREATE TABLE claim_preauthorizations (
    clinic_id uuid NOT NULL,
    number text COLLATE "C" NOT NULL,
    claim_id uuid NOT NULL,
    PRIMARY KEY (clinic_id, number, claim_id)
);

-- What a claim takes of the cap of the Minor Injury Guideline, which holds for all claims after one accident.
CREATE TABLE minor_injury_charges (
    clinic_id uuid NOT NULL,
    patient_id text COLLATE "C" NOT NULL,
    accident_date date NOT NULL,
    claim_id uuid NOT NULL,
    cents bigint NOT NULL CHECK (cents > 0),
    PRIMARY KEY (clinic_id, patient_id, accident_date, claim_id)
);
CREATE INDEX minor_injury_charges_by_claim ON minor_injury_charges (clinic_id, claim_id);

CREATE TABLE account_upgrades (
    clinic_id uuid NOT NULL PRIMARY KEY,
    position uuid NOT NULL
);
