//! `POST /v1/claims/{id}/remittances`: what payers, patients and third parties answer.

mod at_once;
mod batch;

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{
    redecisions::{approved_later, redecide},
    steps::{step, submit},
    verification,
};
use crate::support::{Answer, Claim, TestApp, array, on_both_databases};

on_both_databases!(
    what_a_payer_pays_and_denies_is_booked,
    a_claim_that_is_paid_in_full_is_paid,
    what_is_left_falls_to_the_next_plan_and_then_to_the_patient,
    the_patients_share_is_paid_by_the_patient,
    a_remittance_is_booked_once,
    a_remittance_is_taken_back,
    nothing_is_paid_twice,
    remittances_that_are_refused_change_nothing,
    an_injured_worker_pays_nothing,
    payment_consumes_an_approval_and_denial_releases_it,
    many_remittances_at_once_leave_a_balanced_ledger,
    a_denial_is_appealed_and_paid,
    what_a_payer_said_nothing_of_is_still_due_from_it,
    a_payer_answers_item_by_item,
    the_share_is_paid_by_whoever_did_not_leave_it,
    what_was_entered_wrongly_is_entered_anew,
    whoever_was_sent_the_claim_answers_after_a_denial,
    what_is_withdrawn_is_due_from_nobody,
    what_goes_with_stem_cells_is_not_left_to_the_patient,
);

/// A claim of two items of 100 dollars, with so many private plans that pay them.
pub fn two_items(external_id: &str, plans: usize) -> Claim {
    let plan =
        json!({"kind": "private", "insurer": "Maple Life", "covered_categories": ["report"]});
    let item =
        json!({"service_date": "2026-06-01", "category": "report", "unit_price_cents": 10_000});
    let claim = Claim::new(external_id).with("/items", json!([item, item]));
    let plans: Vec<&Value> = std::iter::repeat_n(&plan, plans).collect();
    // The items are of different kinds, or the second would be taken for the first again.
    claim
        .with("/coverages", json!(plans))
        .with("/items/1/code", "R-2")
}

/// Files a claim and sends it to the first who is due.
pub async fn sent(app: &TestApp, claim: &Claim) -> (String, Value) {
    let (id, stored) = submit(app, claim).await;
    assert_eq!(stored["status"], "ready", "{stored}");
    let mut body = json!({"channel": "invoice"});
    for field in ["payer", "coverage"] {
        body[field] = stored["payers_due"][0][field].clone();
    }
    let sent = step(app, &id, "sends", "\"1\"", &body).await.is(200).json();
    (id, sent)
}

async fn remit(app: &TestApp, id: &str, body: &Value) -> Answer {
    let version = app.get(&format!("/v1/claims/{id}")).await.is(200).json()["version"].clone();
    step(app, id, "remittances", &format!("\"{version}\""), body).await
}

fn remittance(number: &str, payer: &str, items: Value) -> Value {
    json!({"number": number, "payer": payer, "items": items})
}

fn balance(billed: i64, paid: i64, adjusted: i64, patient: i64, due_from: Value) -> Value {
    json!({
        "billed_cents": billed, "paid_cents": paid, "adjusted_cents": adjusted, "patient_cents": patient,
        "outstanding_cents": billed - paid - adjusted - patient, "due_from": due_from,
    })
}

