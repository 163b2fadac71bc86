-- Rulebooks: those of the clinics and, under the nil clinic, those that Payerline ships. The document is
-- the canonical text that the digest is of, so it comes back byte for byte.

CREATE TABLE rulebooks (
    clinic_id uuid NOT NULL,
    id uuid NOT NULL,
    version text COLLATE "C" NOT NULL,
    name text NOT NULL,
    sha256 text COLLATE "C" NOT NULL CHECK (length(sha256) = 64),
    document json NOT NULL,
    golden_cases json NOT NULL,
    note text NOT NULL,
    based_on text COLLATE "C",
    author uuid,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    -- Set by the first activation: from then on the version never changes.
    activated_at timestamptz,
    revision bigint NOT NULL CHECK (revision >= 1),
    PRIMARY KEY (clinic_id, id),
    CONSTRAINT rulebooks_version UNIQUE (clinic_id, version)
);

CREATE INDEX rulebooks_by_digest ON rulebooks (clinic_id, sha256);

-- Which version decides claims whose earliest service is on that day or later, until the next row.
CREATE TABLE rulebook_activations (
    clinic_id uuid NOT NULL,
    effective_from date NOT NULL,
    rulebook_id uuid NOT NULL,
    version text COLLATE "C" NOT NULL,
    sha256 text COLLATE "C" NOT NULL CHECK (length(sha256) = 64),
    activated_at timestamptz NOT NULL,
    activated_by uuid NOT NULL,
    PRIMARY KEY (clinic_id, effective_from),
    CONSTRAINT rulebook_activations_version UNIQUE (clinic_id, version)
);

-- The table that is tried is kept with it: a draft may change or go, and what it changed stays explained.
CREATE TABLE backtests (
    clinic_id uuid NOT NULL,
    id uuid NOT NULL,
    version text COLLATE "C" NOT NULL,
    sha256 text COLLATE "C" NOT NULL CHECK (length(sha256) = 64),
    document json NOT NULL,
    requested_by uuid NOT NULL,
    -- The period of receipt as it was asked for, and the claims found in it: from an id to before an id.
    received_from date,
    received_to date,
    first_id uuid NOT NULL,
    end_id uuid NOT NULL,
    state text NOT NULL CHECK (state IN ('running', 'finished', 'cancelled', 'failed')),
    -- The last claim that is counted in `result`, or what is before the first.
    position uuid NOT NULL,
    result json NOT NULL,
    detail text,
    -- Who works on it, and until when nobody else does.
    worker uuid,
    leased_until timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (clinic_id, id)
);

CREATE UNIQUE INDEX backtests_one_running ON backtests (clinic_id) WHERE state = 'running';
CREATE INDEX backtests_by_version ON backtests (clinic_id, version, id);

CREATE TABLE backtest_changes (
    clinic_id uuid NOT NULL,
    backtest_id uuid NOT NULL,
    claim_id uuid NOT NULL,
    external_id text COLLATE "C" NOT NULL,
    before_payer text NOT NULL CHECK (before_payer IN ('wsib', 'mva', 'private', 'uncovered')),
    before_disposition text NOT NULL CHECK (before_disposition IN (
        'ready', 'needs_preauthorization', 'needs_review')),
    after_payer text NOT NULL CHECK (after_payer IN ('wsib', 'mva', 'private', 'uncovered')),
    after_disposition text NOT NULL CHECK (after_disposition IN (
        'ready', 'needs_preauthorization', 'needs_review')),
    moved_cents bigint NOT NULL CHECK (moved_cents >= 0),
    -- SHA-256 of the stored decision that was compared.
    decision_digest bytea NOT NULL CHECK (octet_length(decision_digest) = 32),
    PRIMARY KEY (clinic_id, backtest_id, claim_id)
);
