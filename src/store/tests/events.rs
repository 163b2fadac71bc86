//! The record: the bytes of every kind of event, which later builds must read and auditors check.

use uuid::Uuid;

use crate::store::{
    ClaimAccounts, KeyHash, NewActivation, NewRulebook, PreauthorizationChange, Redecision,
    events::testing::verified_chain,
};
use payerline_domain::{
    access::{ActorId, Role},
    backtests::limits::Limits,
    claims::{
        item::Category,
        payer::{Disposition, Payer},
        review::Standing,
    },
    preauthorizations::{
        Preauthorization, PreauthorizationEntry, PreauthorizationKind, PreauthorizationStatus,
    },
    values::{closed_enum::ClosedEnum, ids::ClinicId, money::Cents, names::VersionName},
};

use super::{
    database::{Database, actor_id, api_key, clinic, day, draft_change, id, label, new_claim, now},
    made, on_both,
};

on_both!(
    claims_keep_their_bytes,
    approvals_keep_their_bytes,
    clinics_and_keys_keep_their_bytes,
    drafts_keep_their_bytes,
    activations_keep_their_bytes,
);

/// Fails unless the chain of a subject has exactly these kinds and payloads.
fn assert_chain(database: &Database, clinic: ClinicId, subject: Uuid, expected: &[(&str, &str)]) {
    let chain = verified_chain(&mut database.connect(), clinic, subject);
    let found: Vec<(&str, &str)> = chain
        .iter()
        .map(|event| (event.kind.word(), event.data.as_str()))
        .collect();
    assert_eq!(found, expected);
}

fn version(name: &str) -> VersionName {
    VersionName::parse(name).unwrap()
}

async fn claims_keep_their_bytes(database: Database) {
    let store = database.open().await;
    let clinic: ClinicId = id();
    let claim = new_claim(clinic, "INV-1", "a note");
    made(store.submit(claim.clone()).await);
    let mut assessment = claim.assessment.clone();
    assessment.disposition = Disposition::Ready;
    let redecision = Redecision {
        accounts: ClaimAccounts::default(),
        clinic,
        actor: actor_id(),
        id: claim.id,
        expected_version: 1,
        standing: Standing::find(&claim.submission, &assessment.decision, None).unwrap(),
        payers_due: assessment.payers_due.clone(),
        review: None,
        submission: claim.submission.clone(),
        // Evidence is embedded byte for byte, blanks and the order of keys included.
        decision: r#"{"z": 1,  "a": [null, "\u00e9"]}"#.to_owned(),
        assessment,
        facts: r#"{ "today":"2026-07-02","preauthorizations":[]}"#.to_owned(),
        now: now(),
    };
    made(store.redecide(redecision).await);
    assert_chain(
        &database,
        clinic,
        claim.id.uuid(),
        &[
            (
                "claim.received",
                r#"{"payer":"mva","disposition":"needs_review","submission_sha256":"d8600434b68612210e387588e328dde982ebc46fd778f3f94f971b4554120ce5","decision_sha256":"aa2c2ee9150fd8adedc86293885e1bd5998315c6395236a10d643c420651f9c2","facts_sha256":"404229c7e85bbcd8420ba5745f4371fe67839638433a29dc9ae05f1ef9172709"}"#,
            ),
            (
                "claim.redecided",
                r#"{"before":{"payer":"mva","disposition":"needs_review","decision_sha256":"aa2c2ee9150fd8adedc86293885e1bd5998315c6395236a10d643c420651f9c2","decision":{"rulebook":{"name":"ontario","version":"1","sha256":"00"},"items":[{"sequence":1,"payer":"private","disposition":"needs_review","rule":"a-rule","because":"because","basis":"basis","coverage":null,"billing_order":["private"],"required_documents":[]},{"sequence":2,"payer":"mva","disposition":"ready","rule":"a-rule","because":"because","basis":"basis","coverage":null,"billing_order":["private","mva"],"required_documents":[]}],"findings":[]},"facts":{"preauthorizations":[]}},"after":{"payer":"mva","disposition":"ready","decision_sha256":"f267a4c2b69fc18bcc3e7a43328def6175efb66ab1820cecd8dedbb7573782ff","decision":{"z": 1,  "a": [null, "\u00e9"]},"facts":{ "today":"2026-07-02","preauthorizations":[]}}}"#,
            ),
        ],
    );
}