async fn what_a_payer_pays_and_denies_is_booked(app: &TestApp) {
    let (id, claim) = sent(app, &two_items("INV-1", 1)).await;
    let plan = json!({"payer": "private", "coverage": 0});
    assert_eq!(claim["balance"], balance(20_000, 0, 0, 0, plan));
    let body = json!({
        "number": "CHQ-1", "payer": "private", "paid_on": "2026-06-20", "items": [
            {"sequence": 1, "paid_cents": 8_000, "adjusted_cents": 500, "denied_cents": 1_500, "reason_codes": ["45"]},
            {"sequence": 2, "paid_cents": 0, "denied_cents": 10_000, "note": "Not covered."}]
    });
    let answer = remit(app, &id, &body).await.is(200);
    assert_eq!(answer.header("etag"), "\"3\"");
    let claim = answer.json();
    assert_eq!(claim["status"], "partially_paid");
    let patient = json!({"payer": "patient"});
    assert_eq!(claim["balance"], balance(20_000, 8_000, 500, 0, patient));
    assert_eq!(claim["remittances"][0]["items"][1]["note"], "Not covered.");
    assert_eq!(
        claim,
        app.get(&format!("/v1/claims/{id}")).await.is(200).json()
    );
    let event = app.database().last_event(&id);
    assert_eq!(event["status_before"], "submitted");
    assert_eq!(event["request"]["number"], "CHQ-1");
    let patient = app.get("/v1/patients/P-1").await.is(200).json();
    assert_eq!(patient["due"][0]["payer"], "patient", "{patient}");
    assert_eq!(patient["due"][0]["amount_cents"], 11_500);
}

async fn a_claim_that_is_paid_in_full_is_paid(app: &TestApp) {
    let (id, _) = sent(app, &two_items("INV-1", 1)).await;
    let first = remittance(
        "CHQ-1",
        "private",
        json!([{"sequence": 1, "paid_cents": 10_000}]),
    );
    let claim = remit(app, &id, &first).await.is(200).json();
    assert_eq!(claim["status"], "partially_paid");
    let second = remittance(
        "CHQ-2",
        "private",
        json!([{"sequence": 2, "paid_cents": 9_000, "adjusted_cents": 1_000}]),
    );
    let claim = remit(app, &id, &second).await.is(200).json();
    assert_eq!(claim["status"], "paid");
    assert_eq!(
        claim["balance"],
        balance(20_000, 19_000, 1_000, 0, Value::Null)
    );
    let third = remittance(
        "CHQ-3",
        "private",
        json!([{"sequence": 2, "paid_cents": 1}]),
    );
    let problem = remit(app, &id, &third).await.problem(409);
    assert_eq!(problem.member("type"), "urn:payerline:problem:illegal-step");
    let reason = json!({"reason": "An error."});
    step(app, &id, "void", "\"4\"", &reason).await.problem(409);
}

async fn what_is_left_falls_to_the_next_plan_and_then_to_the_patient(app: &TestApp) {
    let (id, _) = sent(app, &two_items("INV-1", 2)).await;
    let body = |number: &str, coverage: i64, paid: i64| {
        let items =
            json!([{"sequence": 1, "paid_cents": paid}, {"sequence": 2, "paid_cents": paid}]);
        json!({"number": number, "payer": "private", "coverage": coverage, "items": items})
    };
    let items = json!([{"sequence": 1, "paid_cents": 1}]);
    let unclear = remittance("CHQ-1", "private", items);
    let problem = remit(app, &id, &unclear).await.problem(422);
    problem.lists(&[("coverage_needed", "/coverage")]);
    let claim = remit(app, &id, &body("CHQ-1", 0, 7_000))
        .await
        .is(200)
        .json();
    let second = json!({"payer": "private", "coverage": 1});
    assert_eq!(claim["balance"], balance(20_000, 14_000, 0, 0, second));
    let send = json!({"payer": "private", "coverage": 1, "channel": "eclaims"});
    let claim = step(app, &id, "sends", "\"3\"", &send).await.is(200).json();
    assert_eq!(claim["status"], "submitted");
    assert_eq!(claim["balance"]["due_from"], second_plan());
    let claim = remit(app, &id, &body("EFT-1", 1, 2_000))
        .await
        .is(200)
        .json();
    let patient = json!({"payer": "patient"});
    assert_eq!(
        claim["balance"],
        balance(20_000, 18_000, 0, 0, patient.clone())
    );
    let send = json!({"payer": "patient", "channel": "invoice"});
    let claim = step(app, &id, "sends", "\"5\"", &send).await.is(200).json();
    assert_eq!(claim["balance"]["due_from"], patient);
    let paid = remittance("CASH-1", "patient", body("", 0, 1_000)["items"].clone());
    let claim = remit(app, &id, &paid).await.is(200).json();
    assert_eq!(claim["status"], "paid");
}

