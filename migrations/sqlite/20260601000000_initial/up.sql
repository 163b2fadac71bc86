-- The same tables as on PostgreSQL, in SQLite's types: uuid and hashes as blobs, instants as
-- microseconds since 1970, days as ISO text, JSON and words as text. Text compares bytewise
-- (BINARY is SQLite's default collation). Every key starts with clinic_id, but
-- for events, whose order of arrival is SQLite's own row number.

CREATE TABLE clinics (
    clinic_id BLOB NOT NULL PRIMARY KEY CHECK (length(clinic_id) = 16),
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE api_keys (
    clinic_id BLOB NOT NULL REFERENCES clinics (clinic_id),
    id BLOB NOT NULL CHECK (length(id) = 16),
    name TEXT NOT NULL,
    roles TEXT NOT NULL,
    key_hash BLOB NOT NULL CHECK (length(key_hash) = 32),
    created_at INTEGER NOT NULL,
    revoked_at INTEGER,
    PRIMARY KEY (clinic_id, id)
) STRICT;

CREATE INDEX api_keys_by_hash ON api_keys (key_hash);

-- No foreign key to clinics here and below: a clinic is never deleted and every writer holds a
-- key of the clinic, so the check would cost each insert and find nothing.
CREATE TABLE claims (
    clinic_id BLOB NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    external_id TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN (
        'needs_review', 'needs_preauthorization', 'ready', 'submitted', 'paid',
        'partially_paid', 'denied', 'appealed', 'void', 'replaced')),
    payer TEXT NOT NULL CHECK (payer IN ('wsib', 'mva', 'private', 'uncovered')),
    disposition TEXT NOT NULL CHECK (disposition IN (
        'ready', 'needs_preauthorization', 'needs_review')),
    billing_order TEXT NOT NULL CHECK (billing_order IN (
        'nobody', 'wsib', 'mva', 'private', 'mva_then_private', 'private_then_mva')),
    patient_id TEXT NOT NULL,
    service_from TEXT NOT NULL,
    service_to TEXT NOT NULL,
    total_cents INTEGER NOT NULL CHECK (total_cents >= 0),
    received_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL CHECK (version >= 1),
    content_digest BLOB NOT NULL CHECK (length(content_digest) = 32),
    allocations TEXT NOT NULL,
    submission TEXT NOT NULL,
    decision TEXT NOT NULL,
    facts TEXT NOT NULL,
    replaces BLOB,
    PRIMARY KEY (clinic_id, id),
    CONSTRAINT claims_external_id UNIQUE (clinic_id, external_id),
    CHECK (service_from <= service_to)
) STRICT;

CREATE INDEX claims_by_payer ON claims (clinic_id, payer, id);
CREATE INDEX claims_by_status ON claims (clinic_id, status, id);
CREATE INDEX claims_by_disposition ON claims (clinic_id, disposition, id);
CREATE INDEX claims_by_patient ON claims (clinic_id, patient_id, id);

CREATE TABLE claim_items (
    clinic_id BLOB NOT NULL,
    claim_id BLOB NOT NULL,
    sequence INTEGER NOT NULL CHECK (sequence >= 1),
    service_date TEXT NOT NULL,
    category TEXT NOT NULL,
    code TEXT,
    amount_cents INTEGER NOT NULL CHECK (amount_cents >= 0),
    payer TEXT NOT NULL CHECK (payer IN ('wsib', 'mva', 'private', 'uncovered')),
    disposition TEXT NOT NULL CHECK (disposition IN (
        'ready', 'needs_preauthorization', 'needs_review')),
    rule TEXT NOT NULL,
    PRIMARY KEY (clinic_id, claim_id, sequence)
) STRICT, WITHOUT ROWID;

CREATE TABLE preauthorizations (
    clinic_id BLOB NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    number TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('ocf_18', 'ocf_23', 'wsib_approval', 'predetermination')),
    patient_id TEXT NOT NULL,
    payer TEXT NOT NULL CHECK (payer IN ('wsib', 'mva', 'private')),
    status TEXT NOT NULL CHECK (status IN ('pending', 'approved', 'denied', 'expired')),
    approved_cents INTEGER NOT NULL CHECK (approved_cents >= 0),
    categories TEXT,
    valid_from TEXT,
    valid_to TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL CHECK (version >= 1),
    PRIMARY KEY (clinic_id, id),
    CONSTRAINT preauthorizations_number UNIQUE (clinic_id, number)
) STRICT;

CREATE INDEX preauthorizations_by_patient ON preauthorizations (clinic_id, patient_id, id);

-- The record of everything that happened. One writer commits at a time, so sequence has the
-- order of commits; AUTOINCREMENT keeps a number from ever being given twice.
CREATE TABLE events (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    clinic_id BLOB NOT NULL,
    subject_id BLOB NOT NULL,
    number INTEGER NOT NULL CHECK (number >= 1),
    kind TEXT NOT NULL,
    at INTEGER NOT NULL,
    actor BLOB,
    data TEXT NOT NULL,
    prev_hash BLOB,
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    CONSTRAINT events_number UNIQUE (clinic_id, subject_id, number),
    CHECK ((number = 1) = (prev_hash IS NULL))
) STRICT;

CREATE INDEX events_by_clinic ON events (clinic_id, sequence);

CREATE TRIGGER events_refuse_update BEFORE UPDATE ON events
BEGIN
    SELECT RAISE(ABORT, 'events are append-only');
END;

CREATE TRIGGER events_refuse_delete BEFORE DELETE ON events
BEGIN
    SELECT RAISE(ABORT, 'events are append-only');
END;
