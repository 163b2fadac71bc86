//! `POST /v1/claims/{id}/reviews`, `/sends`, `/appeals`, `/void`: what follows a decision.

mod killed;
mod outcomes;
mod reviews;
mod sends;
mod walks;

use serde_json::{Value, json};

use super::{
    redecisions::{approved_later, redecide},
    verification,
};
use crate::support::{Answer, Caller, Claim, TestApp, on_both_databases};

on_both_databases!(
    a_refusal_is_contested,
    a_claim_is_withdrawn,
    a_step_is_taken_once,
    a_step_that_is_not_legal_changes_nothing,
    of_two_steps_at_once_one_is_taken,
    roles_take_their_steps,
    verify_follows_every_step,
);

pub async fn step(caller: &Caller, id: &str, step: &str, etag: &str, body: &Value) -> Answer {
    caller
        .post_if(&format!("/v1/claims/{id}/{step}"), etag, body)
        .await
}

/// A physician's consultation of which nobody says whether OHIP insures it.
pub fn unclear(external_id: &str) -> Claim {
    billable(external_id)
        .with("/provider/profession", "physician")
        .with("/items/0/category", "consultation")
}

/// A claim that can be billed to the patient.
pub fn billable(external_id: &str) -> Claim {
    Claim::new(external_id).with("/items/0/code", "VISIT")
}

pub async fn submit(app: &TestApp, claim: &Claim) -> (String, Value) {
    let stored = app.submit(claim).await.is(201);
    (stored.id(), stored.json())
}

async fn a_refusal_is_contested(app: &TestApp) {
    let (id, _) = submit(app, &billable("INV-1")).await;
    let body = json!({"reason": "The plan covers it."});
    let problem = step(app, &id, "appeals", "\"1\"", &body).await.problem(409);
    assert_eq!(problem.member("type"), "urn:payerline:problem:illegal-step");
    app.database().set_status(&id, "denied");
    let after = step(app, &id, "appeals", "\"1\"", &body)
        .await
        .is(200)
        .json();
    assert_eq!(after["status"], "appealed");
    assert_eq!(app.database().last_event(&id)["status_before"], "denied");
}

async fn a_claim_is_withdrawn(app: &TestApp) {
    let (id, _) = submit(app, &billable("INV-1")).await;
    let body = json!({"reason": "The patient cancelled."});
    let after = step(app, &id, "void", "\"1\"", &body).await.is(200).json();
    assert_eq!(after["status"], "void");
    // What is withdrawn is no duplicate of what comes after it.
    let (_, next) = submit(app, &billable("INV-2")).await;
    assert_eq!(next["status"], "ready");
    let correction = billable("INV-3").with("/replaces", id.as_str());
    let problem = app.submit(&correction).await.problem(422);
    problem.lists(&[("claim_void", "/replaces")]);
}

async fn a_step_is_taken_once(app: &TestApp) {
    let (id, _) = submit(app, &billable("INV-1")).await;
    let body = json!({"reason": "The patient cancelled."});
    let path = format!("/v1/claims/{id}/void");
    app.post(&path, &body).await.problem(428);
    step(app, &id, "void", "W/\"1\"", &body).await.problem(412);
    step(app, &id, "void", "\"2\"", &body).await.problem(412);
    let taken = step(app, &id, "void", "\"1\"", &body).await.is(200);
    assert_eq!(taken.find_header("idempotency-replayed"), None);
    for etag in ["\"1\"", "\"2\"", "\"9\"", "*", "x"] {
        let repeated = step(app, &id, "void", etag, &body).await.is(200);
        assert_eq!(repeated.header("idempotency-replayed"), "true", "{etag}");
        assert_eq!(repeated.text(), taken.text());
    }
    let repeated = app.post(&path, &body).await.is(200);
    assert_eq!(repeated.header("idempotency-replayed"), "true");
    let other = json!({"reason": "The clinic cancelled."});
    step(app, &id, "void", "\"1\"", &other).await.problem(412);
    step(app, &id, "void", "\"2\"", &other).await.problem(409);
    app.post(&path, &other).await.problem(428);
}

async fn a_step_that_is_not_legal_changes_nothing(app: &TestApp) {
    let reason = json!({"reason": "A reason."});
    let send = json!({"payer": "patient", "channel": "invoice"});
    let bodies = [
        ("redecide", &Value::Null),
        ("reviews", &reason),
        ("sends", &send),
        ("appeals", &reason),
        ("void", &reason),
    ];
    let undecided = &["redecide", "reviews", "void"][..];
    let legal = [
        ("needs_review", undecided),
        ("needs_preauthorization", undecided),
        ("ready", &["redecide", "reviews", "sends", "void"]),
        ("submitted", &["void"]),
        ("paid", &[]),
        ("partially_paid", &["sends", "appeals"]),
        ("denied", &["sends", "appeals", "void"]),
        ("appealed", &["void"]),
        ("void", &[]),
    ];
    let (id, _) = submit(app, &billable("INV-1")).await;
    for (status, legal) in legal {
        app.database().set_status(&id, status);
        let before = app.get(&format!("/v1/claims/{id}")).await.is(200).json();
        for (taken, body) in bodies.iter().filter(|(taken, _)| !legal.contains(taken)) {
            let problem = step(app, &id, taken, "\"1\"", body).await.problem(409);
            assert_eq!(problem.member("type"), "urn:payerline:problem:illegal-step");
            let detail = problem
                .member("detail")
                .as_str()
                .expect("a detail")
                .to_owned();
            for step in ["/reviews", "/sends", "/appeals", "/void"] {
                let path = format!("{{id}}{step}`");
                let is_named = legal.contains(&&step[1..]);
                assert_eq!(detail.contains(&path), is_named, "{status}: {detail}");
            }
        }
        let after = app.get(&format!("/v1/claims/{id}")).await.is(200).json();
        assert_eq!(after, before, "{status}");
    }
}

