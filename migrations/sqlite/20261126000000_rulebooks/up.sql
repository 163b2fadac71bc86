-- Rulebooks: those of the clinics and, under the nil clinic, those that Payerline ships. The document is
-- the canonical text that the digest is of, so it comes back byte for byte.

CREATE TABLE rulebooks (
    clinic_id BLOB NOT NULL CHECK (length(clinic_id) = 16),
    id BLOB NOT NULL CHECK (length(id) = 16),
    version TEXT NOT NULL,
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
    document TEXT NOT NULL,
    golden_cases TEXT NOT NULL,
    note TEXT NOT NULL,
    based_on TEXT,
    author BLOB,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    -- Set by the first activation: from then on the version never changes.
    activated_at INTEGER,
    revision INTEGER NOT NULL CHECK (revision >= 1),
    PRIMARY KEY (clinic_id, id),
    CONSTRAINT rulebooks_version UNIQUE (clinic_id, version)
) STRICT;

CREATE INDEX rulebooks_by_digest ON rulebooks (clinic_id, sha256);

-- Which version decides claims whose earliest service is on that day or later, until the next row.
CREATE TABLE rulebook_activations (
    clinic_id BLOB NOT NULL CHECK (length(clinic_id) = 16),
    effective_from TEXT NOT NULL,
    rulebook_id BLOB NOT NULL CHECK (length(rulebook_id) = 16),
    version TEXT NOT NULL,
    sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
    activated_at INTEGER NOT NULL,
    activated_by BLOB NOT NULL,
    PRIMARY KEY (clinic_id, effective_from),
    CONSTRAINT rulebook_activations_version UNIQUE (clinic_id, version)
) STRICT;

-- The table that is tried is kept with it: a draft may change or go, and what it changed stays explained.
CREATE TABLE backtests (
    clinic_id BLOB NOT NULL CHECK (length(clinic_id) = 16),
    id BLOB NOT NULL CHECK (length(id) = 16),
    version TEXT NOT NULL,
    sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
    document TEXT NOT NULL,
    requested_by BLOB NOT NULL,
    -- The period of receipt as it was asked for, and the claims found in it: from an id to before an id.
    received_from TEXT,
    received_to TEXT,
    first_id BLOB NOT NULL,
    end_id BLOB NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('running', 'finished', 'cancelled', 'failed')),
    -- The last claim that is counted in `result`, or what is before the first.
    position BLOB NOT NULL,
    result TEXT NOT NULL,
    detail TEXT,
    -- Who works on it, and until when nobody else does.
    worker BLOB,
    leased_until INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (clinic_id, id)
) STRICT;

CREATE UNIQUE INDEX backtests_one_running ON backtests (clinic_id) WHERE state = 'running';
CREATE INDEX backtests_by_version ON backtests (clinic_id, version, id);

CREATE TABLE backtest_changes (
    clinic_id BLOB NOT NULL CHECK (length(clinic_id) = 16),
    backtest_id BLOB NOT NULL CHECK (length(backtest_id) = 16),
    claim_id BLOB NOT NULL CHECK (length(claim_id) = 16),
    external_id TEXT NOT NULL,
    before_payer TEXT NOT NULL CHECK (before_payer IN ('wsib', 'mva', 'private', 'uncovered')),
    before_disposition TEXT NOT NULL CHECK (before_disposition IN (
        'ready', 'needs_preauthorization', 'needs_review')),
    after_payer TEXT NOT NULL CHECK (after_payer IN ('wsib', 'mva', 'private', 'uncovered')),
    after_disposition TEXT NOT NULL CHECK (after_disposition IN (
        'ready', 'needs_preauthorization', 'needs_review')),
    moved_cents INTEGER NOT NULL CHECK (moved_cents >= 0),
    -- SHA-256 of the stored decision that was compared.
    decision_digest BLOB NOT NULL CHECK (length(decision_digest) = 32),
    PRIMARY KEY (clinic_id, backtest_id, claim_id)
) STRICT, WITHOUT ROWID;
