//! `GET /v1/work-queue`: what a person should do next.

use jiff::{ToSpan, civil::Date};
use serde_json::{Value, json};

use crate::{
    claims::steps::{billable, step, submit, unclear},
    support::{Caller, Claim, TestApp, array, on_both_databases, today},
};

on_both_databases!(
    a_claim_goes_through_the_queue,
    what_is_late_is_chased_with_its_law,
    filters_and_counts_go_together,
    pages_lead_to_the_end,
    an_approval_that_changes_changes_the_queue,
    what_is_to_come_is_shown_on_its_day,
    a_clinic_has_its_own_queue,
    queries_that_are_refused,
);

async fn queue(caller: &Caller, query: &str) -> Value {
    let path = format!("/v1/work-queue{query}");
    caller.get(&path).await.is(200).json()
}

/// The tasks in the order of the queue.
fn tasks(queue: &Value) -> Vec<&str> {
    let data = array(&queue["data"]).iter();
    data.map(|it| it["task"].as_str().expect("a task"))
        .collect()
}

fn day(offset: i32) -> Date {
    today().checked_add(offset.days()).expect("a day")
}

async fn a_claim_goes_through_the_queue(app: &TestApp) {
    let empty = queue(app, "").await;
    assert_eq!(empty["data"], json!([]));
    assert_eq!(empty["next"], Value::Null);
    assert_eq!(array_of_counts(&empty), [0; 7]);
    let (id, _) = submit(app, &unclear("INV-1")).await;
    let first = queue(app, "").await;
    let entry = &first["data"][0];
    assert_eq!(entry["task"], "review");
    assert_eq!(entry["claim_id"], id.as_str());
    assert_eq!(entry["external_id"], "INV-1");
    assert_eq!(entry["patient_id"], "P-1");
    assert_eq!(entry["step"], format!("POST /v1/claims/{id}/reviews"));
    let because = entry["because"].as_str().expect("a text");
    assert!(because.contains("ohip_insured_unknown"), "{because}");
    assert_eq!(first["counts"]["review"], 1);
    let review = json!({
        "reason": "The ministry was asked: it is not insured.", "disposition": "ready",
        "settles": ["ohip_insured_unknown"],
    });
    step(app, &id, "reviews", "\"1\"", &review).await.is(200);
    let second = queue(app, "").await;
    assert!(!tasks(&second).contains(&"review"), "{second}");
    assert!(tasks(&second).contains(&"send"), "{second}");
    let send = json!({"payer": "patient", "channel": "invoice"});
    step(app, &id, "sends", "\"2\"", &send).await.is(200);
    assert!(!tasks(&queue(app, "").await).contains(&"send"));
    let void = json!({"reason": "Withdrawn."});
    step(app, &id, "void", "\"3\"", &void).await.is(200);
    assert_eq!(queue(app, "").await["data"], json!([]));
}

fn array_of_counts(queue: &Value) -> Vec<u64> {
    let counts = queue["counts"].as_object().expect("an object");
    counts.values().filter_map(Value::as_u64).collect()
}

async fn what_is_late_is_chased_with_its_law(app: &TestApp) {
    let (id, claim) = submit(app, &billable("INV-1")).await;
    let sent_on = day(-40).max("2026-06-10".parse().expect("a day"));
    let send = json!({
        "payer": claim["payers_due"][0]["payer"], "channel": "invoice", "sent_on": sent_on.to_string(),
    });
    step(app, &id, "sends", "\"1\"", &send).await.is(200);
    let list = queue(app, "?task=chase").await;
    let entry = &list["data"][0];
    assert_eq!(entry["task"], "chase", "{list}");
    assert_eq!(entry["step"], format!("POST /v1/claims/{id}/remittances"));
    assert_eq!(entry["payer"], "patient");
    // No law says when a patient pays.
    assert_eq!(entry["basis"], Value::Null);
}

async fn filters_and_counts_go_together(app: &TestApp) {
    submit(app, &unclear("INV-1")).await;
    submit(app, &billable("INV-2").with("/patient/id", "P-2")).await;
    submit(app, &Claim::example("mva-stem-cell-knee")).await;
    let all = queue(app, "").await;
    let of_patient = queue(app, "?patient_id=P-2").await;
    assert!(
        array(&of_patient["data"])
            .iter()
            .all(|it| it["patient_id"] == "P-2")
    );
    assert_eq!(of_patient["counts"]["review"], 0);
    assert_eq!(of_patient["counts"]["send"], 1);
    let reviews = queue(app, "?task=review").await;
    assert_eq!(tasks(&reviews), ["review"]);
    // The counts are those of all tasks.
    assert_eq!(reviews["counts"], all["counts"]);
    let two = queue(app, "?task=review&task=send").await;
    assert!(tasks(&two).iter().all(|it| ["review", "send"].contains(it)));
    assert_eq!(tasks(&two).len(), 2);
    let of_payer = queue(app, "?payer=patient").await;
    assert!(
        array(&of_payer["data"])
            .iter()
            .all(|it| it["payer"] == "patient")
    );
    assert!(!array(&of_payer["data"]).is_empty());
    let none = queue(app, "?due_before=2020-01-01").await;
    assert_eq!(none["data"], json!([]));
    let due: Vec<&str> = array(&all["data"])
        .iter()
        .map(|it| it["due_on"].as_str().expect("a day"))
        .collect();
    assert!(due.is_sorted(), "{due:?}");
}

