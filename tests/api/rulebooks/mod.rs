//! `/v1/rulebooks`: versions of the rules, read and drafted.

pub mod activation;
mod checks;
mod difference;

use reqwest::{Method, header};
use serde_json::{Value, json};

use crate::support::{Answer, Caller, TestApp, array, edited, on_both_databases, strings};

on_both_databases!(
    the_shipped_rulebook_is_there_for_every_clinic,
    a_draft_is_a_copy_with_changed_rules,
    a_whole_table_can_be_sent,
    the_same_draft_again_is_a_replay,
    drafts_that_are_refused,
    a_draft_is_changed_under_its_revision,
    a_draft_can_be_discarded,
    a_shipped_version_never_changes,
    versions_are_the_clinics_own,
    a_table_is_read_as_markdown,
);

/// The version that this build ships.
pub const SHIPPED: &str = payerline_rulebook::shipped::VERSION;

/// An example draft, based on the version that this build ships.
pub fn example(name: &str) -> Value {
    let path = format!(
        "{}/examples/rulebooks/{name}.json",
        env!("CARGO_MANIFEST_DIR")
    );
    let text = std::fs::read_to_string(&path).expect("the example is there");
    let mut draft: Value = serde_json::from_str(&text).expect("it is JSON");
    draft["based_on"] = json!(SHIPPED);
    draft
}

/// A draft by which somebody looks at missed appointments.
pub fn missed(version: &str) -> Value {
    let mut draft = example("look-at-missed-appointments");
    draft["version"] = json!(version);
    draft
}

pub async fn rulebook(caller: &Caller, version: &str) -> Answer {
    caller.get(&format!("/v1/rulebooks/{version}")).await
}

async fn draft(caller: &Caller, body: &Value) -> Answer {
    caller.post("/v1/rulebooks", body).await
}

async fn discard(caller: &Caller, version: &str, etag: &str) -> Answer {
    let request = caller.request(Method::DELETE, &format!("/v1/rulebooks/{version}"));
    caller.send(request.header(header::IF_MATCH, etag)).await
}

fn ids(rulebook: &Value) -> Vec<String> {
    strings(&rulebook["table"]["rules"], "id")
}

async fn the_shipped_rulebook_is_there_for_every_clinic(app: &TestApp) {
    let claim = crate::support::Claim::new("INV-1");
    let decided = app.classify(&claim).await.is(200).json();
    let other = app.new_clinic("other").await;
    for caller in [app as &Caller, &other] {
        let listed = caller.get("/v1/rulebooks").await.is(200).json();
        let [shipped] = array(&listed["data"]) else {
            panic!("one version: {listed}")
        };
        assert_eq!(shipped["version"], SHIPPED);
        assert_eq!(shipped["origin"], "shipped");
        assert_eq!(shipped["state"], "active");
        assert_eq!(shipped["effective_from"], Value::Null);
        assert_eq!(shipped["sha256"], decided["decision"]["rulebook"]["sha256"]);
        let found = rulebook(caller, SHIPPED).await.is(200).json();
        assert!(ids(&found).contains(&"ohip-insured".to_owned()));
        assert_eq!(found["table"]["name"], "ontario");
        for (member, value) in shipped.as_object().expect("an object") {
            assert_eq!(&found[member], value, "{member}");
        }
    }
}

async fn a_draft_is_a_copy_with_changed_rules(app: &TestApp) {
    let base = rulebook(app, SHIPPED).await.is(200).json();
    let answer = draft(app, &missed("2026.2-missed")).await.is(201);
    assert!(
        answer
            .header("location")
            .ends_with("/v1/rulebooks/2026.2-missed")
    );
    assert_eq!(answer.header("etag"), "\"1\"");
    let stored = answer.json();
    for (member, value) in [
        ("version", json!("2026.2-missed")),
        ("name", json!("ontario")),
        ("origin", json!("clinic")),
        ("state", json!("draft")),
        ("based_on", json!(SHIPPED)),
        ("revision", json!(1)),
        ("effective_from", Value::Null),
        ("activated_at", Value::Null),
    ] {
        assert_eq!(stored[member], value, "{member}");
    }
    assert!(stored["author"].is_string(), "{stored}");
    let cases = missed("x")["golden_cases"].clone();
    let titles = strings(&cases, "title");
    assert_eq!(strings(&stored["golden_cases"], "title"), titles);
    assert_ne!(stored["sha256"], base["sha256"]);
    // One rule more, after the one named; the rest is the base's.
    let mut expected = ids(&base);
    let place = expected
        .iter()
        .position(|id| id == "ohip-insured")
        .expect("it is there");
    expected.insert(place + 1, "missed-appointment-looked-at".to_owned());
    assert_eq!(ids(&stored), expected);
    for part in ["checks", "billing_orders", "findings", "otherwise"] {
        assert_eq!(stored["table"][part], base["table"][part], "{part}");
    }
    assert_eq!(stored["note"], stored["table"]["note"]);
    let found = rulebook(app, "2026.2-missed").await.is(200);
    assert_eq!(found.text(), answer.text());
    let listed = app.get("/v1/rulebooks").await.is(200).json();
    assert_eq!(
        strings(&listed["data"], "version"),
        ["2026.2-missed", SHIPPED]
    );
    // A copy of the copy, with the rule moved, replaced and taken out again.
    let first = json!({"based_on": "2026.2-missed", "version": "again", "name": "lakeshore", "changes": [
        {"op": "move", "id": "missed-appointment-looked-at", "before": "ohip-insured"},
        {"op": "replace", "id": "missed-appointment-looked-at", "rule": missed("x")["changes"][0]["rule"]},
        {"op": "remove", "id": "missed-appointment-looked-at"},
    ]});
    let again = draft(app, &first).await.is(201).json();
    assert_eq!(ids(&again), ids(&base));
    assert_eq!(again["name"], "lakeshore");
    assert_eq!(again["note"], stored["note"]);
    let all = app.all("/v1/rulebooks", &[]).await;
    let versions: Vec<&str> = all.iter().filter_map(|it| it["version"].as_str()).collect();
    assert_eq!(versions, ["again", "2026.2-missed", SHIPPED]);
}

