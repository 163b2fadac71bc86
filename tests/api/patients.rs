//! `GET /v1/patients/{id}`: everything about one patient.

use serde_json::{Value, json};

use crate::support::{Claim, TestApp, array, on_both_databases, strings};

on_both_databases!(
    a_patient_is_shown_with_what_is_due_from_whom,
    what_is_due_follows_the_life_of_the_claims,
    items_that_are_billed_to_others_are_due_from_them,
    due_amounts_are_those_of_all_claims,
    a_patient_that_nobody_knows_is_not_found,
    a_patient_is_found_by_any_id_that_a_claim_can_have,
);

/// A claim that is ready for a private plan.
fn for_a_plan(external_id: &str, insurer: &str) -> Claim {
    let plan = json!({"kind": "private", "insurer": insurer, "covered_categories": ["report"]});
    Claim::new(external_id)
        .with("/coverages", json!([plan]))
        .with("/items/0/category", "report")
}

async fn patient(app: &TestApp, id: &str) -> Value {
    app.get(&format!("/v1/patients/{id}")).await.is(200).json()
}

/// Takes a step of a claim; returns the claim.
async fn step(app: &TestApp, claim: &Value, step: &str, body: Value) -> Value {
    let path = format!("/v1/claims/{}/{step}", claim["id"].as_str().expect("an id"));
    let etag = format!("\"{}\"", claim["version"]);
    app.post_if(&path, &etag, &body).await.is(200).json()
}

fn due(claim: &Value, amount: i64, sent_on: Value) -> Value {
    json!({
        "claim_id": claim["id"], "external_id": claim["external_id"], "status": claim["status"],
        "amount_cents": amount, "sent_on": sent_on,
    })
}

async fn a_patient_is_shown_with_what_is_due_from_whom(app: &TestApp) {
    let named = |claim: Claim| {
        claim
            .with("/patient/given_name", "Amina")
            .with("/patient/family_name", "Okafor")
    };
    let first = app
        .submit(&named(for_a_plan("INV-1", "Maple Life")))
        .await
        .is(201)
        .json();
    let second = app
        .submit(&named(for_a_plan("INV-2", "Maple Life")))
        .await
        .is(201)
        .json();
    let own = app.submit(&named(Claim::new("INV-3"))).await.is(201).json();
    let approval = json!({
        "number": "OCF18-1", "kind": "ocf_18", "patient_id": "P-1", "payer": "mva", "status": "approved",
        "approved_cents": 100_000,
    });
    app.preauthorize(&approval).await.is(201);
    let approvals = app.get("/v1/preauthorizations").await.is(200).json();
    let outcome = json!({"day": "2026-07-13", "pain": 4});
    let first = step(app, &first, "outcomes", outcome).await;
    app.submit(&Claim::new("INV-4").with("/patient/id", "P-2"))
        .await
        .is(201);

    let shown = patient(app, "P-1").await;
    assert_eq!(shown["id"], "P-1");
    let birth_date = &own["submission"]["patient"]["birth_date"];
    assert_eq!(
        shown["identity"],
        json!({"given_name": "Amina", "family_name": "Okafor", "birth_date": birth_date})
    );
    assert_eq!(
        strings(&shown["claims"], "external_id"),
        ["INV-3", "INV-2", "INV-1"]
    );
    assert_eq!(shown["has_older_claims"], false);
    assert_eq!(shown["preauthorizations"], approvals["data"]);
    assert_eq!(shown["has_older_preauthorizations"], false);
    assert_eq!(
        shown["outcomes"],
        json!([{"claim_id": first["id"], "outcome": first["outcomes"][0]}])
    );
    let amount = first["total_cents"].as_i64().expect("a total");
    assert_eq!(
        shown["due"],
        json!([
            {
                "payer": "private", "name": "Maple Life", "amount_cents": 2 * amount,
                "claims": [due(&second, amount, Value::Null), due(&first, amount, Value::Null)],
            },
            {"payer": "patient", "amount_cents": amount, "claims": [due(&own, amount, Value::Null)]},
        ])
    );
}

