//! `POST /v1/rulebooks/{version}/check`: a version is proved, and decides the cases that it carries.

use serde_json::{Value, json};

use super::{SHIPPED, draft, missed};
use crate::support::{Answer, Caller, TestApp, array, on_both_databases, strings};

on_both_databases!(
    the_shipped_rulebook_is_sound,
    a_hole_comes_with_a_claim_that_falls_into_it,
    a_hidden_rule_names_what_hides_it,
    an_unlawful_outcome_comes_with_its_claim,
    golden_cases_are_decided,
);

async fn check(caller: &Caller, version: &str) -> Answer {
    let path = format!("/v1/rulebooks/{version}/check");
    caller.post(&path, &Value::Null).await
}

/// The report on a copy of the shipped version with changes.
async fn report(app: &TestApp, changes: Value) -> Value {
    let body = json!({"based_on": SHIPPED, "version": "changed", "changes": changes});
    draft(app, &body).await.is(201);
    check(app, "changed").await.is(200).json()
}

async fn the_shipped_rulebook_is_sound(app: &TestApp) {
    let report = check(app, SHIPPED).await.is(200).json();
    assert_eq!(report["sound"], true);
    assert_eq!(report["version"], SHIPPED);
    for flaw in ["holes", "catch_all", "shadowed", "unlawful"] {
        assert_eq!(report["proof"][flaw], json!([]), "{flaw}");
    }
    assert_eq!(report["golden_cases"], json!({"passed": 0, "failed": []}));
    // A witness is a claim that can be tried out.
    let witnesses = array(&report["proof"]["rules"]);
    let of = |rule: &str| witnesses.iter().find(|it| it["rule"] == rule);
    let witness = of("ohip-insured").expect("it decides something");
    let answer = app
        .classify(&witness["witness"]["claim"])
        .await
        .is(200)
        .json();
    assert_eq!(answer["decision"]["items"][0]["rule"], "ohip-insured");
}

async fn a_hole_comes_with_a_claim_that_falls_into_it(app: &TestApp) {
    let report = report(app, json!([{"op": "remove", "id": "ohip-insured"}])).await;
    // What OHIP insures is decided by later rules, and not as it must be.
    assert_eq!(report["sound"], false, "{report}");
    let removed = json!({"based_on": SHIPPED, "version": "hole", "changes": [
        {"op": "remove", "id": "private-plasma-unapproved"}]});
    draft(app, &removed).await.is(201);
    let report = check(app, "hole").await.is(200).json();
    let holes = array(&report["proof"]["holes"]);
    assert!(!holes.is_empty(), "{report}");
    assert!(holes[0]["witness"]["claim"]["items"].is_array(), "{report}");
}

async fn a_hidden_rule_names_what_hides_it(app: &TestApp) {
    // The exception stands behind the rule from which it is one.
    let mut hidden = missed("hidden");
    hidden["changes"][0]["rule"]["when"] =
        json!({"ohip_insured": ["yes"], "caused_by_work": ["no"]});
    draft(app, &hidden).await.is(201);
    let report = check(app, "hidden").await.is(200).json();
    assert_eq!(report["sound"], false);
    let shadowed = array(&report["proof"]["shadowed"]);
    assert_eq!(
        strings(&report["proof"]["shadowed"], "rule"),
        ["missed-appointment-looked-at"]
    );
    let before = [
        "third-party-ohip-insured",
        "ohip-insured-unproven",
        "ohip-insured",
    ];
    assert_eq!(shadowed[0]["hidden_by"], json!(before));
}

async fn an_unlawful_outcome_comes_with_its_claim(app: &TestApp) {
    let report = report(
        app,
        json!([{"op": "replace", "id": "ohip-insured", "rule": {
        "id": "ohip-insured", "when": {"ohip_insured": ["yes"], "caused_by_work": ["no"]},
        "then": {"decide": {"payer": "uncovered", "disposition": "ready"}},
        "because": "The patient pays.", "basis": "None"}}]),
    )
    .await;
    assert_eq!(report["sound"], false);
    let unlawful = array(&report["proof"]["unlawful"]);
    assert_eq!(unlawful[0]["rule"], "ohip-insured", "{report}");
    assert_eq!(
        unlawful[0]["witness"]["claim"]["items"][0]["insured_by_ohip"],
        "yes"
    );
}

async fn golden_cases_are_decided(app: &TestApp) {
    let claim = json!({
        "external_id": "G-1", "patient": {"id": "P-1", "birth_date": "1984-03-09"},
        "provider": {"id": "D-1", "profession": "physician"}, "coverages": [],
        "items": [{"service_date": "2026-12-01", "category": "missed_appointment", "unit_price_cents": 9000}],
    });
    let case = |title: &str, disposition: &str| {
        json!({"title": title, "today": "2026-12-01", "claim": claim,
            "expect": {"payer": "uncovered", "disposition": disposition}})
    };
    let mut body = missed("golden");
    body["golden_cases"] = json!([
        case("It is looked at.", "needs_review"),
        case("It is billed.", "ready")
    ]);
    let stored = draft(app, &body).await.is(201).json();
    assert_eq!(
        strings(&stored["golden_cases"], "title"),
        ["It is looked at.", "It is billed."]
    );
    let report = check(app, "golden").await.is(200).json();
    assert_eq!(report["sound"], false);
    assert_eq!(report["proof"]["sound"], true);
    assert_eq!(
        report["golden_cases"],
        json!({"passed": 1, "failed": [{
        "index": 1, "title": "It is billed.", "mismatches": [{
            "pointer": "/expect/disposition", "expected": "ready", "actual": "needs_review"}]}]})
    );
    // A copy carries the cases of what it copies.
    let copy = json!({"based_on": "golden", "version": "copy", "changes": []});
    let copied = draft(app, &copy).await.is(201).json();
    assert_eq!(copied["golden_cases"], stored["golden_cases"]);
    // A case that is none is refused with its place.
    body["version"] = json!("broken");
    body["golden_cases"][1]["expect"]["payer"] = json!("ohip");
    draft(app, &body)
        .await
        .problem(400)
        .names("/golden_cases/1/expect/payer");
}