fn second_plan() -> Value {
    json!({"payer": "private", "coverage": 1})
}

async fn the_patients_share_is_paid_by_the_patient(app: &TestApp) {
    let (id, _) = sent(app, &two_items("INV-1", 1)).await;
    let items = json!([{"sequence": 1, "paid_cents": 8_000, "patient_cents": 2_000}, {"sequence": 2, "paid_cents": 8_000, "patient_cents": 2_000}]);
    let claim = remit(app, &id, &remittance("CHQ-1", "private", items))
        .await
        .is(200)
        .json();
    assert_eq!(claim["status"], "paid");
    assert_eq!(
        claim["balance"],
        balance(20_000, 16_000, 0, 4_000, Value::Null)
    );
    let patient = app.get("/v1/patients/P-1").await.is(200).json();
    let due = |payer: &str, cents: i64| (json!(payer), json!(cents));
    let shown = array(&patient["due"])
        .iter()
        .map(|it| (it["payer"].clone(), it["amount_cents"].clone()));
    assert_eq!(shown.collect::<Vec<_>>(), [due("patient", 4_000)]);
    let cash = remittance(
        "CASH-1",
        "patient",
        json!([{"sequence": 1, "paid_cents": 2_000}]),
    );
    let claim = remit(app, &id, &cash).await.is(200).json();
    assert_eq!(
        claim["balance"],
        balance(20_000, 18_000, 0, 2_000, Value::Null)
    );
    // The plan's remittance cannot be taken back while the patient has paid of the share that it left.
    let back = json!({"number": "BACK-1", "payer": "private", "reverses": "CHQ-1"});
    let problem = remit(app, &id, &back).await.problem(422);
    problem.lists(&[("paid_since", "/reverses")]);
    let cash_back = json!({"number": "BACK-0", "payer": "patient", "reverses": "CASH-1"});
    remit(app, &id, &cash_back).await.is(200);
    let claim = remit(app, &id, &back).await.is(200).json();
    assert_eq!(claim["status"], "denied");
    assert_eq!(claim["balance"]["outstanding_cents"], 20_000);
}

async fn a_remittance_is_booked_once(app: &TestApp) {
    let (id, _) = sent(app, &two_items("INV-1", 1)).await;
    let body = remittance(
        "CHQ-1",
        "private",
        json!([{"sequence": 1, "paid_cents": 5_000}]),
    );
    let path = format!("/v1/claims/{id}/remittances");
    app.post(&path, &body).await.problem(428);
    step(app, &id, "remittances", "\"1\"", &body)
        .await
        .problem(412);
    let booked = step(app, &id, "remittances", "\"2\"", &body).await.is(200);
    assert_eq!(booked.find_header("idempotency-replayed"), None);
    for etag in ["\"1\"", "\"2\"", "\"9\"", "*", "x"] {
        let again = step(app, &id, "remittances", etag, &body).await.is(200);
        assert_eq!(again.header("idempotency-replayed"), "true", "{etag}");
        assert_eq!(again.text(), booked.text());
    }
    let again = app.post(&path, &body).await.is(200);
    assert_eq!(again.header("idempotency-replayed"), "true");
    let other = remittance(
        "CHQ-1",
        "private",
        json!([{"sequence": 1, "paid_cents": 5_001}]),
    );
    let problem = remit(app, &id, &other).await.problem(409);
    assert_eq!(problem.member("type"), "urn:payerline:problem:conflict");
    // The same number of somebody else is another remittance.
    let cash = remittance(
        "CHQ-1",
        "patient",
        json!([{"sequence": 1, "paid_cents": 5_000}]),
    );
    let claim = remit(app, &id, &cash).await.is(200).json();
    assert_eq!(claim["balance"]["paid_cents"], 10_000);
    // And still known once more is booked.
    let again = step(app, &id, "remittances", "\"2\"", &body).await.is(200);
    assert_eq!(again.header("idempotency-replayed"), "true");
}