async fn what_is_due_follows_the_life_of_the_claims(app: &TestApp) {
    let claim = app
        .submit(&for_a_plan("INV-1", "Maple Life"))
        .await
        .is(201)
        .json();
    let total = claim["total_cents"].as_i64().expect("a total");
    let send = json!({"payer": "private", "channel": "eclaims", "sent_on": "2026-07-01"});
    let claim = step(app, &claim, "sends", send).await;
    let shown = patient(app, "P-1").await;
    assert_eq!(
        shown["due"][0]["claims"],
        json!([due(&claim, total, json!("2026-07-01"))])
    );
    step(
        app,
        &claim,
        "void",
        json!({"reason": "The patient paid at the desk."}),
    )
    .await;
    assert_eq!(patient(app, "P-1").await["due"], json!([]));
    // Nobody owes anything of what a person has to look at first.
    let insured = Claim::example("review-ohip-insured-consultation").with("/patient/id", "P-1");
    let undecided = app.submit(&insured).await.is(201).json();
    assert_eq!(undecided["disposition"], "needs_review");
    assert_eq!(patient(app, "P-1").await["due"], json!([]));
}

async fn items_that_are_billed_to_others_are_due_from_them(app: &TestApp) {
    let claim = for_a_plan("INV-1", "Maple Life").with(
        "/items",
        json!([
            {"service_date": "2026-06-01", "category": "missed_appointment", "unit_price_cents": 7_000},
            {"service_date": "2026-06-01", "category": "report", "unit_price_cents": 20_000},
            {"service_date": "2026-06-02", "category": "report", "unit_price_cents": 3_000},
        ]),
    );
    let claim = app.submit(&claim).await.is(201).json();
    assert_eq!(claim["status"], "ready", "{claim}");
    let shown = patient(app, "P-1").await;
    let sums: Vec<(&Value, &Value)> = array(&shown["due"])
        .iter()
        .map(|it| (&it["payer"], &it["amount_cents"]))
        .collect();
    assert_eq!(
        sums,
        [
            (&json!("private"), &json!(23_000)),
            (&json!("patient"), &json!(7_000))
        ]
    );
}

async fn due_amounts_are_those_of_all_claims(app: &TestApp) {
    let lines: Vec<String> = (0..230)
        .map(|number| for_a_plan(&format!("INV-{number}"), "Maple Life").text())
        .collect();
    app.batch(lines.join("\n")).await;
    let shown = patient(app, "P-1").await;
    assert_eq!(array(&shown["claims"]).len(), 200);
    assert_eq!(shown["has_older_claims"], true);
    let counted = array(&shown["due"][0]["claims"]);
    assert_eq!(counted.len(), 230);
    let sum: i64 = counted
        .iter()
        .filter_map(|it| it["amount_cents"].as_i64())
        .sum();
    assert_eq!(shown["due"][0]["amount_cents"], sum);
}

async fn a_patient_that_nobody_knows_is_not_found(app: &TestApp) {
    app.get("/v1/patients/P-1").await.problem(404);
    app.submit(&Claim::new("INV-1")).await.is(201);
    app.get("/v1/patients/P-1").await.is(200);
    app.get("/v1/patients/P").await.problem(404);
    app.get("/v1/patients/P-1?limit=1").await.problem(400);
    let other = app.new_clinic("Other").await;
    other.get("/v1/patients/P-1").await.problem(404);
    let too_long = format!("/v1/patients/{}", "P".repeat(65));
    app.get(&too_long).await.problem(404);
}

async fn a_patient_is_found_by_any_id_that_a_claim_can_have(app: &TestApp) {
    for (number, (id, path)) in [
        ("P 1/\u{e9}?", "P%201%2F%C3%A9%3F"),
        ("e\u{301}", "%C3%A9"),
        ("100%", "100%25"),
        ("batch", "batch"),
    ]
    .into_iter()
    .enumerate()
    {
        let claim = Claim::new(&format!("INV-{number}")).with("/patient/id", id);
        app.submit(&claim).await.is(201);
        let shown = patient(app, path).await;
        assert_eq!(array(&shown["claims"]).len(), 1, "{id}");
    }
}
