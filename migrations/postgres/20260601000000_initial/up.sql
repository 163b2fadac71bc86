-- Every key starts with clinic_id, so that a distributed PostgreSQL can place a clinic's rows
-- together. Text that is ranged over or ordered compares bytewise (COLLATE "C"), as on SQLite.
-- json, not jsonb: evidence comes back byte for byte.

CREATE TABLE clinics (
    clinic_id uuid PRIMARY KEY,
    name text NOT NULL,
    created_at timestamptz NOT NULL
);

-- Few keys are ever written, so the foreign key is cheap here.
CREATE TABLE api_keys (
    clinic_id uuid NOT NULL REFERENCES clinics (clinic_id),
    id uuid NOT NULL,
    name text NOT NULL,
    roles text NOT NULL,
    key_hash bytea NOT NULL CHECK (octet_length(key_hash) = 32),
    created_at timestamptz NOT NULL,
    revoked_at timestamptz,
    PRIMARY KEY (clinic_id, id)
);

-- Not unique: a distributed table enforces uniqueness only with clinic_id. The hash of a random
-- key does not repeat.
CREATE INDEX api_keys_by_hash ON api_keys (key_hash);

-- No foreign key to clinics here and below: a clinic is never deleted and every writer holds a
-- key of the clinic, while the check would make each insert lock the clinic's one row.
CREATE TABLE claims (
    clinic_id uuid NOT NULL,
    id uuid NOT NULL,
    external_id text COLLATE "C" NOT NULL,
    status text NOT NULL CHECK (status IN (
        'needs_review', 'needs_preauthorization', 'ready', 'submitted', 'paid',
        'partially_paid', 'denied', 'appealed', 'void', 'replaced')),
    payer text NOT NULL CHECK (payer IN ('wsib', 'mva', 'private', 'uncovered')),
    disposition text NOT NULL CHECK (disposition IN (
        'ready', 'needs_preauthorization', 'needs_review')),
    billing_order text NOT NULL CHECK (billing_order IN (
        'nobody', 'wsib', 'mva', 'private', 'mva_then_private', 'private_then_mva')),
    patient_id text COLLATE "C" NOT NULL,
    service_from date NOT NULL,
    service_to date NOT NULL,
    total_cents bigint NOT NULL CHECK (total_cents >= 0),
    received_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version bigint NOT NULL CHECK (version >= 1),
    content_digest bytea NOT NULL CHECK (octet_length(content_digest) = 32),
    allocations json NOT NULL,
    submission json NOT NULL,
    decision json NOT NULL,
    facts json NOT NULL,
    replaces uuid,
    PRIMARY KEY (clinic_id, id),
    CONSTRAINT claims_external_id UNIQUE (clinic_id, external_id),
    CHECK (service_from <= service_to)
);

CREATE INDEX claims_by_payer ON claims (clinic_id, payer, id);
CREATE INDEX claims_by_status ON claims (clinic_id, status, id);
CREATE INDEX claims_by_disposition ON claims (clinic_id, disposition, id);
CREATE INDEX claims_by_patient ON claims (clinic_id, patient_id, id);

CREATE TABLE claim_items (
    clinic_id uuid NOT NULL,
    claim_id uuid NOT NULL,
    sequence integer NOT NULL CHECK (sequence >= 1),
    service_date date NOT NULL,
    category text NOT NULL,
    code text COLLATE "C",
    amount_cents bigint NOT NULL CHECK (amount_cents >= 0),
    payer text NOT NULL CHECK (payer IN ('wsib', 'mva', 'private', 'uncovered')),
    disposition text NOT NULL CHECK (disposition IN (
        'ready', 'needs_preauthorization', 'needs_review')),
    rule text NOT NULL,
    PRIMARY KEY (clinic_id, claim_id, sequence)
);

CREATE TABLE preauthorizations (
    clinic_id uuid NOT NULL,
    id uuid NOT NULL,
    number text COLLATE "C" NOT NULL,
    kind text NOT NULL CHECK (kind IN ('ocf_18', 'ocf_23', 'wsib_approval', 'predetermination')),
    patient_id text COLLATE "C" NOT NULL,
    payer text NOT NULL CHECK (payer IN ('wsib', 'mva', 'private')),
    status text NOT NULL CHECK (status IN ('pending', 'approved', 'denied', 'expired')),
    approved_cents bigint NOT NULL CHECK (approved_cents >= 0),
    categories json,
    valid_from date,
    valid_to date,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version bigint NOT NULL CHECK (version >= 1),
    PRIMARY KEY (clinic_id, id),
    CONSTRAINT preauthorizations_number UNIQUE (clinic_id, number)
);

CREATE INDEX preauthorizations_by_patient ON preauthorizations (clinic_id, patient_id, id);

-- The record of everything that happened. sequence is handed out before commit, so a feed that
-- pages by it alone would skip what commits late; with transaction_id it can stop at the oldest
-- transaction still running.
CREATE TABLE events (
    clinic_id uuid NOT NULL,
    subject_id uuid NOT NULL,
    number bigint NOT NULL CHECK (number >= 1),
    sequence bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    transaction_id xid8 NOT NULL DEFAULT pg_current_xact_id(),
    kind text NOT NULL,
    at timestamptz NOT NULL,
    actor uuid,
    data json NOT NULL,
    prev_hash bytea,
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    PRIMARY KEY (clinic_id, subject_id, number),
    CHECK ((number = 1) = (prev_hash IS NULL))
);

CREATE INDEX events_feed ON events (clinic_id, transaction_id, sequence);

CREATE FUNCTION events_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'events are append-only';
END
$$;

CREATE TRIGGER events_refuse_update_or_delete BEFORE UPDATE OR DELETE ON events
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();
CREATE TRIGGER events_refuse_truncate BEFORE TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION events_refuse_change();
