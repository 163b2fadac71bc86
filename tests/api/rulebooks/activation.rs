//! `POST /v1/rulebooks/{version}/activate`: a version is put into force, from a day of service on.

use serde_json::{Value, json};

use super::{SHIPPED, draft, example, missed, rulebook};
use crate::support::{
    Answer, Caller, Claim, Database, TestApp, array, on_both_databases, serve, strings,
};

on_both_databases!(
    maple_life_covers_plasma_once_its_rule_is_active,
    an_active_version_decides_from_its_day_on,
    a_stored_claim_keeps_its_rulebook_until_it_is_decided_again,
    a_version_takes_the_place_of_another_and_moves,
    a_clinic_goes_back_to_the_shipped_rules,
    an_active_version_never_changes,
    what_is_not_sound_is_not_activated,
    requests_that_are_refused,
);
on_both_databases!(bare: an_active_version_decides_after_a_restart);

pub async fn activate(caller: &Caller, version: &str, from: &str) -> Answer {
    let path = format!("/v1/rulebooks/{version}/activate");
    caller.post(&path, &json!({"effective_from": from})).await
}

/// A claim for a missed appointment on a day.
fn appointment(external_id: &str, day: &str) -> Claim {
    Claim::new(external_id)
        .with("/items/0/category", "missed_appointment")
        .with("/items/0/service_date", day)
}

/// Which version decides a missed appointment on a day, and what it says.
async fn decided(caller: &Caller, day: &str) -> (Value, Value) {
    let answer = caller
        .classify(&appointment("T-1", day))
        .await
        .is(200)
        .json();
    let version = answer["decision"]["rulebook"]["version"].clone();
    (version, answer["disposition"].clone())
}

/// The examples that Swagger UI offers, as a clinic's admin sends them.
async fn maple_life_covers_plasma_once_its_rule_is_active(app: &TestApp) {
    for name in ["maple-life-covers-plasma", "look-at-missed-appointments"] {
        let drafted = draft(app, &example(name)).await.is(201).json();
        let version = drafted["version"].as_str().expect("a version");
        let path = format!("/v1/rulebooks/{version}/check");
        let report = app.post(&path, &Value::Null).await.is(200).json();
        assert_eq!(report["sound"], true, "{report}");
    }
    let plasma = |insurer: &str| {
        Claim::example("private-plasma-predetermination").with("/coverages/1/insurer", insurer)
    };
    let disposition = async |insurer: &str| {
        let answer = app.classify(&plasma(insurer)).await.is(200).json();
        answer["disposition"].clone()
    };
    assert_eq!(disposition("Maple Life").await, "needs_preauthorization");
    activate(app, "2026.2-maple", "2026-01-01").await.is(200);
    assert_eq!(disposition("Maple Life").await, "ready");
    assert_eq!(disposition(" maple  LIFE").await, "ready");
    assert_eq!(
        disposition("Maple Life Inc.").await,
        "needs_preauthorization"
    );
    let stored = app.submit(&plasma("Maple Life")).await.is(201).json();
    let item = &stored["decision"]["items"][0];
    assert_eq!(item["rule"], "private-plasma-maple");
    assert_eq!(
        (&item["payer"], &item["billing_order"]),
        (&json!("private"), &json!(["private"]))
    );
    let path = format!(
        "/v1/claims/{}/explanation",
        stored["id"].as_str().expect("an id")
    );
    let explained = app.get(&path).await.is(200).json();
    let rules = array(&explained["trace"][0]["rules"]);
    let conditions = &rules.last().expect("the rule that fired")["conditions"];
    let wanted = json!({"fact": "private_insurer", "wanted": ["Maple Life"],
        "actual": "Maple Life", "holds": true});
    assert!(array(conditions).contains(&wanted), "{conditions}");
}

