-- Approvals are accounts: what claims have drawn of each, and which claims name it. Decision 032 has the reasons. Claims
-- that were stored before have no rows here until the service has filled them in; `account_upgrades` says how far it is.
ALTER TABLE preauthorizations ADD COLUMN reserved_cents INTEGER NOT NULL DEFAULT 0;
ALTER TABLE preauthorizations ADD COLUMN consumed_cents INTEGER NOT NULL DEFAULT 0;

-- The claims that are decided again since the approval changed: by whom it was changed while they are not done, the last
-- of them that is done, whether claims that are `ready` come first still, and until when nobody else works on them.
ALTER TABLE preauthorizations ADD COLUMN redecided_by BLOB;
ALTER TABLE preauthorizations ADD COLUMN redecided_to BLOB;
ALTER TABLE preauthorizations ADD COLUMN redecides_ready INTEGER NOT NULL DEFAULT 0;
ALTER TABLE preauthorizations ADD COLUMN redecided_until INTEGER;
ALTER TABLE preauthorizations ADD COLUMN claims_decided INTEGER NOT NULL DEFAULT 0;
ALTER TABLE preauthorizations ADD COLUMN claims_changed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE preauthorizations ADD COLUMN claims_waiting INTEGER NOT NULL DEFAULT 0;
CREATE INDEX preauthorizations_to_redecide ON preauthorizations (clinic_id, id) WHERE redecided_by IS NOT NULL;

CREATE TABLE preauthorization_draws (
    clinic_id BLOB NOT NULL,
    preauthorization_id BLOB NOT NULL,
    claim_id BLOB NOT NULL,
    sequence INTEGER NOT NULL,
    reserved_cents INTEGER NOT NULL CHECK (reserved_cents >= 0),
    consumed_cents INTEGER NOT NULL CHECK (consumed_cents >= 0),
    PRIMARY KEY (clinic_id, preauthorization_id, claim_id, sequence)
) STRICT, WITHOUT ROWID;
CREATE INDEX preauthorization_draws_by_claim ON preauthorization_draws (clinic_id, claim_id);

-- The numbers in their normal form.
CREATE TABLE claim_preauthorizations (
    clinic_id BLOB NOT NULL,
    number TEXT NOT NULL,
    claim_id BLOB NOT NULL,
    PRIMARY KEY (clinic_id, number, claim_id)
) STRICT, WITHOUT ROWID;

-- What a claim takes of the cap of the Minor Injury Guideline, which holds for all claims after one accident.
CREATE TABLE minor_injury_charges (
    clinic_id BLOB NOT NULL,
    patient_id TEXT NOT NULL,
    accident_date TEXT NOT NULL,
    claim_id BLOB NOT NULL,
    cents INTEGER NOT NULL CHECK (cents > 0),
    PRIMARY KEY (clinic_id, patient_id, accident_date, claim_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX minor_injury_charges_by_claim ON minor_injury_charges (clinic_id, claim_id);

CREATE TABLE account_upgrades (
    clinic_id BLOB NOT NULL PRIMARY KEY,
    position BLOB NOT NULL
) STRICT, WITHOUT ROWID;
