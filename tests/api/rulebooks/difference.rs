//! `GET /v1/rulebooks/{version}/difference`: where two versions decide differently.

use serde_json::{Value, json};

use super::{SHIPPED, activation::activate, draft, example, missed};
use crate::support::{Answer, Caller, TestApp, array, on_both_databases};

on_both_databases!(
    a_version_does_not_differ_from_itself,
    the_examples_are_decided_as_they_say,
    an_added_rule_is_the_only_difference,
    at_most_twenty_situations_are_listed,
    queries_that_are_refused,
    versions_of_other_clinics_are_not_compared,
);

async fn compare(caller: &Caller, version: &str, query: &str) -> Answer {
    let path = format!("/v1/rulebooks/{version}/difference{query}");
    caller.get(&path).await
}

/// What a version decides otherwise than the shipped one.
async fn differences(caller: &Caller, version: &str) -> Value {
    let answer = compare(caller, version, &format!("?from={SHIPPED}")).await;
    answer.is(200).json()
}

async fn a_version_does_not_differ_from_itself(app: &TestApp) {
    let nothing = json!({"differences": [], "complete": true});
    assert_eq!(differences(app, SHIPPED).await, nothing);
    let copy = json!({"based_on": SHIPPED, "version": "copy", "changes": []});
    draft(app, &copy).await.is(201);
    assert_eq!(differences(app, "copy").await, nothing);
}

/// What is decided about the first item of a claim, as a difference says it.
async fn ruling(caller: &Caller, claim: &Value) -> Value {
    let answer = caller.classify(claim).await.is(200).json();
    let item = &answer["decision"]["items"][0];
    json!({"payer": item["payer"], "disposition": item["disposition"], "rule": item["rule"]})
}

async fn the_examples_are_decided_as_they_say(app: &TestApp) {
    let maple = example("maple-life-covers-plasma");
    let version = maple["version"].as_str().expect("a version");
    draft(app, &maple).await.is(201);
    let found = differences(app, version).await;
    assert_eq!(found["complete"], true, "{found}");
    let list = array(&found["differences"]);
    assert!(!list.is_empty());
    for (index, difference) in list.iter().enumerate() {
        let situation = difference["situation"].as_str().expect("a text");
        assert!(situation.contains("The private plan of Maple Life is active"));
        assert_eq!(difference["to"]["rule"], "private-plasma-maple");
        // Each example has a ledger of its own.
        let clinic = app.new_clinic(&format!("clinic-{index}")).await;
        let shown = &difference["example"];
        for entry in array(&shown["preauthorizations"]) {
            clinic.post("/v1/preauthorizations", entry).await.is(201);
        }
        assert_eq!(ruling(&clinic, &shown["claim"]).await, difference["from"]);
        draft(&clinic, &maple).await.is(201);
        activate(&clinic, version, "2026-01-01").await.is(200);
        assert_eq!(ruling(&clinic, &shown["claim"]).await, difference["to"]);
    }
    // Also when it is in force, and the other way round.
    activate(app, version, "2026-01-01").await.is(200);
    assert_eq!(differences(app, version).await, found);
    let back = compare(app, SHIPPED, &format!("?from={version}")).await;
    let back = back.is(200).json();
    assert_eq!(back["differences"][0]["from"], list[0]["to"]);
    assert_eq!(back["differences"][0]["to"], list[0]["from"]);
}

async fn an_added_rule_is_the_only_difference(app: &TestApp) {
    draft(app, &missed("looked-at")).await.is(201);
    let found = differences(app, "looked-at").await;
    assert_eq!(found["complete"], true);
    for difference in array(&found["differences"]) {
        assert_eq!(difference["differs_in"][0], "disposition", "{difference}");
        assert_eq!(difference["from"]["disposition"], "ready");
        assert_eq!(difference["to"]["disposition"], "needs_review");
        assert_eq!(difference["to"]["rule"], "missed-appointment-looked-at");
        let item = &difference["example"]["claim"]["items"][0];
        assert_eq!(item["category"], "missed_appointment");
    }
}

async fn at_most_twenty_situations_are_listed(app: &TestApp) {
    let reviewed = json!({"op": "add", "before": "ohip-insured", "rule": {
        "id": "all-adults-reviewed", "when": {"age": ["adult"]},
        "then": {"decide": {"payer": "uncovered", "disposition": "needs_review"}},
        "because": "A person looks.", "basis": "None"}});
    let body = json!({"based_on": SHIPPED, "version": "reviewed", "changes": [reviewed]});
    draft(app, &body).await.is(201);
    let found = differences(app, "reviewed").await;
    assert_eq!(array(&found["differences"]).len(), 20);
    assert_eq!(found["complete"], false);
}

async fn queries_that_are_refused(app: &TestApp) {
    for query in ["", "?from=", "?from=..", "?from=a%20b"] {
        let problem = compare(app, SHIPPED, query).await.problem(400);
        problem.names("/from");
    }
    let more = format!("?from={SHIPPED}&to={SHIPPED}");
    compare(app, SHIPPED, &more).await.problem(400).names("/to");
    let twice = format!("?from={SHIPPED}&from={SHIPPED}");
    let problem = compare(app, SHIPPED, &twice).await.problem(400);
    problem.names("/from");
    compare(app, SHIPPED, "?from=unknown").await.problem(404);
}

async fn versions_of_other_clinics_are_not_compared(app: &TestApp) {
    draft(app, &missed("own")).await.is(201);
    let query = format!("?from={SHIPPED}");
    compare(app, "own", &query).await.is(200);
    let other = app.new_clinic("other").await;
    compare(&other, "own", &query).await.problem(404);
    compare(&other, SHIPPED, "?from=own").await.problem(404);
    compare(&other, SHIPPED, &query).await.is(200);
    compare(app, "unknown", &query).await.problem(404);
}
