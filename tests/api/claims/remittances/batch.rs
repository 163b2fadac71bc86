//! `POST /v1/remittances/batch`: many remittances, a line each.

use serde_json::{Value, json};

use super::{sent, two_items};
use crate::support::{Caller, Claim, TestApp, on_both_databases};

on_both_databases!(
    each_line_is_booked_and_answered_in_its_order,
    a_line_that_is_refused_harms_no_other,
    lines_about_one_claim_are_booked_in_their_order,
    sent_again_every_line_is_a_replay,
    who_may_enter_one_remittance_may_enter_many,
);

pub async fn remit_all(caller: &Caller, lines: &[Value]) -> Vec<Value> {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let path = "/v1/remittances/batch";
    let request = caller.raw(path, "application/x-ndjson", text);
    let results = caller.send(request).await.is(200).json_lines();
    assert_eq!(results.len(), lines.len());
    for (index, result) in results.iter().enumerate() {
        assert_eq!(result["index"], index, "{result}");
    }
    results
}

fn statuses(results: &[Value]) -> Vec<u64> {
    let status = |it: &Value| it["status"].as_u64().expect("a status");
    results.iter().map(status).collect()
}

/// A line that pays cents of the first item.
pub fn line(claim: (&str, &str), number: &str, cents: i64) -> Value {
    let (field, id) = claim;
    json!({
        field: id, "number": number, "payer": "private", "paid_on": "2026-06-20",
        "items": [{"sequence": 1, "paid_cents": cents}],
    })
}

async fn each_line_is_booked_and_answered_in_its_order(app: &TestApp) {
    let (first, _) = sent(app, &two_items("INV-1", 1)).await;
    sent(app, &two_items("B\u{e9}-2", 1).with("/patient/id", "P-2")).await;
    let lines = [
        line(("claim_id", &first), "EFT-1", 4_000),
        // Ids are compared in their normal form.
        line(("external_id", "Be\u{301}-2"), "EFT-1", 10_000),
    ];
    let results = remit_all(app, &lines).await;
    assert_eq!(statuses(&results), [200, 200], "{results:?}");
    let expected = json!({
        "index": 0, "status": 200, "replayed": false, "claim_id": first, "external_id": "INV-1",
        "claim_status": "partially_paid", "outstanding_cents": 16_000, "version": 3,
    });
    assert_eq!(results[0], expected);
    assert_eq!(results[1]["external_id"], "B\u{e9}-2");
    assert_eq!(results[1]["outstanding_cents"], 10_000);
    let claim = app.get(&format!("/v1/claims/{first}")).await.is(200).json();
    assert_eq!(claim["remittances"][0]["number"], "EFT-1");
    assert_eq!(claim["balance"]["paid_cents"], 4_000);
}

async fn a_line_that_is_refused_harms_no_other(app: &TestApp) {
    let (id, _) = sent(app, &two_items("INV-1", 1)).await;
    let (waiting, _) =
        crate::claims::steps::submit(app, &Claim::example("mva-stem-cell-knee")).await;
    let lines = [
        line(("external_id", "NOBODY"), "EFT-1", 1),
        json!({"number": "EFT-1", "payer": "private"}),
        line(("claim_id", &id), "EFT-1", 10_001),
        line(("claim_id", &waiting), "EFT-1", 1),
        json!("no object"),
        line(("claim_id", &id), "EFT-1", 10_000),
        line(("claim_id", &id), "EFT-1", 9_999),
    ];
    let results = remit_all(app, &lines).await;
    assert_eq!(statuses(&results), [404, 400, 422, 409, 400, 200, 409]);
    assert_eq!(results[0]["external_id"], "NOBODY");
    assert_eq!(results[1]["problem"]["errors"][0]["code"], "one_of");
    assert_eq!(results[2]["problem"]["errors"][0]["code"], "over_billed");
    assert_eq!(results[6]["problem"]["errors"][0]["code"], "differs");
    let claim = app.get(&format!("/v1/claims/{id}")).await.is(200).json();
    assert_eq!(claim["remittances"].as_array().map(Vec::len), Some(1));
}

async fn lines_about_one_claim_are_booked_in_their_order(app: &TestApp) {
    let (id, _) = sent(app, &two_items("INV-1", 1)).await;
    let by_turns = |number: usize| match number % 2 {
        0 => ("claim_id", id.as_str()),
        _ => ("external_id", "INV-1"),
    };
    let lines: Vec<Value> = (0..40)
        .map(|number| line(by_turns(number), &format!("EFT-{number:02}"), 100))
        .collect();
    let results = remit_all(app, &lines).await;
    for (number, result) in results.iter().enumerate() {
        let left = 20_000 - 100 * (i64::try_from(number).expect("few") + 1);
        assert_eq!(result["outstanding_cents"], left, "{result}");
    }
    let claim = app.get(&format!("/v1/claims/{id}")).await.is(200).json();
    let booked = claim["remittances"].as_array().expect("a list");
    assert!(booked.is_sorted_by_key(|it| it["number"].as_str().map(str::to_owned)));
    assert_eq!(claim["version"], 42);
}

async fn sent_again_every_line_is_a_replay(app: &TestApp) {
    let mut lines = Vec::new();
    for number in 0..5 {
        let name = format!("INV-{number}");
        let patient = format!("P-{number}");
        sent(app, &two_items(&name, 1).with("/patient/id", patient)).await;
        lines.push(line(("external_id", &name), "EFT-1", 2_000));
    }
    let first = remit_all(app, &lines).await;
    let again = remit_all(app, &lines).await;
    for (first, again) in first.iter().zip(&again) {
        assert_eq!(first["replayed"], false);
        assert_eq!(again["replayed"], true);
        assert_eq!(again["version"], first["version"]);
    }
}

async fn who_may_enter_one_remittance_may_enter_many(app: &TestApp) {
    sent(app, &two_items("INV-1", 1)).await;
    for (role, status) in [("billing", 200), ("staff", 200), ("auditor", 403)] {
        let caller = app.new_key(role).await;
        let text = line(("external_id", "INV-1"), "EFT-1", 2_000).to_string();
        let request = caller.raw("/v1/remittances/batch", "application/x-ndjson", text);
        caller.send(request).await.is(status);
    }
}