async fn approvals_keep_their_bytes(database: Database) {
    let store = database.open().await;
    let (clinic, actor): (ClinicId, ActorId) = (id(), actor_id());
    let entry = PreauthorizationEntry {
        number: label("OCF18-1"),
        kind: PreauthorizationKind::Ocf18,
        patient_id: label("P-1"),
        payer: Payer::Mva,
        status: PreauthorizationStatus::Pending,
        approved_cents: Cents::from_stored(0),
        categories: Some(vec![Category::StemCellTherapy, Category::Other]),
        valid_from: Some(day("2026-01-01")),
        valid_to: None,
    };
    let changed = PreauthorizationEntry {
        status: PreauthorizationStatus::Approved,
        approved_cents: Cents::from_stored(120_000),
        categories: None,
        valid_from: None,
        valid_to: Some(day("2026-12-31")),
        ..entry.clone()
    };
    let at = now();
    let approval = Preauthorization::new(id(), entry, at);
    let subject = approval.id;
    made(
        store
            .create_preauthorization(clinic, actor, approval, true)
            .await,
    );
    made(
        store
            .replace_preauthorization(PreauthorizationChange {
                clinic,
                confirmed: false,
                finds_all: true,
                actor,
                id: subject,
                expected_version: 1,
                entry: changed,
                now: now(),
            })
            .await,
    );
    assert_chain(
        &database,
        clinic,
        subject.uuid(),
        &[
            (
                "preauthorization.created",
                r#"{"number":"OCF18-1","kind":"ocf_18","patient_id":"P-1","payer":"mva","status":"pending","approved_cents":0,"categories":["stem_cell_therapy","other"],"valid_from":"2026-01-01"}"#,
            ),
            (
                "preauthorization.updated",
                r#"{"number":"OCF18-1","kind":"ocf_18","patient_id":"P-1","payer":"mva","status":"approved","approved_cents":120000,"valid_to":"2026-12-31"}"#,
            ),
        ],
    );
}