async fn an_active_version_decides_from_its_day_on(app: &TestApp) {
    let drafted = draft(app, &missed("m")).await.is(201);
    let answer = activate(app, "m", "2026-07-01").await.is(200);
    assert_eq!(answer.header("etag"), "\"2\"");
    let active = answer.json();
    assert_eq!(active["state"], "active");
    assert_eq!(active["effective_from"], "2026-07-01");
    assert!(active["activated_at"].is_string());
    assert_eq!(active["sha256"], drafted.json()["sha256"]);
    assert_eq!(rulebook(app, "m").await.text(), answer.text());
    for (day, version, disposition) in [
        ("2026-06-30", SHIPPED, "ready"),
        ("2026-07-01", "m", "needs_review"),
        ("2027-01-01", "m", "needs_review"),
    ] {
        assert_eq!(
            decided(app, day).await,
            (json!(version), json!(disposition)),
            "{day}"
        );
    }
    // The earliest service of a claim counts.
    let second = json!({"service_date": "2026-06-30", "category": "report", "unit_price_cents": 1});
    let claim = appointment("T-2", "2026-07-02").with("/items/-", second);
    let answer = app.classify(&claim).await.is(200).json();
    assert_eq!(answer["decision"]["rulebook"]["version"], SHIPPED);
    // Single claims and batches alike, each with the digest; and no other clinic.
    let claim = appointment("INV-1", "2026-07-01");
    let stored = app.submit(&claim).await.is(201).json();
    assert_eq!(stored["decision"]["rulebook"]["sha256"], active["sha256"]);
    let lines = format!("{}\n", appointment("INV-2", "2026-07-01").text());
    assert_eq!(app.batch(lines).await[0]["disposition"], "needs_review");
    let other = app.new_clinic("other").await;
    assert_eq!(decided(&other, "2026-07-01").await.0, SHIPPED);
    // Again it changes nothing.
    let again = activate(app, "m", "2026-07-01").await.is(200);
    assert_eq!(again.header("etag"), "\"2\"");
    let event = app
        .database()
        .last_event(active["id"].as_str().expect("an id"));
    assert_eq!(event["effective_from"], "2026-07-01");
}

async fn a_stored_claim_keeps_its_rulebook_until_it_is_decided_again(app: &TestApp) {
    let claim = appointment("INV-1", "2026-07-01");
    let before = app.submit(&claim).await.is(201).json();
    let id = before["id"].as_str().expect("an id");
    draft(app, &missed("m")).await.is(201);
    activate(app, "m", "2026-07-01").await.is(200);
    let path = format!("/v1/claims/{id}");
    assert_eq!(app.get(&path).await.is(200).json(), before);
    assert_eq!(app.submit(&claim).await.is(200).json(), before);
    let explained = app.get(&format!("{path}/explanation")).await.is(200).json();
    assert_eq!(explained["rulebook"]["version"], SHIPPED);
    let after = app
        .post_if(&format!("{path}/redecide"), "\"1\"", &Value::Null)
        .await
        .is(200)
        .json();
    assert_eq!(after["decision"]["rulebook"]["version"], "m");
    assert_eq!(after["status"], "needs_review");
    let explained = app.get(&format!("{path}/explanation")).await.is(200).json();
    assert_eq!(explained["rulebook"]["version"], "m");
    let replayed = app.get(&format!("{path}/replay")).await.is(200).json();
    assert_eq!(replayed["identical"], true);
}

async fn a_version_takes_the_place_of_another_and_moves(app: &TestApp) {
    for version in ["a", "b"] {
        draft(app, &missed(version)).await.is(201);
    }
    activate(app, "a", "2026-07-01").await.is(200);
    activate(app, "b", "2026-09-01").await.is(200);
    for (day, version) in [("2026-08-31", "a"), ("2026-09-01", "b")] {
        assert_eq!(decided(app, day).await.0, version, "{day}");
    }
    // The same day: the later activation counts, the earlier version is retired.
    activate(app, "b", "2026-07-01").await.is(200);
    for (day, version) in [
        ("2026-06-30", SHIPPED),
        ("2026-07-01", "b"),
        ("2026-09-01", "b"),
    ] {
        assert_eq!(decided(app, day).await.0, version, "{day}");
    }
    let retired = rulebook(app, "a").await.is(200).json();
    assert_eq!(retired["state"], "retired");
    assert_eq!(retired["effective_from"], Value::Null);
    assert!(retired["activated_at"].is_string());
    // It has another revision, so nobody who saw it in force puts it into force again unseen.
    assert_eq!(retired["revision"], 3);
    let stale = json!({"effective_from": "2026-07-01"});
    app.post_if("/v1/rulebooks/a/activate", "\"2\"", &stale)
        .await
        .problem(412);
    let event = app
        .database()
        .last_event(retired["id"].as_str().expect("an id"));
    assert_eq!(event["superseded_by"], "b");
    let event = app.database().last_event(
        rulebook(app, "b").await.json()["id"]
            .as_str()
            .expect("an id"),
    );
    assert_eq!(event["supersedes"], "a");
    assert_eq!(event["moved_from"], "2026-09-01");
    // And it can come back.
    activate(app, "a", "2026-10-01").await.is(200);
    assert_eq!(decided(app, "2026-10-01").await.0, "a");
}

