//! `POST /v1/claims/{id}/redecide` and `GET …/replay`: a claim decided again, by the rules of now or of then.

use serde_json::{Value, json};

use crate::support::{Answer, Caller, Claim, TestApp, on_both_databases};

on_both_databases!(
    an_approval_that_arrives_later_counts_when_the_claim_is_decided_again,
    a_decision_that_stays_changes_nothing,
    a_claim_is_decided_again_only_as_it_was_seen,
    only_the_clinic_decides_again,
    a_stored_decision_comes_out_again_byte_for_byte,
    a_decision_that_was_altered_does_not_come_out_again,
);

pub async fn redecide(caller: &Caller, id: &str, etag: &str) -> Answer {
    let path = format!("/v1/claims/{id}/redecide");
    caller.post_if(&path, etag, &Value::Null).await
}

pub async fn replay(caller: &Caller, id: &str) -> Answer {
    caller.get(&format!("/v1/claims/{id}/replay")).await
}

/// A claim that waits for an OCF-18, which then is approved, as earlier builds wrote it: they decided no claim again.
pub async fn approved_later(app: &TestApp) -> (String, Value) {
    let approval = json!({
        "number": "OCF18-1", "kind": "ocf_18", "patient_id": "P-4411", "payer": "mva",
        "status": "pending", "approved_cents": 600_000,
    });
    app.preauthorize(&approval).await.is(201);
    let claim = Claim::example("mva-stem-cell-knee").with("/preauthorizations", json!(["OCF18-1"]));
    let stored = app.submit(&claim).await.is(201).json();
    assert_eq!(stored["disposition"], "needs_preauthorization");
    app.database()
        .execute("UPDATE preauthorizations SET status = 'approved'");
    (stored["id"].as_str().expect("an id").to_owned(), stored)
}

async fn an_approval_that_arrives_later_counts_when_the_claim_is_decided_again(app: &TestApp) {
    let (id, before) = approved_later(app).await;
    let answer = redecide(app, &id, "\"1\"").await.is(200);
    let after = answer.json();
    assert_eq!(answer.header("etag"), "\"2\"");
    for (member, value) in [
        ("payer", "mva"),
        ("disposition", "ready"),
        ("status", "ready"),
    ] {
        assert_eq!(after[member], value, "{member}");
    }
    assert_eq!(after["version"], 2);
    assert_eq!(after["received_at"], before["received_at"]);
    assert_ne!(after["updated_at"], before["updated_at"]);
    assert_eq!(after["submission"], before["submission"]);
    let found = app.get(&format!("/v1/claims/{id}")).await.is(200);
    assert_eq!(found.json(), after);
    let ready = app.list(&[("status", "ready")]).await.is(200).json();
    assert_eq!(ready["data"][0]["id"], id.as_str());
    let waiting = app.list(&[("status", "needs_preauthorization")]).await;
    assert_eq!(waiting.json()["data"], json!([]));
    // The new decision is explained and comes out again; the old one is in the record.
    app.get(&format!("/v1/claims/{id}/explanation"))
        .await
        .is(200);
    assert_eq!(replay(app, &id).await.is(200).json()["identical"], true);
    let event = app.database().last_event(&id);
    assert_eq!(event["before"]["disposition"], "needs_preauthorization");
    assert_eq!(event["after"]["disposition"], "ready");
    assert_eq!(event["before"]["decision"], before["decision"]);
    assert_eq!(event["after"]["decision"], after["decision"]);
    assert_eq!(
        event["before"]["facts"]["preauthorizations"][0]["status"],
        "pending"
    );
}

async fn a_decision_that_stays_changes_nothing(app: &TestApp) {
    let stored = app.submit(&Claim::new("INV-1")).await.is(201);
    let again = redecide(app, &stored.id(), "\"1\"").await.is(200);
    assert_eq!(again.text(), stored.text());
    assert_eq!(again.header("etag"), "\"1\"");
}

async fn a_claim_is_decided_again_only_as_it_was_seen(app: &TestApp) {
    let (id, _) = approved_later(app).await;
    app.post(&format!("/v1/claims/{id}/redecide"), &Value::Null)
        .await
        .problem(428);
    redecide(app, &id, "\"2\"").await.problem(412);
    let decided = redecide(app, &id, "\"1\"").await.is(200);
    assert_eq!(decided.find_header("idempotency-replayed"), None);
    // The same once more, after an answer that was lost.
    let repeated = redecide(app, &id, "\"1\"").await.is(200);
    assert_eq!(repeated.header("idempotency-replayed"), "true");
    assert_eq!(repeated.text(), decided.text());
    redecide(app, &id, "\"7\"").await.problem(412);
    // Its payer has it: what was decided stands.
    app.database().set_status(&id, "submitted");
    let problem = redecide(app, &id, "\"2\"").await.problem(409);
    assert_eq!(problem.member("type"), "urn:payerline:problem:illegal-step");
}

async fn only_the_clinic_decides_again(app: &TestApp) {
    let id = app.submit(&Claim::new("INV-1")).await.is(201).id();
    let other = app.new_clinic("other").await;
    redecide(&other, &id, "\"1\"").await.problem(404);
    replay(&other, &id).await.problem(404);
    redecide(app, &id, "\"1\"").await.is(200);
    replay(app, &id).await.is(200);
}

async fn a_stored_decision_comes_out_again_byte_for_byte(app: &TestApp) {
    let (id, stored) = approved_later(app).await;
    let replayed = replay(app, &id).await.is(200).json();
    assert_eq!(replayed["id"], id.as_str());
    assert_eq!(replayed["identical"], true);
    assert_eq!(replayed["differences"], json!([]));
    assert_eq!(replayed["rulebook"], stored["decision"]["rulebook"]);
    assert_eq!(replayed["stored_sha256"], replayed["remade_sha256"]);
}

async fn a_decision_that_was_altered_does_not_come_out_again(app: &TestApp) {
    let id = app.submit(&Claim::new("INV-1")).await.is(201).id();
    app.database()
        .replace_in_decisions(r#""payer":"uncovered""#, r#""payer":"private""#);
    let replayed = replay(app, &id).await.is(200).json();
    assert_eq!(replayed["identical"], false);
    assert_eq!(replayed["differences"], json!(["/items/0/payer"]));
    assert_ne!(replayed["stored_sha256"], replayed["remade_sha256"]);
}