async fn a_remittance_is_taken_back(app: &TestApp) {
    let (id, _) = sent(app, &two_items("INV-1", 1)).await;
    let items =
        json!([{"sequence": 1, "paid_cents": 10_000}, {"sequence": 2, "paid_cents": 10_000}]);
    let body = remittance("CHQ-1", "private", items.clone());
    assert_eq!(
        remit(app, &id, &body).await.is(200).json()["status"],
        "paid"
    );
    let unknown = json!({"number": "BACK-1", "payer": "private", "reverses": "CHQ-9"});
    let problem = remit(app, &id, &unknown).await.problem(422);
    problem.lists(&[("unknown_remittance", "/reverses")]);
    let mut other =
        json!({"number": "BACK-1", "payer": "private", "reverses": "CHQ-1", "items": items});
    other["items"][0]["paid_cents"] = json!(1);
    let problem = remit(app, &id, &other).await.problem(422);
    problem.lists(&[("reversal_differs", "/items")]);
    let back = json!({"number": "BACK-1", "payer": "private", "reverses": "CHQ-1", "items": items});
    let claim = remit(app, &id, &back).await.is(200).json();
    assert_eq!(claim["status"], "denied");
    assert_eq!(claim["balance"]["paid_cents"], 0);
    assert_eq!(claim["remittances"][1]["items"][0]["paid_cents"], -10_000);
    let again = step(app, &id, "remittances", "\"3\"", &back).await.is(200);
    assert_eq!(again.header("idempotency-replayed"), "true");
    let twice = json!({"number": "BACK-2", "payer": "private", "reverses": "CHQ-1"});
    let problem = remit(app, &id, &twice).await.problem(422);
    problem.lists(&[("already_reversed", "/reverses")]);
}

async fn nothing_is_paid_twice(app: &TestApp) {
    let (id, _) = sent(app, &two_items("INV-1", 1)).await;
    let pays = |number: &str, item: Value| remittance(number, "private", json!([item]));
    for item in [
        json!({"sequence": 1, "paid_cents": 10_001}),
        json!({"sequence": 1, "paid_cents": 10_000, "adjusted_cents": 1}),
        json!({"sequence": 1, "paid_cents": 5_000, "denied_cents": 5_001}),
        json!({"sequence": 1, "paid_cents": 5_000, "patient_cents": 5_001}),
    ] {
        let problem = remit(app, &id, &pays("CHQ-1", item)).await.problem(422);
        problem.lists(&[("over_billed", "/items/0")]);
    }
    let part = json!({"sequence": 1, "paid_cents": 6_000});
    remit(app, &id, &pays("CHQ-1", part.clone())).await.is(200);
    let problem = remit(app, &id, &pays("CHQ-2", part)).await.problem(422);
    problem.lists(&[("over_billed", "/items/0")]);
}

async fn remittances_that_are_refused_change_nothing(app: &TestApp) {
    let (id, before) = sent(app, &two_items("INV-1", 1)).await;
    let item = json!({"sequence": 1, "paid_cents": 1});
    for (body, code, pointer) in [
        (
            json!({"number": "C", "payer": "private", "items": []}),
            "too_few",
            "/items",
        ),
        (
            json!({"number": "C", "payer": "private", "items": [{"sequence": 3, "paid_cents": 1}]}),
            "unknown_item",
            "/items/0/sequence",
        ),
        (
            json!({"number": "C", "payer": "private", "items": [item, item]}),
            "duplicate",
            "/items/1",
        ),
        (
            json!({"number": "C", "payer": "private", "coverage": 3, "items": [item]}),
            "other_coverage",
            "/coverage",
        ),
        (
            json!({"number": "C", "payer": "private", "paid_on": "2099-01-01", "items": [item]}),
            "in_the_future",
            "/paid_on",
        ),
        (
            json!({"number": "C", "payer": "private", "items": [{"sequence": 1, "paid_cents": -1}]}),
            "out_of_range",
            "/items/0/paid_cents",
        ),
    ] {
        let problem = remit(app, &id, &body).await.problem(422);
        problem.lists(&[(code, pointer)]);
    }
    let after = app.get(&format!("/v1/claims/{id}")).await.is(200).json();
    assert_eq!(after, before);
    // What was never sent is not answered.
    let (id, _) = submit(app, &two_items("INV-2", 1).with("/patient/id", "P-2")).await;
    let body = json!({"number": "C", "payer": "private", "items": [item]});
    remit(app, &id, &body).await.problem(409);
}

