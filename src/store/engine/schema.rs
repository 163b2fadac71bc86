//! The tables, once for both databases. The migrations create them.

/// Declares a table with the SQL types that may occur in it.
macro_rules! table {
    ($($columns:tt)*) => {
        diesel::table! {
            use crate::store::engine::sql_types::{SqlDate, SqlId, SqlJson, SqlTime};
            use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

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
        has_services -> Nullable<Bool>,
        payers_due -> Nullable<SqlJson>,
        review -> Nullable<SqlJson>,
        has_exceptions -> Nullable<Bool>,
        sends -> Nullable<SqlJson>,
        outcomes -> Nullable<SqlJson>,
    }
}

table! {
    claim_ledgers (clinic_id, claim_id) {
        clinic_id -> SqlId,
        claim_id -> SqlId,
        billed_cents -> BigInt,
        paid_cents -> BigInt,
        adjusted_cents -> BigInt,
        patient_cents -> BigInt,
        outstanding_cents -> BigInt,
        remittances -> SqlJson,
        next_dues -> SqlJson,
    }
}

table! {
    claim_services (clinic_id, service, claim_id) {
        clinic_id -> SqlId,
        service -> SqlId,
        claim_id -> SqlId,
    }
}

diesel::allow_tables_to_appear_in_same_query!(claims, claim_services);

table! {
    claim_terms (clinic_id, term, claim_id) {
        clinic_id -> SqlId,
        term -> Text,
        claim_id -> SqlId,
        is_decided -> Bool,
    }
}

diesel::allow_tables_to_appear_in_same_query!(claims, claim_ledgers);
diesel::allow_tables_to_appear_in_same_query!(claims, claim_terms);
diesel::allow_tables_to_appear_in_same_query!(claim_preauthorizations, claim_terms);

table! {
    claim_tasks (clinic_id, claim_id, task, shown_from) {
        clinic_id -> SqlId,
        claim_id -> SqlId,
        task -> Text,
        shown_from -> SqlDate,
        shown_until -> Nullable<SqlDate>,
        is_shown -> Bool,
        due_on -> SqlDate,
        patient_id -> Text,
        payer -> Nullable<Text>,
        step -> Text,
        because -> Text,
        basis -> Nullable<Text>,
    }
}

table! {
    // How far the tasks of a clinic's claims follow the changes of its approvals.
    task_search (clinic_id) {
        clinic_id -> SqlId,
        updated_at -> SqlTime,
        preauthorization_id -> SqlId,
    }
}

table! {
    // How far the terms of a clinic's claims are written, in the order of their changes.
    claim_search (clinic_id) {
        clinic_id -> SqlId,
        updated_at -> SqlTime,
        claim_id -> SqlId,
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
        reserved_cents -> BigInt,
        consumed_cents -> BigInt,
        redecided_by -> Nullable<SqlId>,
        redecided_to -> Nullable<SqlId>,
        redecides_ready -> Bool,
        redecided_until -> Nullable<SqlTime>,
        claims_decided -> BigInt,
        claims_changed -> BigInt,
        claims_waiting -> BigInt,
    }
}

table! {
    preauthorization_draws (clinic_id, preauthorization_id, claim_id, sequence) {
        clinic_id -> SqlId,
        preauthorization_id -> SqlId,
        claim_id -> SqlId,
        sequence -> Integer,
        reserved_cents -> BigInt,
        consumed_cents -> BigInt,
    }
}

table! {
    claim_preauthorizations (clinic_id, number, claim_id) {
        clinic_id -> SqlId,
        number -> Text,
        claim_id -> SqlId,
    }
}

table! {
    minor_injury_charges (clinic_id, patient_id, accident_date, claim_id) {
        clinic_id -> SqlId,
        patient_id -> Text,
        accident_date -> SqlDate,
        claim_id -> SqlId,
        cents -> BigInt,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    claims,
    preauthorizations,
    preauthorization_draws,
    claim_preauthorizations,
    minor_injury_charges,
);

table! {
    // How far the claims of earlier builds have their rows in the accounts.
    account_upgrades (clinic_id) {
        clinic_id -> SqlId,
        position -> SqlId,
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
