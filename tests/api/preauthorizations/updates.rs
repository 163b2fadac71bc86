//! Changes of an approval: `PUT` under the version that was seen, and what they do not touch.

use reqwest::Method;
use serde_json::{Value, json};

use super::{entry, entry_with};
use crate::support::{Claim, TestApp, on_both_databases};

on_both_databases!(
    an_approval_is_updated_under_its_version,
    if_match_takes_a_list_and_a_star,
    updates_that_are_refused,
    a_later_change_does_not_rewrite_a_decision,
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

async fn a_later_change_does_not_rewrite_a_decision(app: &TestApp) {
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
    let found = app
        .get(&format!("/v1/claims/{}", stored.id()))
        .await
        .is(200);
    assert_eq!(found.text(), stored.text());
    let again = app.submit(&claim).await.is(200);
    assert_eq!(again.text(), stored.text());
    // A claim filed now is decided by what the ledger says now.
    let next = claim.with("/external_id", "INV-2026-000124");
    let stored = app.submit(&next).await.is(201).json();
    assert_eq!(stored["disposition"], "ready");
}
