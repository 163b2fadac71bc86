//! Changes of an approval: `PUT` under the version that was seen, and what they do not touch.

use reqwest::Method;
use serde_json::{Value, json};

use super::{add_account, entry, entry_with};
use crate::support::{Claim, TestApp, on_both_databases};

on_both_databases!(
    an_approval_is_updated_under_its_version,
    the_answer_of_get_can_be_sent_back,
    if_match_takes_a_list_and_a_star,
    updates_that_are_refused,
    a_later_change_decides_again_and_keeps_the_decision_before,
);

async fn an_approval_is_updated_under_its_version(app: &TestApp) {
    let first = app.preauthorize(&entry("A-1")).await.is(201);
    let path = format!("/v1/preauthorizations/{}", first.id());
    let mut changed = entry_with("A-1", "status", "approved");
    changed["approved_cents"] = json!(450_000);
    changed["categories"] = json!(["injection"]);
    changed["patient_id"] = json!("P-2");
    let second = app.put(&path, first.header("etag"), &changed).await.is(200);
    assert_ne!(second.header("etag"), first.header("etag"));
    let stored = second.json();
    let mut expected = changed.clone();
    expected["id"] = json!(first.id());
    expected["created_at"] = first.json()["created_at"].clone();
    expected["updated_at"] = stored["updated_at"].clone();
    expected["version"] = json!(2);
    add_account(&mut expected);
    assert_eq!(stored, expected);
    assert!(
        stored["updated_at"].as_str() > stored["created_at"].as_str(),
        "{stored}"
    );
    let found = app.get(&path).await.is(200);
    assert_eq!(found.text(), second.text());
    assert_eq!(found.header("etag"), second.header("etag"));

    // What is left out is taken away: an update replaces the whole.
    let short = json!({
        "number": "A-1", "kind": "wsib_approval", "patient_id": "P-1", "payer": "wsib",
        "status": "denied", "approved_cents": 0,
    });
    let third = app
        .put(&path, second.header("etag"), &short)
        .await
        .is(200)
        .json();
    assert_eq!(third["version"], 3);
    assert_eq!(third["kind"], "wsib_approval");
    assert_eq!(third["categories"], Value::Null);
}

