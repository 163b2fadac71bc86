//! Sends: to whom a claim can be sent, and in which turn.

use serde_json::{Value, json};

use super::{billable, step, submit};
use crate::{
    claims::verification,
    support::{Claim, TestApp, on_both_databases},
};

on_both_databases!(
    a_claim_is_sent_to_who_is_due,
    plans_are_billed_in_turn,
    a_claim_of_an_earlier_build_knows_who_is_due,
);

async fn a_claim_is_sent_to_who_is_due(app: &TestApp) {
    let (id, before) = submit(app, &billable("INV-1")).await;
    assert_eq!(before["payers_due"], json!([{"payer": "patient"}]));
    let to_wsib = json!({"payer": "wsib", "channel": "wsib"});
    let problem = step(app, &id, "sends", "\"1\"", &to_wsib)
        .await
        .problem(422);
    problem.lists(&[("payer_not_due", "/payer")]);
    let later = json!({"payer": "patient", "channel": "invoice", "sent_on": "2199-01-01"});
    let problem = step(app, &id, "sends", "\"1\"", &later).await.problem(422);
    problem.lists(&[("in_the_future", "/sent_on")]);
    let body = json!({"payer": "patient", "channel": "invoice", "reference": "R-1", "sent_on": "2026-06-02"});
    let answer = step(app, &id, "sends", "\"1\"", &body).await.is(200);
    let after = answer.json();
    assert_eq!(after["status"], "submitted");
    assert_eq!(after["disposition"], "ready");
    assert_eq!(after["sends"], json!([body]));
    assert_eq!(app.get(&format!("/v1/claims/{id}")).await.json(), after);
    let event = app.database().last_event(&id);
    assert_eq!(event["sent"], body);
}

async fn plans_are_billed_in_turn(app: &TestApp) {
    let plans = json!([
        {"kind": "private", "insurer": "Spouse's", "relationship": "spouse", "covered_categories": ["consultation"]},
        {"kind": "private", "insurer": "Own", "covered_categories": ["consultation"]},
        {"kind": "private", "insurer": "Another", "relationship": "spouse", "covered_categories": ["device"]},
    ]);
    let (id, before) = submit(app, &Claim::new("INV-1").with("/coverages", plans)).await;
    assert_eq!(before["billing_order"], json!(["private"]));
    let due = json!([{"payer": "private", "coverage": 1}, {"payer": "private", "coverage": 0}]);
    assert_eq!(before["payers_due"], due);
    let send =
        |coverage: Value| json!({"payer": "private", "coverage": coverage, "channel": "eclaims"});
    let problem = step(app, &id, "sends", "\"1\"", &send(Value::Null))
        .await
        .problem(422);
    problem.lists(&[("coverage_needed", "/coverage")]);
    let problem = step(app, &id, "sends", "\"1\"", &send(json!(0)))
        .await
        .problem(422);
    problem.lists(&[("payer_not_due", "/coverage")]);
    step(app, &id, "sends", "\"1\"", &send(json!(1)))
        .await
        .is(200);
    app.database().set_status(&id, "partially_paid");
    let after = step(app, &id, "sends", "\"2\"", &send(json!(0)))
        .await
        .is(200)
        .json();
    assert_eq!(after["sends"][1]["coverage"], 0);
    app.database().set_status(&id, "denied");
    let again = json!({"payer": "private", "coverage": 0, "channel": "invoice"});
    let problem = step(app, &id, "sends", "\"3\"", &again).await.problem(422);
    problem.lists(&[("payer_not_due", "/payer")]);
}

async fn a_claim_of_an_earlier_build_knows_who_is_due(app: &TestApp) {
    let plans =
        json!([{"kind": "private", "covered_categories": ["consultation"]}, {"kind": "private"}]);
    let (id, before) = submit(app, &billable("INV-1").with("/coverages", plans)).await;
    let due = json!([{"payer": "private", "coverage": 0}, {"payer": "private", "coverage": 1}]);
    assert_eq!(before["payers_due"], due);
    app.database()
        .execute("UPDATE claims SET payers_due = NULL");
    let read = app.get(&format!("/v1/claims/{id}")).await.is(200).json();
    assert_eq!(read, before);
    let again = billable("INV-1").with("/coverages", before["submission"]["coverages"].clone());
    assert_eq!(app.submit(&again).await.is(200).json(), before);
    let body = json!({"payer": "private", "coverage": 0, "channel": "eclaims"});
    let sent = step(app, &id, "sends", "\"1\"", &body).await.is(200).json();
    assert_eq!(sent["payers_due"], due);
    let verified = verification::verify(app.database(), &[]).await;
    assert_eq!(verified.status.code(), Some(0), "{verified:?}");
}
