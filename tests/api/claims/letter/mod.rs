//! `GET /v1/claims/{id}/letter`, and the letter of a dry run: what a patient reads.

mod page;

use reqwest::{Method, header};
use serde_json::{Value, json};

use super::{
    remittances::{sent, two_items},
    steps::{step, submit, unclear},
};
use crate::support::{Answer, Caller, Claim, TestApp, on_both_databases};

on_both_databases!(
    who_has_no_insurance_reads_the_price_and_why,
    an_injured_worker_is_never_asked_to_pay,
    after_a_car_accident_both_insurers_are_named,
    while_a_person_looks_nothing_is_called_decided,
    a_review_is_told_without_its_reason,
    what_is_paid_and_what_is_left_is_told,
    a_refusal_of_a_part_is_not_one_of_the_claim,
    a_worker_owes_nothing_of_what_wsib_left,
    a_claim_that_is_withdrawn_or_corrected_is_told_so,
    a_letter_of_a_dry_run_stores_nothing,
);

async fn letter(caller: &Caller, id: &str) -> Answer {
    caller.get(&format!("/v1/claims/{id}/letter")).await
}

/// Asks for the letter about a claim that is not filed.
async fn draft(caller: &Caller, claim: &Value) -> Answer {
    let request = caller.request(Method::POST, "/v1/classifications");
    let request = request.header(header::ACCEPT, "text/html").json(claim);
    caller.send(request).await
}