async fn of_two_steps_at_once_one_is_taken(app: &TestApp) {
    let (id, _) = submit(app, &billable("INV-1")).await;
    let send = json!({"payer": "patient", "channel": "invoice"});
    let void = json!({"reason": "The patient cancelled."});
    let sends = step(app, &id, "sends", "\"1\"", &send);
    let voids = step(app, &id, "void", "\"1\"", &void);
    let (sent, voided) = tokio::join!(sends, voids);
    let mut statuses = [sent.status(), voided.status()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412]);
    // Deciding again, too.
    let (id, _) = approved_later(app).await;
    let again = || redecide(app, &id, "\"1\"");
    let (one, two) = tokio::join!(again(), again());
    assert_eq!(one.is(200).text(), two.is(200).text());
    // The same step from several clients is taken once, and each is told so.
    let (id, _) = submit(app, &unclear("INV-2")).await;
    let review = json!({"reason": "Not insured.", "settles": ["ohip_insured_unknown"]});
    let reviews = || step(app, &id, "reviews", "\"1\"", &review);
    let (one, two, three) = tokio::join!(reviews(), reviews(), reviews());
    let answers = [one.is(200), two.is(200), three.is(200)];
    let replayed = answers
        .iter()
        .filter(|it| it.find_header("idempotency-replayed").is_some());
    assert_eq!(replayed.count(), 2);
    assert!(answers.iter().all(|it| it.json()["version"] == 2));
}

async fn roles_take_their_steps(app: &TestApp) {
    let (id, _) = submit(app, &billable("INV-1")).await;
    let reason = json!({"reason": "A reason."});
    let send = json!({"payer": "patient", "channel": "invoice"});
    let billing = app.new_key("billing").await;
    let auditor = app.new_key("auditor").await;
    for name in ["reviews", "appeals", "void"] {
        step(&billing, &id, name, "\"1\"", &reason)
            .await
            .problem(403);
        step(&auditor, &id, name, "\"1\"", &reason)
            .await
            .problem(403);
    }
    step(&auditor, &id, "sends", "\"1\"", &send)
        .await
        .problem(403);
    let other = app.new_clinic("other").await;
    step(&other, &id, "void", "\"1\"", &reason)
        .await
        .problem(404);
    step(&billing, &id, "sends", "\"1\"", &send).await.is(200);
    let staff = app.new_key("staff").await;
    step(&staff, &id, "void", "\"2\"", &reason).await.is(200);
}

async fn verify_follows_every_step(app: &TestApp) {
    let (id, _) = approved_later(app).await;
    let body = json!({"reason": "Wait for the X-ray.", "disposition": "needs_review"});
    step(app, &id, "reviews", "\"1\"", &body).await.is(200);
    redecide(app, &id, "\"2\"").await.is(200);
    let body = json!({"reason": "It came.", "settles": ["review_outdated"]});
    step(app, &id, "reviews", "\"3\"", &body).await.is(200);
    let send = json!({"payer": "private", "channel": "eclaims"});
    step(app, &id, "sends", "\"4\"", &send).await.is(200);
    let outcome = json!({"day": "2026-07-13", "pain": 3});
    step(app, &id, "outcomes", "\"5\"", &outcome).await.is(200);
    step(app, &id, "void", "\"6\"", &json!({"reason": "Sent twice."}))
        .await
        .is(200);
    let (unclear_id, _) = submit(app, &unclear("INV-9")).await;
    let body = json!({"reason": "Not insured.", "settles": ["ohip_insured_unknown"]});
    step(app, &unclear_id, "reviews", "\"1\"", &body)
        .await
        .is(200);
    let verified = verification::verify(app.database(), &[]).await;
    assert_eq!(verified.status.code(), Some(0), "{verified:?}");
    let database = app.database();
    let altered = database.id(&unclear_id);
    database.execute(&format!(
        "UPDATE claims SET sends = '[]' WHERE id = {altered}"
    ));
    let verified = verification::verify(app.database(), &[]).await;
    assert_eq!(
        verified.status.code(),
        Some(0),
        "nothing was sent: {verified:?}"
    );
    database.execute(&format!(
        "UPDATE claims SET review = NULL WHERE id = {altered}"
    ));
    let verified = verification::verify(app.database(), &[]).await;
    assert_eq!(verified.status.code(), Some(1), "{verified:?}");
    let text = String::from_utf8_lossy(&verified.stdout);
    assert!(text.contains("review was changed"), "{text}");
}
