//! `POST /v1/classifications`: the dry run. Same code, same outcome, nothing stored.

use serde_json::{Value, json};

use crate::support::{Claim, TestApp, on_both_databases};

on_both_databases!(
    a_classification_is_what_submitting_would_decide,
    a_classification_stores_nothing,
    an_external_id_in_use_does_not_matter,
    a_classification_reads_the_ledger,
);

const NAMES: [&str; 6] = [
    "private-physiotherapy",
    "mva-stem-cell-knee",
    "wsib-physiotherapy",
    "uncovered-stem-cell-private-silent",
    "review-ohip-insured-consultation",
    "review-accident-without-coverage",
];

async fn a_classification_is_what_submitting_would_decide(app: &TestApp) {
    for name in NAMES {
        let claim = Claim::example(name);
        let mut classified = app.classify(&claim).await.is(200).json();
        let trace = classified["trace"].take();
        // What it says is tested in `explanation`.
        assert!(classified["explanation"].take()["text"].is_string());
        let rule = classified["decision"]["items"][0]["rule"].as_str();
        let rule = rule.expect("a rule").to_owned();
        assert!(trace.is_array() || trace.is_object(), "{name}: {trace}");
        assert!(
            trace.to_string().contains(&rule),
            "{name}: the trace names {rule}: {trace}"
        );

        let stored = app.submit(&claim).await.is(201).json();
        let expected = json!({
            "payer": stored["payer"], "disposition": stored["disposition"],
            "billing_order": stored["billing_order"], "payers_due": stored["payers_due"], "total_cents": stored["total_cents"],
            "allocations": stored["allocations"], "decision": stored["decision"], "trace": null,
            "explanation": null,
        });
        assert_eq!(classified, expected, "{name}");
    }
}

async fn a_classification_stores_nothing(app: &TestApp) {
    let claim = Claim::example("mva-stem-cell-knee");
    let answer = app.classify(&claim).await.is(200);
    for header in ["location", "etag", "idempotency-replayed"] {
        assert_eq!(answer.find_header(header), None, "{header}");
    }
    let list = app.get("/v1/claims").await.is(200).json();
    assert_eq!(list["data"], json!([]));
    assert!(!app.database().contents().contains("INV-2026-000123"));

    // The look into the database can tell: once submitted, it is found there.
    app.submit(&claim).await.is(201);
    assert!(app.database().contents().contains("INV-2026-000123"));
}

async fn an_external_id_in_use_does_not_matter(app: &TestApp) {
    app.submit(&Claim::new("INV-1")).await.is(201);
    let other = Claim::new("INV-1").with("/items/0/unit_price_cents", 1);
    let answer = app.classify(&other).await.is(200).json();
    assert_eq!(answer["total_cents"], 1);
}

async fn a_classification_reads_the_ledger(app: &TestApp) {
    let entry = json!({
        "number": "OCF18-1", "kind": "ocf_18", "patient_id": "P-4411", "payer": "mva",
        "status": "approved", "approved_cents": 525_000,
    });
    let claim = Claim::example("mva-stem-cell-knee").with("/preauthorizations", json!(["OCF18-1"]));
    let before = app.classify(&claim).await.is(200).json();
    assert_eq!(before["disposition"], "needs_review");
    assert_eq!(
        before["decision"]["items"][0]["disposition"],
        "needs_preauthorization"
    );
    app.preauthorize(&entry).await.is(201);
    let after = app.classify(&claim).await.is(200).json();
    assert_eq!(after["disposition"], "ready");
    assert_eq!(after["decision"]["items"][0]["payer"], "mva");
    assert_ne!(after["decision"]["items"][0]["rule"], Value::Null);
}