async fn clinics_and_keys_keep_their_bytes(database: Database) {
    let store = database.open().await;
    let (clinic, key) = (clinic("Lakeshore \"Sports\" é"), api_key(Role::Admin));
    store
        .create_clinic(None, clinic.clone(), key.clone(), KeyHash::hash("a key"))
        .await
        .unwrap();
    let other = KeyHash::hash("another key");
    store
        .create_key(clinic.id, None, api_key(Role::Admin), other)
        .await
        .unwrap();
    made(
        store
            .revoke_key(clinic.id, Some(ActorId::Key(key.id)), key.id, now())
            .await,
    );
    assert_chain(
        &database,
        clinic.id,
        clinic.id.uuid(),
        &[("clinic.created", r#"{"name":"Lakeshore \"Sports\" é"}"#)],
    );
    assert_chain(
        &database,
        clinic.id,
        key.id.uuid(),
        &[
            ("key.created", r#"{"name":"front desk","roles":["admin"]}"#),
            ("key.revoked", r#"{"name":"front desk","roles":["admin"]}"#),
        ],
    );
}

fn rulebook(name: &str, digit: char, based_on: Option<&str>) -> NewRulebook {
    NewRulebook {
        version: version(name),
        name: label("ontario"),
        sha256: digit.to_string().repeat(64),
        table: format!(r#"{{"table":  "{digit}"}}"#),
        golden_cases: "[]".to_owned(),
        note: "a note".to_owned(),
        based_on: based_on.map(version),
    }
}

async fn drafts_keep_their_bytes(database: Database) {
    let store = database.open().await;
    let (shipped, draft) = (id(), id());
    store
        .keep_shipped(shipped, rulebook("2026.2", '1', None), now())
        .await
        .unwrap();
    let who = (id(), actor_id());
    let new = rulebook("maple", '2', Some("2026.2"));
    made(store.create_rulebook(who, draft, new, now()).await);
    made(
        store
            .replace_rulebook(draft_change(who, 1), rulebook("maple", '3', None))
            .await,
    );
    made(
        store
            .discard_rulebook(draft_change(who, 2), version("maple"))
            .await,
    );
    assert_chain(
        &database,
        ClinicId::SHIPPED,
        shipped.uuid(),
        &[(
            "rulebook.shipped",
            r#"{"version":"2026.2","name":"ontario","sha256":"1111111111111111111111111111111111111111111111111111111111111111","based_on":null,"golden_cases_sha256":"4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945"}"#,
        )],
    );
    assert_chain(
        &database,
        who.0,
        draft.uuid(),
        &[
            (
                "rulebook.drafted",
                r#"{"version":"maple","name":"ontario","sha256":"2222222222222222222222222222222222222222222222222222222222222222","based_on":"2026.2","golden_cases_sha256":"4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945"}"#,
            ),
            (
                "rulebook.redrafted",
                r#"{"version":"maple","name":"ontario","sha256":"3333333333333333333333333333333333333333333333333333333333333333","based_on":null,"golden_cases_sha256":"4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945"}"#,
            ),
            (
                "rulebook.discarded",
                r#"{"version":"maple","sha256":"3333333333333333333333333333333333333333333333333333333333333333"}"#,
            ),
        ],
    );
}

async fn activations_keep_their_bytes(database: Database) {
    let store = database.open().await;
    let (clinic, actor): (ClinicId, ActorId) = (id(), actor_id());
    let (first, second) = (id(), id());
    for (draft, name, digit) in [(first, "a", '1'), (second, "b", '2')] {
        let new = rulebook(name, digit, None);
        made(
            store
                .create_rulebook((clinic, actor), draft, new, now())
                .await,
        );
    }
    let limits = Limits {
        backtest: Uuid::from_u128(7).into(),
        max_changed_claims: Some(500),
        max_moved_cents: None,
    };
    let activate = |name, digit: char, revision, from, limits| {
        store.activate_rulebook(NewActivation {
            clinic,
            actor,
            version: version(name),
            sha256: digit.to_string().repeat(64),
            revision,
            effective_from: day(from),
            limits,
            now: now(),
        })
    };
    made(activate("a", '1', 1, "2026-07-01", None).await);
    made(activate("b", '2', 1, "2026-07-01", Some(limits)).await);
    made(activate("b", '2', 2, "2026-08-01", None).await);
    assert_chain(
        &database,
        clinic,
        first.uuid(),
        &[
            (
                "rulebook.drafted",
                r#"{"version":"a","name":"ontario","sha256":"1111111111111111111111111111111111111111111111111111111111111111","based_on":null,"golden_cases_sha256":"4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945"}"#,
            ),
            (
                "rulebook.activated",
                r#"{"version":"a","sha256":"1111111111111111111111111111111111111111111111111111111111111111","effective_from":"2026-07-01","moved_from":null,"supersedes":null,"limits":null}"#,
            ),
            (
                "rulebook.superseded",
                r#"{"superseded_by":"b","effective_from":"2026-07-01"}"#,
            ),
        ],
    );
    assert_chain(
        &database,
        clinic,
        second.uuid(),
        &[
            (
                "rulebook.drafted",
                r#"{"version":"b","name":"ontario","sha256":"2222222222222222222222222222222222222222222222222222222222222222","based_on":null,"golden_cases_sha256":"4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945"}"#,
            ),
            (
                "rulebook.activated",
                r#"{"version":"b","sha256":"2222222222222222222222222222222222222222222222222222222222222222","effective_from":"2026-07-01","moved_from":null,"supersedes":"a","limits":{"backtest":"00000000-0000-0000-0000-000000000007","max_changed_claims":500,"max_moved_cents":null}}"#,
            ),
            (
                "rulebook.activated",
                r#"{"version":"b","sha256":"2222222222222222222222222222222222222222222222222222222222222222","effective_from":"2026-08-01","moved_from":"2026-07-01","supersedes":null,"limits":null}"#,
            ),
        ],
    );
}