async fn an_injured_worker_pays_nothing(app: &TestApp) {
    let claim = Claim::example("wsib-physiotherapy");
    let (id, sent) = sent(app, &claim).await;
    let total = sent["total_cents"].as_i64().expect("cents");
    let count = array(&sent["submission"]["items"]).len();
    let items: Vec<Value> = (1..=count)
        .map(|sequence| json!({"sequence": sequence, "paid_cents": 1_000}))
        .collect();
    let share = json!([{"sequence": 1, "paid_cents": 0, "patient_cents": 1}]);
    let problem = remit(app, &id, &remittance("W-1", "wsib", share))
        .await
        .problem(422);
    problem.lists(&[("breaks_law", "/items/0/patient_cents")]);
    let cash = json!([{"sequence": 1, "paid_cents": 1}]);
    let problem = remit(app, &id, &remittance("CASH", "patient", cash))
        .await
        .problem(422);
    problem.lists(&[("breaks_law", "/items/0/paid_cents")]);
    let claim = remit(app, &id, &remittance("W-1", "wsib", json!(items)))
        .await
        .is(200)
        .json();
    let paid = 1_000 * i64::try_from(count).expect("a count");
    assert_eq!(claim["balance"], balance(total, paid, 0, 0, Value::Null));
    let version = format!("\"{}\"", claim["version"]);
    let send = json!({"payer": "patient", "channel": "invoice"});
    let problem = step(app, &id, "sends", &version, &send).await.problem(422);
    problem.lists(&[("payer_not_due", "/payer")]);
}

async fn payment_consumes_an_approval_and_denial_releases_it(app: &TestApp) {
    let (claim, _) = approved_later(app).await;
    redecide(app, &claim, "\"1\"").await.is(200);
    let approvals = app.get("/v1/preauthorizations").await.is(200).json();
    let approval = approvals["data"][0]["id"].as_str().expect("an id");
    let account = async || {
        let path = format!("/v1/preauthorizations/{approval}");
        let account = app.get(&path).await.is(200).json();
        ["reserved_cents", "consumed_cents", "left_cents"].map(|it| account[it].clone())
    };
    let stored = app.get(&format!("/v1/claims/{claim}")).await.is(200).json();
    assert_eq!(stored["status"], "ready", "{stored}");
    let [reserved, _, left] = account().await.map(|it| it.as_i64().expect("cents"));
    let etag = format!("\"{}\"", stored["version"]);
    let send = json!({"payer": "private", "channel": "eclaims"});
    step(app, &claim, "sends", &etag, &send).await.is(200);
    let pays = |number: &str, paid: i64, denied: i64| {
        let items = json!([{"sequence": 1, "paid_cents": paid, "denied_cents": denied}]);
        remittance(number, "mva", items)
    };
    remit(app, &claim, &pays("HCAI-1", 1_000, 0)).await.is(200);
    assert_eq!(
        account().await,
        [json!(reserved - 1_000), json!(1_000), json!(left)]
    );
    remit(app, &claim, &pays("HCAI-2", 500, 200)).await.is(200);
    // What the other items have drawn stays.
    let others = 75_000;
    let left = left + reserved - others;
    assert_eq!(
        account().await,
        [json!(others), json!(1_500), json!(left - 1_500)]
    );
    let back = json!({"number": "HCAI-3", "payer": "mva", "reverses": "HCAI-1"});
    remit(app, &claim, &back).await.is(200);
    assert_eq!(
        account().await,
        [json!(others), json!(500), json!(left - 500)]
    );
    let verified = verification::verify(app.database(), &[]).await;
    assert_eq!(verified.status.code(), Some(0), "{verified:?}");
}

