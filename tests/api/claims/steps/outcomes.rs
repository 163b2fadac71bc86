//! Outcomes: how a patient fares after a treatment, on record with the claim.

use serde_json::json;

use super::{billable, step, submit};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    an_outcome_is_recorded_with_its_claim,
    what_nobody_can_have_measured_is_refused,
);

async fn an_outcome_is_recorded_with_its_claim(app: &TestApp) {
    let (id, before) = submit(app, &billable("INV-1")).await;
    assert_eq!(before["outcomes"], json!([]));
    let first = json!({
        "day": "2026-07-13", "pain": 4, "function": 70, "note": "Walks without a stick.",
        "range_of_motion": [{"joint": "left knee flexion", "degrees": 110}],
    });
    let answer = step(app, &id, "outcomes", "\"1\"", &first).await.is(200);
    assert_eq!(answer.header("etag"), "\"2\"");
    let again = step(app, &id, "outcomes", "\"1\"", &first).await.is(200);
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.text(), answer.text());
    app.database().set_status(&id, "paid");
    let second = json!({"day": "2026-08-30", "pain": 0});
    let after = step(app, &id, "outcomes", "\"2\"", &second)
        .await
        .is(200)
        .json();
    assert_eq!(after["status"], "paid", "it stays");
    let outcomes = after["outcomes"].as_array().expect("outcomes");
    assert_eq!(outcomes.len(), 2);
    for member in ["day", "pain", "function", "note", "range_of_motion"] {
        assert_eq!(outcomes[0][member], first[member], "{member}");
    }
    assert_eq!(outcomes[1]["pain"], 0);
    assert_eq!(app.get(&format!("/v1/claims/{id}")).await.json(), after);
    let event = app.database().last_event(&id);
    assert_eq!(event["request"], second);
    assert_eq!(event["outcome"], outcomes[1]);
    app.database().set_status(&id, "void");
    let third = json!({"day": "2026-08-31", "pain": 1});
    step(app, &id, "outcomes", "\"3\"", &third)
        .await
        .problem(409);
}

async fn what_nobody_can_have_measured_is_refused(app: &TestApp) {
    let (id, before) = submit(app, &billable("INV-1")).await;
    for (body, code, pointer) in [
        (json!({"day": "2026-07-13"}), "nothing_measured", ""),
        (
            json!({"day": "2199-01-01", "pain": 1}),
            "in_the_future",
            "/day",
        ),
        (
            json!({"day": "2026-05-31", "pain": 1}),
            "out_of_range",
            "/day",
        ),
        (
            json!({"day": "2026-07-13", "pain": 11, "function": 50}),
            "out_of_range",
            "/pain",
        ),
        (
            json!({"day": "2026-07-13", "function": -1, "pain": 1}),
            "out_of_range",
            "/function",
        ),
        (
            json!({"day": "2026-07-13", "pain": 1, "range_of_motion": [{"joint": "knee", "degrees": 361}]}),
            "out_of_range",
            "/range_of_motion/0/degrees",
        ),
    ] {
        let problem = step(app, &id, "outcomes", "\"1\"", &body)
            .await
            .problem(422);
        problem.lists(&[(code, pointer)]);
    }
    step(app, &id, "outcomes", "\"1\"", &json!({"pain": 1}))
        .await
        .problem(400);
    let billing = app.new_key("billing").await;
    let body = json!({"day": "2026-07-13", "pain": 1});
    step(&billing, &id, "outcomes", "\"1\"", &body)
        .await
        .problem(403);
    assert_eq!(app.get(&format!("/v1/claims/{id}")).await.json(), before);
}