async fn a_clinic_goes_back_to_the_shipped_rules(app: &TestApp) {
    draft(app, &missed("m")).await.is(201);
    activate(app, "m", "2026-07-01").await.is(200);
    let pinned = activate(app, SHIPPED, "2026-09-01").await.is(200).json();
    assert_eq!(pinned["effective_from"], "2026-09-01");
    assert_eq!(decided(app, "2026-08-31").await.0, "m");
    assert_eq!(decided(app, "2026-09-01").await.0, SHIPPED);
    let other = app.new_clinic("other").await;
    let theirs = rulebook(&other, SHIPPED).await.is(200).json();
    assert_eq!(theirs["effective_from"], Value::Null);
}

async fn an_active_version_never_changes(app: &TestApp) {
    draft(app, &missed("m")).await.is(201);
    activate(app, "m", "2026-07-01").await.is(200);
    draft(app, &missed("n")).await.is(201);
    activate(app, "n", "2026-07-01").await.is(200);
    // Neither the active one nor the retired one.
    for version in ["n", "m"] {
        let path = format!("/v1/rulebooks/{version}");
        let problem = app.put(&path, "\"2\"", &missed(version)).await.problem(409);
        assert_eq!(problem.member("type"), "urn:payerline:problem:immutable");
        super::discard(app, version, "\"2\"").await.problem(409);
    }
}

async fn what_is_not_sound_is_not_activated(app: &TestApp) {
    let mut unsound = missed("unsound");
    unsound["changes"] = json!([
        {"op": "remove", "id": "private-plasma-unapproved"},
        {"op": "add", "before": "ohip-insured", "rule": {
            "id": "patient-pays", "when": {"ohip_insured": ["yes"]},
            "then": {"decide": {"payer": "uncovered", "disposition": "ready"}},
            "because": "The patient pays.", "basis": "None"}},
    ]);
    unsound["golden_cases"] = json!([{
        "title": "A report is the insurer's.", "today": "2026-12-01", "claim": *Claim::new("G-1"),
        "expect": {"payer": "mva", "disposition": "ready"},
    }]);
    draft(app, &unsound).await.is(201);
    let problem = activate(app, "unsound", "2026-07-01").await.problem(422);
    let kind = "urn:payerline:problem:unsound-rulebook";
    assert_eq!(problem.member("type"), kind);
    let codes = strings(problem.member("errors"), "code");
    for code in ["hole", "unlawful", "shadowed", "golden_case"] {
        assert!(codes.contains(&code.to_owned()), "{code} in {codes:?}");
    }
    assert_eq!(rulebook(app, "unsound").await.json()["state"], "draft");
    assert_eq!(decided(app, "2026-07-01").await.0, SHIPPED);
}

async fn requests_that_are_refused(app: &TestApp) {
    draft(app, &missed("m")).await.is(201);
    let path = "/v1/rulebooks/m/activate";
    for (body, status, pointer) in [
        (json!({}), 400, "/effective_from"),
        (
            json!({"effective_from": "2026-02-30"}),
            422,
            "/effective_from",
        ),
        (json!({"effective_from": 1}), 400, "/effective_from"),
        (
            json!({"effective_from": "2026-07-01", "until": "2026-08-01"}),
            400,
            "/until",
        ),
    ] {
        app.post(path, &body).await.problem(status).names(pointer);
    }
    let body = json!({"effective_from": "2026-07-01"});
    app.post_if(path, "\"2\"", &body).await.problem(412);
    activate(app, "nobody", "2026-07-01").await.problem(404);
    let other = app.new_clinic("other").await;
    activate(&other, "m", "2026-07-01").await.problem(404);
    assert_eq!(decided(app, "2026-07-01").await.0, SHIPPED);
    app.post_if(path, "\"1\"", &body).await.is(200);
}

async fn an_active_version_decides_after_a_restart(database: &Database) {
    let mut service = serve(database);
    let app = service.caller();
    draft(&app, &missed("m")).await.is(201);
    activate(&app, "m", "2026-07-01").await.is(200);
    service.kill();
    let mut service = serve(database);
    let app = service.caller();
    assert_eq!(
        decided(&app, "2026-07-01").await,
        (json!("m"), json!("needs_review"))
    );
    let listed = app.get("/v1/rulebooks").await.is(200).json();
    assert_eq!(strings(&listed["data"], "state"), ["active", "active"]);
}