async fn many_remittances_at_once_leave_a_balanced_ledger(app: &TestApp) {
    let (id, _) = sent(app, &two_items("INV-1", 1)).await;
    let clients = (0..40).map(async |client| {
        let items = json!([{"sequence": 1 + client % 2, "paid_cents": 900}]);
        let body = remittance(&format!("CHQ-{client}"), "private", items);
        loop {
            let answer = remit(app, &id, &body).await;
            match answer.status() {
                // Another one was first, or the service is busy.
                412 | 503 => {}
                200 => break 1,
                _ => {
                    answer.problem(422).lists(&[("over_billed", "/items/0")]);
                    break 0;
                }
            }
        }
    });
    let booked: i64 = join_all(clients).await.iter().sum();
    assert_eq!(booked, 22, "eleven of each item");
    let claim = app.get(&format!("/v1/claims/{id}")).await.is(200).json();
    assert_eq!(
        claim["balance"],
        balance(20_000, 19_800, 0, 0, json!({"payer": "patient"}))
    );
    let verified = verification::verify(app.database(), &[]).await;
    assert_eq!(verified.status.code(), Some(0), "{verified:?}");
}

async fn a_denial_is_appealed_and_paid(app: &TestApp) {
    let (id, _) = sent(app, &two_items("INV-1", 1)).await;
    let denied = json!([{"sequence": 1, "paid_cents": 0, "denied_cents": 10_000}, {"sequence": 2, "paid_cents": 0, "denied_cents": 10_000}]);
    let claim = remit(app, &id, &remittance("EOB-1", "private", denied))
        .await
        .is(200)
        .json();
    assert_eq!(claim["status"], "denied");
    let reason = json!({"reason": "The booklet lists it."});
    let claim = step(app, &id, "appeals", "\"3\"", &reason)
        .await
        .is(200)
        .json();
    assert_eq!(claim["status"], "appealed");
    assert_eq!(
        claim["balance"]["due_from"],
        json!({"payer": "private", "coverage": 0})
    );
    let paid =
        json!([{"sequence": 1, "paid_cents": 10_000}, {"sequence": 2, "paid_cents": 10_000}]);
    let claim = remit(app, &id, &remittance("EOB-2", "private", paid))
        .await
        .is(200)
        .json();
    assert_eq!(claim["status"], "paid");
    let verified = verification::verify(app.database(), &[]).await;
    assert_eq!(verified.status.code(), Some(0), "{verified:?}");
}

async fn what_a_payer_said_nothing_of_is_still_due_from_it(app: &TestApp) {
    let (id, _) = sent(app, &two_items("INV-1", 1)).await;
    let body = remittance(
        "CHQ-1",
        "private",
        json!([{"sequence": 1, "paid_cents": 4_000}]),
    );
    let claim = remit(app, &id, &body).await.is(200).json();
    let plan = json!({"payer": "private", "coverage": 0});
    assert_eq!(claim["balance"]["due_from"], plan);
    assert_eq!(due(app).await, [("patient", 6_000), ("private", 10_000)]);
    // What the patient pays in advance changes nothing of whose turn it is.
    let cash = remittance(
        "CASH",
        "patient",
        json!([{"sequence": 2, "paid_cents": 1_000}]),
    );
    let claim = remit(app, &id, &cash).await.is(200).json();
    assert_eq!(claim["balance"]["due_from"], plan);
    assert_eq!(due(app).await, [("patient", 6_000), ("private", 9_000)]);
}

