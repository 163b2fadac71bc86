//! A byte order mark before a body, which some programs write, is passed over in every body.

use reqwest::{Method, header};
use serde_json::{Value, json};

use crate::{
    rulebooks::SHIPPED,
    support::{Answer, Caller, Claim, TestApp, on_both_databases},
};

on_both_databases!(
    a_byte_order_mark_before_json_is_passed_over,
    a_byte_order_mark_before_a_batch_is_passed_over,
);

fn marked(body: &Value) -> String {
    format!("\u{feff}{body}")
}

/// Sends a marked body under the version of what it changes.
async fn send_if_match(caller: &Caller, method: Method, path: &str, body: &Value) -> Answer {
    let request = caller
        .request(method, path)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::IF_MATCH, "*");
    caller.send(request.body(marked(body))).await
}

async fn a_byte_order_mark_before_json_is_passed_over(app: &TestApp) {
    let post = async |path: &str, body: Value| app.post_raw(path, marked(&body)).await;
    let claim = Claim::new("INV-1");
    let stored = post("/v1/claims", (*claim).clone()).await.is(201).json();
    assert_eq!(stored["submission"], *claim);
    app.submit(&claim).await.is(200);
    post("/v1/classifications", (*claim).clone()).await.is(200);
    let approval = json!({
        "number": "A-1", "kind": "ocf_18", "patient_id": "P-1", "payer": "mva", "status": "approved",
        "approved_cents": 41,
    });
    let entered = post("/v1/preauthorizations", approval.clone())
        .await
        .is(201);
    let path = format!("/v1/preauthorizations/{}", entered.id());
    send_if_match(app, Method::PUT, &path, &approval)
        .await
        .is(200);
    post("/v1/api-keys", json!({"name": "desk", "role": "staff"}))
        .await
        .is(201);
    post("/v1/clinics", json!({"name": "Lakeshore"}))
        .await
        .is(201);
    let version = json!({"based_on": SHIPPED, "version": "marked"});
    post("/v1/rulebooks", version.clone()).await.is(201);
    let path = "/v1/rulebooks/marked";
    send_if_match(app, Method::PUT, path, &version)
        .await
        .is(200);
    post(&format!("{path}/backtests"), json!({})).await.is(202);
    post(
        &format!("{path}/activate"),
        json!({"effective_from": "2999-01-01"}),
    )
    .await
    .is(200);
}

async fn a_byte_order_mark_before_a_batch_is_passed_over(app: &TestApp) {
    let line = |id: &str| Claim::new(id).text();
    for (before, first) in [("", "A"), ("\n", "B"), ("\r\n\n", "C")] {
        let lines = format!(
            "\u{feff}{before}{}\n{}",
            line(first),
            line(&format!("{first}-2"))
        );
        let results = app.batch(lines).await;
        let statuses: Vec<&Value> = results.iter().map(|it| &it["status"]).collect();
        assert_eq!(statuses, [201, 201], "{results:?}");
        assert_eq!(results[0]["external_id"], first);
    }
    // Later ones are no beginning of a text.
    let results = app
        .batch(format!("{}\n\u{feff}{}", line("D"), line("E")))
        .await;
    assert_eq!(results[1]["status"], 400);
    assert_eq!(app.batch("\u{feff}").await, Vec::<Value>::new());
}
