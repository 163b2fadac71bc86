//! Activations that demand a back-test, and how much it may have found.

use serde_json::{Value, json};

use super::run;
use crate::{
    rulebooks::{SHIPPED, missed},
    support::{Claim, TestApp, on_both_databases},
};

on_both_databases!(
    a_version_is_activated_within_its_limits_only,
    whom_to_bill_counts_as_a_change,
    only_a_finished_back_test_of_the_version_counts,
);

/// A draft that changes two of three claims.
async fn drafted(app: &TestApp) {
    for (number, category) in [
        (1, "missed_appointment"),
        (2, "missed_appointment"),
        (3, "report"),
    ] {
        let claim = Claim::new(&format!("INV-{number}")).with("/items/0/category", category);
        app.submit(&claim).await.is(201);
    }
    app.post("/v1/rulebooks", &missed("m")).await.is(201);
}

fn activation(limits: Value) -> Value {
    json!({"effective_from": "2026-01-01", "limits": limits})
}

async fn a_version_is_activated_within_its_limits_only(app: &TestApp) {
    drafted(app).await;
    let found = run(app, "m", &json!({})).await;
    assert_eq!(found["result"]["changed"], 2, "{found}");
    // Nothing moves to another payer: the patient's are looked at first.
    assert_eq!(found["result"]["moved_cents"], 0);
    let path = "/v1/rulebooks/m/activate";
    let tight = activation(json!({"backtest": found["id"], "max_changed_claims": 1}));
    let problem = app.post(path, &tight).await.problem(422);
    let kind = "urn:payerline:problem:beyond-limits";
    assert_eq!(problem.member("type"), kind);
    problem.lists(&[("too_many_changed_claims", "/limits/max_changed_claims")]);
    assert_eq!(app.get("/v1/rulebooks/m").await.json()["state"], "draft");
    let wide = json!({"backtest": found["id"], "max_changed_claims": 2, "max_moved_cents": 0});
    let active = app
        .post(path, &activation(wide.clone()))
        .await
        .is(200)
        .json();
    assert_eq!(active["state"], "active");
    // What it was held to is on record.
    let event = app
        .database()
        .last_event(active["id"].as_str().expect("an id"));
    assert_eq!(event["limits"], wide);
}

async fn whom_to_bill_counts_as_a_change(app: &TestApp) {
    let claim = Claim::example("mva-stem-cell-knee");
    let stored = app.submit(&claim).await.is(201).json();
    assert_eq!(stored["billing_order"], json!(["private", "mva"]));
    let shipped = app
        .get(&format!("/v1/rulebooks/{SHIPPED}"))
        .await
        .is(200)
        .json();
    let mut table = shipped["table"].clone();
    table["version"] = json!("auto-first");
    for order in table["billing_orders"].as_array_mut().expect("a list") {
        if order["order"] == "private_then_mva" {
            order["order"] = json!("mva_then_private");
        }
    }
    app.post("/v1/rulebooks", &json!({"table": table}))
        .await
        .is(201);
    let found = run(app, "auto-first", &json!({})).await;
    assert_eq!(found["result"]["changed"], 1, "{found}");
    assert_eq!(found["result"]["moved_cents"], 0);
}

async fn only_a_finished_back_test_of_the_version_counts(app: &TestApp) {
    drafted(app).await;
    let path = "/v1/rulebooks/m/activate";
    for (limits, status, code, pointer) in [
        (json!({}), 400, "missing_field", "/limits/backtest"),
        (
            json!({"backtest": "x"}),
            422,
            "invalid_id",
            "/limits/backtest",
        ),
        (
            json!({"backtest": "01980a6e-2c4f-7d31-a5b0-6f3e5c1d2b7a"}),
            422,
            "unknown_backtest",
            "/limits/backtest",
        ),
    ] {
        let problem = app.post(path, &activation(limits)).await.problem(status);
        problem.lists(&[(code, pointer)]);
    }
    // One of a time without claims says nothing.
    let none = run(app, "m", &json!({"received_from": "2999-01-01"})).await;
    let limits = activation(json!({"backtest": none["id"]}));
    let problem = app.post(path, &limits).await.problem(422);
    problem.lists(&[("backtest_of_no_claim", "/limits/backtest")]);
    let other = run(app, SHIPPED, &json!({})).await;
    let limits = activation(json!({"backtest": other["id"]}));
    let problem = app.post(path, &limits).await.problem(422);
    problem.lists(&[("backtest_of_another_table", "/limits/backtest")]);
    // The draft was written anew since.
    let found = run(app, "m", &json!({})).await;
    let mut anew = missed("m");
    anew["note"] = json!("Another note.");
    app.put("/v1/rulebooks/m", "\"1\"", &anew).await.is(200);
    let limits = activation(json!({"backtest": found["id"]}));
    app.post(path, &limits)
        .await
        .problem(422)
        .names("/limits/backtest");
}