async fn a_payer_answers_item_by_item(app: &TestApp) {
    let (id, _) = sent(app, &two_items("INV-1", 1)).await;
    let one = |number: &str, sequence: i64, paid: i64| {
        let items = json!([{"sequence": sequence, "paid_cents": paid}]);
        remittance(number, "private", items)
    };
    let claim = remit(app, &id, &one("EOB-1", 1, 0)).await.is(200).json();
    assert_eq!(claim["status"], "denied");
    let problem = remit(app, &id, &one("EOB-2", 1, 10_000)).await.problem(409);
    assert!(problem.member("detail").to_string().contains("appeal"));
    let claim = remit(app, &id, &one("EOB-2", 2, 10_000))
        .await
        .is(200)
        .json();
    assert_eq!(claim["status"], "partially_paid");
    // Somebody else's payment does not end the appeal.
    let reason = json!({"reason": "The booklet lists it."});
    step(app, &id, "appeals", "\"4\"", &reason).await.is(200);
    let cash = remittance(
        "CASH",
        "patient",
        json!([{"sequence": 1, "paid_cents": 100}]),
    );
    let claim = remit(app, &id, &cash).await.is(200).json();
    assert_eq!(claim["status"], "appealed");
    assert_eq!(
        claim["balance"]["due_from"],
        json!({"payer": "private", "coverage": 0})
    );
    let claim = remit(app, &id, &one("EOB-3", 1, 9_900))
        .await
        .is(200)
        .json();
    assert_eq!(claim["status"], "paid");
}

async fn the_share_is_paid_by_whoever_did_not_leave_it(app: &TestApp) {
    let (id, _) = sent(app, &two_items("INV-1", 2)).await;
    let pays = |number: &str, coverage: i64, paid: i64, share: i64| {
        let item = |sequence: i64| json!({"sequence": sequence, "paid_cents": paid, "patient_cents": share});
        json!({"number": number, "payer": "private", "coverage": coverage, "items": [item(1), item(2)]})
    };
    let claim = remit(app, &id, &pays("A-1", 0, 8_000, 2_000))
        .await
        .is(200)
        .json();
    assert_eq!(claim["status"], "paid");
    remit(app, &id, &pays("A-2", 0, 1_000, 0))
        .await
        .problem(409);
    let claim = remit(app, &id, &pays("B-1", 1, 1_500, 0))
        .await
        .is(200)
        .json();
    assert_eq!(
        claim["balance"],
        balance(20_000, 19_000, 0, 1_000, Value::Null)
    );
    let claim = remit(app, &id, &pays("B-2", 1, 500, 0))
        .await
        .is(200)
        .json();
    assert_eq!(claim["balance"], balance(20_000, 20_000, 0, 0, Value::Null));
}

/// What is due from whom of the patient of these claims, by the payers' words.
async fn due(app: &TestApp) -> Vec<(&'static str, i64)> {
    let patient = app.get("/v1/patients/P-1").await.is(200).json();
    let words = ["mva", "patient", "private", "third_party", "wsib"];
    let due = array(&patient["due"]).iter().map(|it| {
        let word = words.iter().find(|word| it["payer"] == **word);
        (
            *word.expect("a word"),
            it["amount_cents"].as_i64().expect("cents"),
        )
    });
    let mut due: Vec<_> = due.collect();
    due.sort_unstable();
    due
}

async fn what_was_entered_wrongly_is_entered_anew(app: &TestApp) {
    let (id, _) = sent(app, &two_items("INV-1", 1)).await;
    let items =
        json!([{"sequence": 1, "paid_cents": 10_000}, {"sequence": 2, "paid_cents": 1_000}]);
    remit(app, &id, &remittance("CHQ-1", "private", items))
        .await
        .is(200);
    let back = json!({"number": "BACK-1", "payer": "private", "reverses": "CHQ-1"});
    let claim = remit(app, &id, &back).await.is(200).json();
    assert_eq!(
        claim["balance"]["due_from"],
        json!({"payer": "private", "coverage": 0})
    );
    let other = json!({"number": "BACK-1", "payer": "private", "reverses": "CHQ-1", "paid_on": "2026-06-30"});
    remit(app, &id, &other)
        .await
        .problem(409)
        .lists(&[("differs", "/paid_on")]);
    let right =
        json!([{"sequence": 1, "paid_cents": 10_000}, {"sequence": 2, "paid_cents": 10_000}]);
    let claim = remit(app, &id, &remittance("CHQ-2", "private", right))
        .await
        .is(200)
        .json();
    assert_eq!(claim["status"], "paid");
}

