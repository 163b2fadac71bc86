//! Findings over HTTP: the place that each points at, and how severe it is.
//!
//! Which claims have which findings is tested without a service, by `tests/golden` and `src/rulebook/tests`.

use serde_json::{Value, json};

use crate::support::{Claim, TestApp, array, on_both_databases};

on_both_databases!(findings_point_at_their_places);

const UNAUTHORIZED: &str =
    "warning health_canada_authorization_missing /procedure/health_canada_authorization";
const EXPERIMENTAL: &str = "info experimental_exclusion /items/0";

/// Severity, code and pointer of every finding, sorted.
fn found(decision: &Value) -> Vec<String> {
    let text = |finding: &Value| {
        let [severity, code, pointer] =
            ["severity", "code", "pointer"].map(|it| finding[it].as_str());
        let words = [severity, code, pointer].map(|word| word.expect("text"));
        words.join(" ")
    };
    let mut found: Vec<String> = array(&decision["findings"]).iter().map(text).collect();
    found.sort();
    found
}

async fn findings_point_at_their_places(app: &TestApp) {
    for (number, status) in [("A-1", "denied"), ("A-2", "expired"), ("A-3", "approved")] {
        let entry = json!({
            "number": number, "kind": "ocf_18", "patient_id": "P-4411", "payer": "mva",
            "status": status, "approved_cents": 1,
        });
        app.preauthorize(&entry).await.is(201);
    }
    let stem_cells = || Claim::example("uncovered-stem-cell-sports");
    let procedure = |procedure: Value| stem_cells().with("/procedure", procedure);
    let knee = || Claim::example("mva-stem-cell-knee");
    let back = || Claim::example("wsib-physiotherapy");
    let minor = stem_cells().with("/patient/birth_date", "2012-01-01");
    let numbers = json!(["A-9", "A-1", "A-3", "A-2"]);
    let rows: [(Claim, &str, &[&str]); 9] = [
        (
            procedure(json!({})),
            "needs_review",
            &[
                "review procedure_incomplete /procedure/antibiotic_prophylaxis",
                "review procedure_incomplete /procedure/aseptic_technique",
                "review procedure_incomplete /procedure/guidance",
                UNAUTHORIZED,
            ],
        ),
        (
            stem_cells().without("/procedure"),
            "needs_review",
            &[
                "review procedure_incomplete /procedure",
                "warning health_canada_authorization_missing /procedure",
            ],
        ),
        (
            minor.with("/patient/pregnant", true),
            "needs_review",
            &[
                "review not_recommended_minor /patient/birth_date",
                "review not_recommended_pregnant /patient/pregnant",
                UNAUTHORIZED,
            ],
        ),
        (
            knee().with("/preauthorizations", numbers),
            "needs_review",
            &[
                EXPERIMENTAL,
                "review preauthorization_denied /preauthorizations/1",
                "review preauthorization_expired /preauthorizations/3",
                "review preauthorization_insufficient /preauthorizations/2",
                "review preauthorization_unknown /preauthorizations/0",
                UNAUTHORIZED,
            ],
        ),
        (
            knee().with("/coverages/0/effective_date", "2026-05-03"),
            "needs_review",
            &[
                EXPERIMENTAL,
                "review coverage_missing /coverages",
                "warning coverage_not_in_force /coverages/0/effective_date",
                UNAUTHORIZED,
            ],
        ),
        (
            back().without("/accident"),
            "needs_review",
            &["review accident_missing /accident"],
        ),
        (back(), "ready", &[]),
        (
            back().with("/coverages/1/claim_number", "W-77"),
            "ready",
            &["warning claim_number_unusual /coverages/1/claim_number"],
        ),
        // Plasma made from the patient for the patient in one procedure needs no authorization (RA-70559).
        (
            Claim::example("private-plasma-predetermination"),
            "needs_preauthorization",
            &[],
        ),
    ];
    let mut wrong = Vec::new();
    for (claim, disposition, expected) in rows {
        let answer = app.classify(&claim).await.is(200).json();
        let found = found(&answer["decision"]);
        if found != expected || answer["disposition"] != disposition {
            wrong.push(format!(
                "{expected:?}: found {found:?}, {}",
                answer["disposition"]
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let authorized = stem_cells().with("/procedure/health_canada_authorization", "CTA 260114");
    let answer = app.classify(&authorized).await.is(200).json();
    assert_eq!(found(&answer["decision"]), Vec::<String>::new());
}