async fn a_whole_table_can_be_sent(app: &TestApp) {
    let base = rulebook(app, SHIPPED).await.is(200).json();
    let mut table = base["table"].clone();
    table["version"] = json!("whole");
    let stored = draft(app, &json!({"table": table})).await.is(201).json();
    assert_eq!(stored["table"], table);
    assert_eq!(stored["based_on"], Value::Null);
    // The layout of what is sent does not count: the digest is of the canonical form.
    let mut again = table.clone();
    again["version"] = json!("whole-2");
    let spaced = serde_json::to_string_pretty(&json!({"table": again})).expect("JSON");
    let second = app.post_raw("/v1/rulebooks", spaced).await.is(201).json();
    let copy = json!({"based_on": "whole-2", "version": "whole-3", "changes": []});
    let third = draft(app, &copy).await.is(201).json();
    assert_ne!(second["sha256"], stored["sha256"]);
    assert_ne!(third["sha256"], second["sha256"]);
    assert_eq!(third["table"]["rules"], table["rules"]);
}

async fn the_same_draft_again_is_a_replay(app: &TestApp) {
    let first = draft(app, &missed("m")).await.is(201);
    assert_eq!(first.find_header("idempotency-replayed"), None);
    let again = draft(app, &missed("m")).await.is(200);
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.text(), first.text());
    let mut other = missed("m");
    other["note"] = json!("Another note.");
    let problem = draft(app, &other).await.problem(409);
    assert_eq!(problem.member("id"), &first.json()["id"]);
    problem.lists(&[("differs", "/table")]);
}

async fn drafts_that_are_refused(app: &TestApp) {
    let with = |pointer: &str, value: Value| {
        let mut draft = missed("m");
        *draft.pointer_mut(pointer).expect("a place") = value;
        draft
    };
    let rule = "/changes/0/rule";
    for (body, status, code, pointer) in [
        (json!({}), 400, "one_of", ""),
        (json!([]), 400, "wrong_type", ""),
        (
            with("/based_on", json!("nobody")),
            422,
            "unknown_version",
            "/based_on",
        ),
        (
            with("/version", json!("2027.1")),
            422,
            "reserved_version",
            "/version",
        ),
        (
            with("/version", json!("a/b")),
            422,
            "invalid_name",
            "/version",
        ),
        (
            with("/changes/0/after", json!("nobody")),
            422,
            "unknown_rule",
            "/changes/0/after",
        ),
        (
            with("/changes/0/op", json!("delete")),
            400,
            "unknown_value",
            "/changes/0/op",
        ),
        (
            with(&format!("{rule}/id"), json!("ohip-insured")),
            422,
            "duplicate_id",
            "/changes/0/rule/id",
        ),
        (
            with(&format!("{rule}/when/category/0"), json!("appointment")),
            400,
            "unknown_value",
            "/changes/0/rule/when/category/0",
        ),
        (
            with(&format!("{rule}/when"), json!({"categry": []})),
            400,
            "unknown_field",
            "/changes/0/rule/when/categry",
        ),
        (
            with(&format!("{rule}/then/decide/payer"), json!("ohip")),
            400,
            "unknown_value",
            "/changes/0/rule/then/decide/payer",
        ),
        (
            with(&format!("{rule}/because"), json!("")),
            422,
            "too_short",
            "/changes/0/rule/because",
        ),
    ] {
        let problem = draft(app, &body).await.problem(status);
        problem.lists(&[(code, pointer)]);
    }
    // Faults of a whole table point into it, all at once.
    let base = rulebook(app, SHIPPED).await.is(200).json();
    let mut table = base["table"].clone();
    table["version"] = json!("whole");
    table["rules"][0]["id"] = json!("Upper");
    table["rules"][1]["when"]["cause"] = json!([]);
    let problem = draft(app, &json!({"table": table})).await.problem(422);
    problem.lists(&[
        ("invalid_name", "/table/rules/0/id"),
        ("empty_condition", "/table/rules/1/when/cause"),
    ]);
    // A key twice, and no JSON at all.
    let text = missed("m").to_string();
    let twice = edited(&text, "\"based_on\"", "\"version\":\"m\",\"based_on\"");
    app.post_raw("/v1/rulebooks", twice)
        .await
        .problem(400)
        .names("/version");
    app.post_raw("/v1/rulebooks", "{").await.problem(400);
    app.post_raw("/v1/rulebooks", " ".repeat((1 << 20) + 1))
        .await
        .problem(413);
    // Nothing of it was stored.
    let listed = app.get("/v1/rulebooks").await.is(200).json();
    assert_eq!(strings(&listed["data"], "version"), [SHIPPED]);
}

