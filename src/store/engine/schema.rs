//! The tables, once for both databases. The migrations create them.

/// Declares a table with the SQL types that may occur in it.
macro_rules! table {
    ($($columns:tt)*) => {
        diesel::table! {
            use crate::store::engine::sql_types::{SqlDate, SqlId, SqlJson, SqlTime};
            use diesel::sql_types::{BigInt, Binary, Integer, Nullable, Text};

            $($columns)*
        }
    };
}

table! {
    clinics (clinic_id) {
        clinic_id -> SqlId,
        name -> Text,
        created_at -> SqlTime,
    }
}

table! {
    api_keys (clinic_id, id) {
        clinic_id -> SqlId,
        id -> SqlId,
        name -> Text,
        roles -> Text,
        key_hash -> Binary,
        created_at -> SqlTime,
        revoked_at -> Nullable<SqlTime>,
    }
}

table! {
    claims (clinic_id, id) {
        clinic_id -> SqlId,
        id -> SqlId,
        external_id -> Text,
        status -> Text,
        payer -> Text,
        disposition -> Text,
        billing_order -> Text,
        patient_id -> Text,
        service_from -> SqlDate,
        service_to -> SqlDate,
        total_cents -> BigInt,
        received_at -> SqlTime,
        updated_at -> SqlTime,
        version -> BigInt,
        content_digest -> Binary,
        allocations -> SqlJson,
        submission -> SqlJson,
        decision -> SqlJson,
        facts -> SqlJson,
        replaces -> Nullable<SqlId>,
        replaced_by -> Nullable<SqlId>,
        external_id_sent -> Nullable<Text>,
        patient_id_sent -> Nullable<Text>,
    }
}

table! {
    claim_items (clinic_id, claim_id, sequence) {
        clinic_id -> SqlId,
        claim_id -> SqlId,
        sequence -> Integer,
        service_date -> SqlDate,
        category -> Text,
        code -> Nullable<Text>,
        amount_cents -> BigInt,
        payer -> Text,
        disposition -> Text,
        rule -> Text,
    }
}

table! {
    preauthorizations (clinic_id, id) {
        clinic_id -> SqlId,
        id -> SqlId,
        number -> Text,
        kind -> Text,
        patient_id -> Text,
        payer -> Text,
        status -> Text,
        approved_cents -> BigInt,
        categories -> Nullable<SqlJson>,
        valid_from -> Nullable<SqlDate>,
        valid_to -> Nullable<SqlDate>,
        created_at -> SqlTime,
        updated_at -> SqlTime,
        version -> BigInt,
        number_sent -> Nullable<Text>,
        patient_id_sent -> Nullable<Text>,
    }
}

table! {
    // The database itself fills in `sequence` and, on PostgreSQL, `transaction_id`.
    events (clinic_id, subject_id, number) {
        clinic_id -> SqlId,
        subject_id -> SqlId,
        number -> BigInt,
        kind -> Text,
        at -> SqlTime,
        actor -> Nullable<SqlId>,
        data -> SqlJson,
        prev_hash -> Nullable<Binary>,
        hash -> Binary,
    }
}

table! {
    rulebooks (clinic_id, id) {
        clinic_id -> SqlId,
        id -> SqlId,
        version -> Text,
        name -> Text,
        sha256 -> Text,
        document -> SqlJson,
        golden_cases -> SqlJson,
        note -> Text,
        based_on -> Nullable<Text>,
        author -> Nullable<SqlId>,
        created_at -> SqlTime,
        updated_at -> SqlTime,
        activated_at -> Nullable<SqlTime>,
        revision -> BigInt,
    }
}

table! {
    rulebook_activations (clinic_id, effective_from) {
        clinic_id -> SqlId,
        effective_from -> SqlDate,
        rulebook_id -> SqlId,
        version -> Text,
        sha256 -> Text,
        activated_at -> SqlTime,
        activated_by -> SqlId,
    }
}

table! {
    backtests (clinic_id, id) {
        clinic_id -> SqlId,
        id -> SqlId,
        version -> Text,
        sha256 -> Text,
        document -> SqlJson,
        requested_by -> SqlId,
        received_from -> Nullable<SqlDate>,
        received_to -> Nullable<SqlDate>,
        first_id -> SqlId,
        end_id -> SqlId,
        state -> Text,
        position -> SqlId,
        result -> SqlJson,
        detail -> Nullable<Text>,
        worker -> Nullable<SqlId>,
        leased_until -> Nullable<SqlTime>,
        created_at -> SqlTime,
        updated_at -> SqlTime,
    }
}

table! {
    backtest_changes (clinic_id, backtest_id, claim_id) {
        clinic_id -> SqlId,
        backtest_id -> SqlId,
        claim_id -> SqlId,
        external_id -> Text,
        before_payer -> Text,
        before_disposition -> Text,
        after_payer -> Text,
        after_disposition -> Text,
        moved_cents -> BigInt,
        decision_digest -> Binary,
    }
}

table! {
    // Which version of Payerline ran a migration.
    schema_versions (migration) {
        migration -> Text,
        payerline -> Text,
    }
}