/// The text of a page as somebody reads it: without tags, in single blanks.
fn read(page: &str) -> String {
    let (_, body) = page.split_once("<body>").expect("a body");
    let mut text = String::new();
    for part in body.split('<') {
        let (_, outside) = part.split_once('>').unwrap_or(("", part));
        text.push_str(outside);
        text.push(' ');
    }
    let text = text.replace("&#39;", "'").replace("&#34;", "\"");
    let text = text
        .replace("&#60;", "<")
        .replace("&#62;", ">")
        .replace("&#38;", "&");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What the letter about a stored claim says.
async fn letter_text(app: &TestApp, id: &str) -> String {
    read(&letter(app, id).await.is(200).text())
}

#[track_caller]
fn says(text: &str, sentences: &[&str]) {
    for sentence in sentences {
        assert!(text.contains(sentence), "{sentence:?} is not in: {text}");
    }
}

async fn remit(app: &TestApp, id: &str, body: &Value) -> Value {
    let claim = app.get(&format!("/v1/claims/{id}")).await.is(200).json();
    let etag = format!("\"{}\"", claim["version"]);
    step(app, id, "remittances", &etag, body)
        .await
        .is(200)
        .json()
}

async fn who_has_no_insurance_reads_the_price_and_why(app: &TestApp) {
    let (id, stored) = submit(app, &Claim::example("uncovered-stem-cell-sports")).await;
    assert_eq!(stored["status"], "ready", "{stored}");
    let text = letter_text(app, &id).await;
    says(
        &text,
        &[
            "Letter to Emily Vandenberg",
            "Invoice INV-2026-000108",
            "This letter is not a promise of payment.",
            "You are billed $5,300.00.",
            "You are asked to pay $5,300.00.",
            "Stem-cell treatment Stem-cell injection, right shoulder 21 September 2026 You $4,200.00",
            "Total $5,300.00",
            "The claim shows no insurance that pays for stem cells.",
            "You have no private plan that could pay.",
        ],
    );
    // The patient knows both, and whoever finds the letter need not.
    assert!(
        !text.contains("6083519477") && !text.contains("1996"),
        "{text}"
    );
}

async fn an_injured_worker_is_never_asked_to_pay(app: &TestApp) {
    for name in [
        "wsib-physiotherapy",
        "wsib-stem-cell-back",
        "review-wsib-denied",
        "review-employer-not-covered",
    ] {
        let claim = Claim::example(name);
        let dry = read(&draft(app, &claim).await.is(200).text());
        let (id, _) = submit(app, &claim).await;
        for text in [dry, letter_text(app, &id).await] {
            says(
                &text,
                &["You are not asked to pay anything now. You were injured at work"],
            );
            for asks in [
                "You are asked",
                "You are billed",
                "You would pay",
                "you are billed",
            ] {
                assert!(!text.contains(asks), "{name} {asks:?}: {text}");
            }
        }
    }
}

async fn after_a_car_accident_both_insurers_are_named(app: &TestApp) {
    let (id, _) = submit(app, &Claim::example("mva-stem-cell-knee")).await;
    let text = letter_text(app, &id).await;
    says(
        &text,
        &[
            "Your treatment is not approved yet.",
            "Lakehead Auto (auto insurer) must approve this before it is billed, and may refuse.",
            "Maple Life (private plan), then Lakehead Auto (auto insurer), if it is approved",
            "You are not asked to pay anything now.",
            "You had a car accident in Ontario on 2 May 2026.",
            "No approval by an insurer is recorded.",
        ],
    );
}

async fn while_a_person_looks_nothing_is_called_decided(app: &TestApp) {
    let (id, _) = submit(app, &unclear("INV-1")).await;
    let text = letter_text(app, &id).await;
    says(
        &text,
        &[
            "The clinic has not decided yet who pays.",
            "A person at the clinic is looking at your claim.",
            "OHIP may insure this service, and the claim does not say whether it does.",
            "Not decided yet $100.00",
            "You are not asked to pay anything now.",
        ],
    );
    assert!(!text.contains("The clinic has decided"), "{text}");
}

async fn a_review_is_told_without_its_reason(app: &TestApp) {
    let (id, _) = submit(app, &unclear("INV-1")).await;
    let body = json!({"reason": "Suspicious patient.", "settles": ["ohip_insured_unknown"]});
    step(app, &id, "reviews", "\"1\"", &body).await.is(200);
    let text = letter_text(app, &id).await;
    says(
        &text,
        &[
            "The clinic has decided who is billed.",
            "A person at the clinic looked at your claim on",
            "A person at the clinic looked at this and decided: you are billed.",
            "You are asked to pay $100.00.",
        ],
    );
    assert!(!text.contains("Suspicious"), "{text}");
    assert!(!text.contains("OHIP may insure"), "that is settled: {text}");
}

/// A report for 100 dollars that a plan pays, sent to the plan.
async fn sent_to_plan(app: &TestApp) -> String {
    let plan =
        json!({"kind": "private", "insurer": "Maple Life", "covered_categories": ["report"]});
    let claim = Claim::new("INV-1")
        .with("/items/0/category", "report")
        .with("/coverages", json!([plan]));
    let (id, _) = submit(app, &claim).await;
    let text = letter_text(app, &id).await;
    says(
        &text,
        &[
            "Maple Life (private plan) is billed $100.00.",
            "An insurer may pay less than it is billed",
            "Nobody said from when to when Maple Life (private plan) insures you.",
        ],
    );
    let send = json!({"payer": "private", "channel": "eclaims", "sent_on": "2026-06-02"});
    step(app, &id, "sends", "\"1\"", &send).await.is(200);
    id
}

async fn what_is_paid_and_what_is_left_is_told(app: &TestApp) {
    let id = sent_to_plan(app).await;
    let sent = "The clinic sent this claim to Maple Life (private plan) on 2 June 2026";
    says(&letter_text(app, &id).await, &[sent]);
    let items = json!([{"sequence": 1, "paid_cents": 7_000, "adjusted_cents": 500}]);
    remit(
        app,
        &id,
        &json!({"number": "CHQ-1", "payer": "private", "items": items}),
    )
    .await;
    let text = letter_text(app, &id).await;
    says(
        &text,
        &[
            "This claim is paid in part.",
            "Billed $100.00",
            "Paid by Maple Life (private plan) $70.00",
            "Taken off: nobody pays this $5.00",
            "Still to be paid by you $25.00",
            "You are asked to pay $25.00.",
        ],
    );
    let items = json!([{"sequence": 1, "paid_cents": 2_500}]);
    remit(
        app,
        &id,
        &json!({"number": "CASH", "payer": "patient", "items": items}),
    )
    .await;
    let text = letter_text(app, &id).await;
    says(
        &text,
        &[
            "This claim is settled: nothing is left to pay.",
            "Paid by you $25.00",
        ],
    );
    assert!(!text.contains("Still to be paid"), "{text}");
}

async fn a_refusal_of_a_part_is_not_one_of_the_claim(app: &TestApp) {
    let (id, _) = sent(app, &two_items("INV-1", 1)).await;
    let items = json!([{"sequence": 1, "paid_cents": 0, "denied_cents": 100}]);
    let body = json!({"number": "EOB-1", "payer": "private", "items": items});
    remit(app, &id, &body).await;
    let text = letter_text(app, &id).await;
    says(
        &text,
        &["Maple Life (private plan) has refused to pay $1.00 of service 1."],
    );
    let items = json!([
        {"sequence": 1, "paid_cents": 0, "denied_cents": 9_900},
        {"sequence": 2, "paid_cents": 0, "denied_cents": 10_000},
    ]);
    let body = json!({"number": "EOB-2", "payer": "private", "items": items});
    remit(app, &id, &body).await;
    let text = letter_text(app, &id).await;
    says(
        &text,
        &["Maple Life (private plan) has refused to pay this claim."],
    );
}

async fn a_worker_owes_nothing_of_what_wsib_left(app: &TestApp) {
    let (id, _) = submit(app, &Claim::example("wsib-physiotherapy")).await;
    let send = json!({"payer": "wsib", "channel": "wsib"});
    step(app, &id, "sends", "\"1\"", &send).await.is(200);
    let items = json!([{"sequence": 1, "paid_cents": 2_000}, {"sequence": 2, "paid_cents": 0, "denied_cents": 7_500}]);
    remit(
        app,
        &id,
        &json!({"number": "W-1", "payer": "wsib", "items": items}),
    )
    .await;
    let text = letter_text(app, &id).await;
    says(
        &text,
        &[
            "Paid by WSIB (workers' insurance) $20.00",
            "Not paid, and nobody is asked for it now $175.00",
            "You are not asked to pay anything now.",
        ],
    );
    assert!(!text.contains("You are asked"), "{text}");
}

async fn a_claim_that_is_withdrawn_or_corrected_is_told_so(app: &TestApp) {
    let (id, _) = submit(app, &Claim::new("INV-1")).await;
    let correction = Claim::new("INV-2").with("/replaces", id.as_str());
    let (other, _) = submit(app, &correction).await;
    let text = letter_text(app, &id).await;
    says(
        &text,
        &[
            "Only the corrected claim counts",
            "You pay nothing for this claim.",
        ],
    );
    assert!(!text.contains("INV-2"), "{text}");
    let body = json!({"reason": "The patient is a nuisance."});
    step(app, &other, "void", "\"1\"", &body).await.is(200);
    let text = letter_text(app, &other).await;
    let withdrawn = "This letter is about a claim that the clinic has withdrawn. Nobody is billed";
    says(
        &text,
        &[
            withdrawn,
            "Nobody $100.00",
            "You pay nothing for this claim.",
        ],
    );
    assert!(
        !text.contains("nuisance") && !text.contains("Why"),
        "{text}"
    );
}

async fn a_letter_of_a_dry_run_stores_nothing(app: &TestApp) {
    let claim = Claim::example("uncovered-stem-cell-sports");
    let text = read(&draft(app, &claim).await.is(200).text());
    says(
        &text,
        &[
            "Who would pay for your treatment",
            "No claim was filed, and nobody was billed.",
            "You would be billed $5,300.00.",
            "You would pay $5,300.00 yourself.",
        ],
    );
    assert!(!app.database().contents().contains("INV-2026-000108"));
    // What is wrong with a claim is said as to programs.
    let wrong = claim.with("/items", json!([]));
    draft(app, &wrong).await.problem(422);
}