async fn a_draft_is_changed_under_its_revision(app: &TestApp) {
    let first = draft(app, &missed("m")).await.is(201);
    let path = "/v1/rulebooks/m";
    let change = json!({"based_on": "m", "version": "m", "note": "Changed.", "changes": [
        {"op": "move", "id": "missed-appointment-looked-at", "before": "third-party-ohip-insured"}]});
    let blind = app.send(app.request(Method::PUT, path).json(&change)).await;
    blind.problem(428);
    let second = app.put(path, "\"1\"", &change).await.is(200);
    assert_eq!(second.header("etag"), "\"2\"");
    let stored = second.json();
    assert_eq!(stored["note"], "Changed.");
    assert_eq!(stored["revision"], 2);
    assert_eq!(stored["id"], first.json()["id"]);
    assert_eq!(ids(&stored)[0], "missed-appointment-looked-at");
    assert_eq!(rulebook(app, "m").await.text(), second.text());
    app.put(path, "\"1\"", &change).await.problem(412);
    let other = missed("n");
    let problem = app.put(path, "\"2\"", &other).await.problem(422);
    problem.lists(&[("version_changed", "/version")]);
    app.put("/v1/rulebooks/n", "\"1\"", &other)
        .await
        .problem(404);
    let event = app
        .database()
        .last_event(stored["id"].as_str().expect("an id"));
    assert_eq!(event["sha256"], stored["sha256"]);
}

async fn a_draft_can_be_discarded(app: &TestApp) {
    draft(app, &missed("m")).await.is(201);
    app.delete("/v1/rulebooks/m").await.problem(428);
    discard(app, "m", "\"2\"").await.problem(412);
    discard(app, "m", "\"1\"").await.is(204);
    rulebook(app, "m").await.problem(404);
    discard(app, "m", "\"1\"").await.problem(404);
    // Its name is free again.
    draft(app, &missed("m")).await.is(201);
}

async fn a_shipped_version_never_changes(app: &TestApp) {
    let kind = "urn:payerline:problem:immutable";
    let problem = discard(app, SHIPPED, "\"1\"").await.problem(409);
    assert_eq!(problem.member("type"), kind);
    // Its name cannot even be written under.
    let path = format!("/v1/rulebooks/{SHIPPED}");
    let problem = app.put(&path, "\"1\"", &missed(SHIPPED)).await.problem(422);
    problem.lists(&[("reserved_version", "/version")]);
}

async fn versions_are_the_clinics_own(app: &TestApp) {
    draft(app, &missed("m")).await.is(201);
    let other = app.new_clinic("other").await;
    rulebook(&other, "m").await.problem(404);
    discard(&other, "m", "\"1\"").await.problem(404);
    other
        .put("/v1/rulebooks/m", "\"1\"", &missed("m"))
        .await
        .problem(404);
    let copy = json!({"based_on": "m", "version": "n", "changes": []});
    draft(&other, &copy).await.problem(422).names("/based_on");
    // The same name is another version there.
    let mut theirs = missed("m");
    theirs["note"] = json!("Ours.");
    draft(&other, &theirs).await.is(201);
    assert_eq!(rulebook(&other, "m").await.json()["note"], "Ours.");
    assert_ne!(rulebook(app, "m").await.json()["note"], "Ours.");
    for nobody in ["nobody", "a%2Fb", "%00"] {
        rulebook(app, nobody).await.problem(404);
    }
}

async fn a_table_is_read_as_markdown(app: &TestApp) {
    draft(app, &missed("m")).await.is(201);
    let request = app.request(Method::GET, "/v1/rulebooks/m");
    let answer = app
        .send(request.header(header::ACCEPT, "text/markdown"))
        .await
        .is(200);
    assert_eq!(
        answer.header("content-type"),
        "text/markdown; charset=utf-8"
    );
    assert_eq!(answer.header("etag"), "\"1\"");
    let text = answer.text();
    for part in [
        "ontario",
        "`missed-appointment-looked-at`",
        "Somebody at the clinic looks",
    ] {
        assert!(text.contains(part), "{part}:\n{text}");
    }
}