async fn whoever_was_sent_the_claim_answers_after_a_denial(app: &TestApp) {
    let (id, _) = sent(app, &two_items("INV-1", 2)).await;
    let denies = |number: &str, coverage: i64| {
        let items = json!([{"sequence": 1, "paid_cents": 0}, {"sequence": 2, "paid_cents": 0}]);
        json!({"number": number, "payer": "private", "coverage": coverage, "items": items})
    };
    let claim = remit(app, &id, &denies("EOB-1", 0)).await.is(200).json();
    assert_eq!(claim["status"], "denied");
    let again = remit(app, &id, &denies("EOB-2", 0)).await.problem(409);
    assert_eq!(again.member("type"), "urn:payerline:problem:illegal-step");
    let pays = json!({"number": "EFT-1", "payer": "private", "coverage": 1, "items": [
        {"sequence": 1, "paid_cents": 8_000, "patient_cents": 2_000}, {"sequence": 2, "paid_cents": 10_000}]});
    let claim = remit(app, &id, &pays).await.is(200).json();
    assert_eq!(claim["status"], "paid");
    assert_eq!(due(app).await, [("patient", 2_000)]);
}

async fn what_is_withdrawn_is_due_from_nobody(app: &TestApp) {
    let (id, _) = sent(app, &two_items("INV-1", 1)).await;
    let items = json!([{"sequence": 1, "paid_cents": 0, "patient_cents": 10_000}, {"sequence": 2, "paid_cents": 0}]);
    let claim = remit(app, &id, &remittance("EOB-1", "private", items))
        .await
        .is(200)
        .json();
    assert_eq!(claim["status"], "denied");
    assert_eq!(due(app).await, [("patient", 20_000)]);
    let reason = json!({"reason": "Nothing was done."});
    step(app, &id, "void", "\"3\"", &reason).await.is(200);
    assert_eq!(due(app).await, []);
    // Something was paid of this one.
    let (id, _) = sent(app, &two_items("INV-2", 1)).await;
    let items = json!([{"sequence": 1, "paid_cents": 1}]);
    remit(app, &id, &remittance("EOB-1", "private", items))
        .await
        .is(200);
    step(app, &id, "appeals", "\"3\"", &reason).await.is(200);
    let problem = step(app, &id, "void", "\"4\"", &reason).await.problem(409);
    assert!(problem.member("detail").to_string().contains("paid"));
    let correction = two_items("INV-3", 1).with("/replaces", id.as_str());
    let problem = app.submit(&correction).await.problem(422);
    problem.lists(&[("claim_partially_paid", "/replaces")]);
}

async fn what_goes_with_stem_cells_is_not_left_to_the_patient(app: &TestApp) {
    let (id, _) = approved_later(app).await;
    redecide(app, &id, "\"1\"").await.is(200);
    let send = json!({"payer": "private", "channel": "eclaims"});
    step(app, &id, "sends", "\"2\"", &send).await.is(200);
    let nothing = json!([{"sequence": 1, "paid_cents": 0}, {"sequence": 2, "paid_cents": 0}, {"sequence": 3, "paid_cents": 0}]);
    remit(app, &id, &remittance("EOB-1", "private", nothing.clone()))
        .await
        .is(200);
    let claim = remit(app, &id, &remittance("HCAI-1", "mva", nothing))
        .await
        .is(200)
        .json();
    assert_eq!(claim["status"], "denied");
    assert_eq!(claim["balance"]["due_from"], Value::Null);
    let cash = remittance("CASH", "patient", json!([{"sequence": 3, "paid_cents": 1}]));
    let problem = remit(app, &id, &cash).await.problem(422);
    problem.lists(&[("breaks_law", "/items/0/paid_cents")]);
}