async fn the_answer_of_get_can_be_sent_back(app: &TestApp) {
    let first = app.preauthorize(&entry("A-1")).await.is(201);
    let path = format!("/v1/preauthorizations/{}", first.id());
    let read = app.get(&path).await.is(200);
    let mut changed = read.json();
    changed["status"] = json!("approved");
    let second = app.put(&path, read.header("etag"), &changed).await.is(200);
    let stored = second.json();
    changed["updated_at"] = stored["updated_at"].clone();
    changed["version"] = json!(2);
    assert_eq!(stored, changed);

    // What the ledger writes is passed over, whatever it says.
    let mut strange = entry("A-1");
    strange["id"] = json!(7);
    strange["created_at"] = json!("yesterday");
    strange["updated_at"] = Value::Null;
    strange["version"] = json!([{"no": "version"}]);
    strange["left_cents"] = json!("all");
    strange["draws"] = json!({});
    let third = app
        .put(&path, second.header("etag"), &strange)
        .await
        .is(200)
        .json();
    assert_eq!(third["id"], first.json()["id"]);
    assert_eq!(third["created_at"], first.json()["created_at"]);
    assert_eq!(third["version"], 3);

    // Other fields and repeated ones are refused, and a new approval has none of these.
    let mut other = changed.clone();
    other["payer_name"] = json!("Lakehead Auto");
    let refused = app.put(&path, "*", &other).await.problem(400);
    refused.lists(&[("unknown_field", "/payer_name")]);
    let twice = changed.to_string().replacen('{', r#"{"id": 1, "#, 1);
    let request = app.request(Method::PUT, &path).header("if-match", "*");
    let request = request.header("content-type", "application/json");
    let refused = app.send(request.body(twice)).await.problem(400);
    refused.lists(&[("duplicate_key", "/id")]);
    let created = app.preauthorize(&changed).await.problem(400);
    created.lists(&[
        ("unknown_field", "/consumed_cents"),
        ("unknown_field", "/created_at"),
        ("unknown_field", "/draws"),
        ("unknown_field", "/id"),
        ("unknown_field", "/left_cents"),
        ("unknown_field", "/redecisions"),
        ("unknown_field", "/reserved_cents"),
        ("unknown_field", "/updated_at"),
        ("unknown_field", "/version"),
    ]);
}

async fn if_match_takes_a_list_and_a_star(app: &TestApp) {
    let first = app.preauthorize(&entry("A-1")).await.is(201);
    let path = format!("/v1/preauthorizations/{}", first.id());
    let approved = entry_with("A-1", "status", "approved");

    let other = app.put(&path, "\"7\", \"8\"", &approved).await.problem(412);
    assert_eq!(other.member("type"), "urn:payerline:problem:stale");
    let second = app.put(&path, "\"7\", \"1\"", &approved).await.is(200);
    assert_eq!(second.header("etag"), "\"2\"");
    let third = app.put(&path, "*", &entry("A-1")).await.is(200);
    assert_eq!(third.header("etag"), "\"3\"");

    // A tag that no answer has is not told that somebody changed the approval.
    for tag in ["3", "W/\"3\"", "\"three\""] {
        let unusable = app.put(&path, tag, &approved).await.problem(412);
        assert_eq!(
            unusable.member("type"),
            "urn:payerline:problem:if-match-unusable"
        );
    }
}

async fn updates_that_are_refused(app: &TestApp) {
    let first = app.preauthorize(&entry("A-1")).await.is(201);
    let path = format!("/v1/preauthorizations/{}", first.id());
    let etag = first.header("etag");
    let approved = entry_with("A-1", "status", "approved");

    let blind = app.request(Method::PUT, &path).json(&approved);
    app.send(blind).await.problem(428);
    app.put(&path, "\"stale\"", &approved).await.problem(412);
    let renamed = entry_with("A-2", "status", "approved");
    app.put(&path, etag, &renamed)
        .await
        .problem(422)
        .names("/number");
    let negative = entry_with("A-1", "approved_cents", -1);
    app.put(&path, etag, &negative)
        .await
        .problem(422)
        .lists(&[("out_of_range", "/approved_cents")]);
    let misspelt = entry_with("A-1", "state", "approved");
    app.put(&path, etag, &misspelt)
        .await
        .problem(400)
        .lists(&[("unknown_field", "/state")]);
    let nobody = "/v1/preauthorizations/01980a6e-2c4f-7d31-a5b0-6f3e5c1d2b7a";
    app.put(nobody, etag, &approved).await.problem(404);
    assert_eq!(app.get(&path).await.is(200).text(), first.text());

    // Two clerks with the same version: one is told to look again.
    let (one, two) = futures_util::future::join(
        app.put(&path, etag, &approved),
        app.put(&path, etag, &entry_with("A-1", "status", "denied")),
    )
    .await;
    let mut statuses = [one.status(), two.status()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412]);
    app.put(&path, etag, &approved).await.problem(412);
    assert_eq!(app.get(&path).await.is(200).json()["version"], 2);
}

async fn a_later_change_decides_again_and_keeps_the_decision_before(app: &TestApp) {
    let mut approval = entry_with("A-1", "patient_id", "P-4411");
    approval["approved_cents"] = json!(525_000);
    approval
        .as_object_mut()
        .expect("an object")
        .remove("categories");
    let answer = app.preauthorize(&approval).await.is(201);
    let claim = Claim::example("mva-stem-cell-knee").with("/preauthorizations", json!(["A-1"]));
    let stored = app.submit(&claim).await.is(201);
    assert_eq!(stored.json()["disposition"], "needs_preauthorization");

    approval["status"] = json!("approved");
    let path = format!("/v1/preauthorizations/{}", answer.id());
    app.put(&path, answer.header("etag"), &approval)
        .await
        .is(200);
    let found = app.get(&format!("/v1/claims/{}", stored.id())).await;
    assert_eq!(found.is(200).json()["disposition"], "ready");
    let event = app.database().last_event(&stored.id());
    let before = &event["before"]["decision"];
    assert_eq!(*before, stored.json()["decision"]);
    // Sent again, it is answered as it stands now.
    let again = app.submit(&claim).await.is(200).json();
    assert_eq!(
        (&again["disposition"], &again["version"]),
        (&json!("ready"), &json!(2))
    );
}