async fn pages_lead_to_the_end(app: &TestApp) {
    let claims: Vec<String> = (0..25)
        .map(|number| {
            let name = format!("INV-{number:02}");
            let claim = unclear(&name).with("/items/0/code", name.as_str());
            claim.with("/patient/id", format!("P-{number}")).text()
        })
        .collect();
    app.batch(claims.join("\n")).await;
    let whole = queue(app, "?limit=200").await;
    let mut entries = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = queue(app, &format!("?limit=4{cursor}")).await;
        entries.extend(array(&page["data"]).iter().cloned());
        assert_eq!(page["counts"], whole["counts"]);
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(json!(entries), whole["data"]);
    assert!(entries.len() >= 25);
    let list = app.get("/v1/claims?limit=1").await.is(200).json();
    let other = list["next"].as_str().expect("a cursor");
    let path = format!("/v1/work-queue?limit=4&cursor={other}");
    app.get(&path).await.problem(400);
}

async fn an_approval_that_changes_changes_the_queue(app: &TestApp) {
    let approval = |end: Value| {
        json!({
            "number": "OCF18-1", "kind": "ocf_18", "patient_id": "P-4411", "payer": "mva", "status": "approved",
            "approved_cents": 600_000, "valid_to": end,
        })
    };
    let path = format!(
        "/v1/preauthorizations/{}",
        app.preauthorize(&approval(Value::Null)).await.is(201).id()
    );
    let claim = Claim::example("mva-stem-cell-knee").with("/preauthorizations", json!(["OCF18-1"]));
    let (id, claim) = submit(app, &claim).await;
    assert_eq!(claim["status"], "ready", "{claim}");
    let due = &claim["payers_due"][0];
    let mut send = json!({"channel": "hcai", "payer": due["payer"]});
    if !due["coverage"].is_null() {
        send["coverage"] = due["coverage"].clone();
    }
    step(app, &id, "sends", "\"1\"", &send).await.is(200);
    let ends = |queue: &Value| {
        let mut found = array(&queue["data"]).to_vec();
        found.retain(|it| {
            let because = it["because"].as_str();
            because.is_some_and(|it| it.contains("OCF18-1"))
        });
        found
    };
    assert!(ends(&queue(app, "").await).is_empty());
    // The claim was sent and is not decided again, but what it rests on ends.
    let soon = approval(json!(day(7).to_string()));
    app.put(&path, "\"1\"", &soon).await.is(200);
    let list = queue(app, "").await;
    let found = ends(&list);
    assert_eq!(found.len(), 1, "{list}");
    assert_eq!(found[0]["task"], "follow_up");
    let late = approval(json!(day(300).to_string()));
    app.put(&path, "\"2\"", &late).await.is(200);
    assert!(ends(&queue(app, "").await).is_empty());
}

async fn what_is_to_come_is_shown_on_its_day(app: &TestApp) {
    let (id, claim) = submit(app, &billable("INV-1")).await;
    let send = json!({"payer": claim["payers_due"][0]["payer"], "channel": "invoice"});
    step(app, &id, "sends", "\"1\"", &send).await.is(200);
    // It was sent today, so nothing is late.
    let today = queue(app, "?task=chase").await;
    assert_eq!(today["data"], json!([]));
    assert_eq!(today["counts"]["chase"], 0);
    app.database().execute(
        "UPDATE claim_tasks SET shown_from = '2026-01-05', due_on = '2026-01-05' WHERE task = 'chase'",
    );
    let later = queue(app, "?task=chase").await;
    assert_eq!(later["data"][0]["due_on"], "2026-01-05");
    assert_eq!(later["counts"]["chase"], 1);
    app.database()
        .execute("UPDATE claim_tasks SET shown_until = '2026-01-06' WHERE task = 'chase'");
    assert_eq!(queue(app, "?task=chase").await["data"], json!([]));
}

async fn a_clinic_has_its_own_queue(app: &TestApp) {
    submit(app, &unclear("INV-1")).await;
    let other = app.new_clinic("other").await;
    assert_eq!(queue(&other, "").await["data"], json!([]));
    assert!(!array(&queue(app, "").await["data"]).is_empty());
}

async fn queries_that_are_refused(app: &TestApp) {
    for query in [
        "?task=sleep",
        "?payer=ohip",
        "?due_before=soon",
        "?limit=0",
        "?patient=P-1",
        "?cursor=x",
    ] {
        app.get(&format!("/v1/work-queue{query}"))
            .await
            .problem(400);
    }
    let auditor = app.new_key("auditor").await;
    queue(&auditor, "").await;
    let claim = Claim::new("INV-1");
    app.submit(&claim).await.is(201);
}
