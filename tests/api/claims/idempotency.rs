//! Safe retries: `external_id` is unique in a clinic, and the same content sent again is the same claim.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{Answer, Claim, TestApp, array, codes, full_claim, on_both_databases};

on_both_databases!(
    the_same_claim_again_is_a_replay,
    how_the_json_is_written_does_not_count,
    defaults_spelled_out_are_the_same_content,
    other_content_is_a_conflict,
    a_conflict_lists_every_difference_and_no_value,
    a_conflict_changes_nothing,
    thirty_two_identical_claims_at_once_are_one,
    thirty_two_differing_claims_at_once_are_one,
);

/// Asserts that an answer replays a stored claim.
#[track_caller]
fn is_replay(answer: Answer, first: &Answer) {
    let answer = answer.is(200);
    assert_eq!(answer.text(), first.text());
    assert_eq!(answer.header("idempotency-replayed"), "true");
    assert_eq!(answer.header("etag"), first.header("etag"));
}

async fn the_same_claim_again_is_a_replay(app: &TestApp) {
    let first = app.submit(&full_claim("INV-1")).await.is(201);
    for _ in 0..3 {
        is_replay(app.submit(&full_claim("INV-1")).await, &first);
    }
    let list = app.get("/v1/claims").await.is(200).json();
    assert_eq!(array(&list["data"]).len(), 1);
}

async fn how_the_json_is_written_does_not_count(app: &TestApp) {
    let raw = r#"{"external_id":"INV-1","patient":{"id":"P-1","given_name":"Zo\u00eb","birth_date":"1984-03-09"},
        "provider":{"id":"D-7","profession":"physician"},"coverages":[],
        "items":[{"service_date":"2026-06-01","category":"report","unit_price_cents":10000}]}"#;
    let first = app.post_raw("/v1/claims", raw).await.is(201);
    let otherwise = r#"

      { "items" : [ { "unit_price_cents" : 10000, "category" : "repor\u0074", "service_date" : "2026-06-01" } ],
        "coverages" : [ ],
        "provider" : { "profession" : "physician", "id" : "D-7" },
        "patient" : { "birth_date" : "1984-03-09", "given_name" : "Zoë", "id" : "P-1" },
        "external_id" : "INV-1" }
    "#;
    is_replay(app.post_raw("/v1/claims", otherwise).await, &first);
}

async fn defaults_spelled_out_are_the_same_content(app: &TestApp) {
    let short = full_claim("INV-1")
        .without("/patient/pregnant")
        .without("/accident/province")
        .without("/accident/wsia_election")
        .without("/coverages/0/status")
        .without("/coverages/0/minor_injury_guideline")
        .without("/items/0/insured_by_ohip")
        .without("/items/0/quantity")
        .without("/items/0/tax_cents");
    let first = app.submit(&short).await.is(201);
    let long = full_claim("INV-1").with("/items/0/insured_by_ohip", "unknown");
    is_replay(app.submit(&long).await, &first);
    let nulls = short
        .clone()
        .with("/coverages/0/status", Value::Null)
        .with("/items/0/quantity", Value::Null)
        .with("/replaces", Value::Null);
    is_replay(app.submit(&nulls).await, &first);

    let otherwise = short.clone().with("/patient/health_number/version", "ab");
    is_replay(app.submit(&otherwise).await, &first);

    // And the other way round: spelled out first.
    let spelled_out = full_claim("INV-2").with("/items/0/insured_by_ohip", "unknown");
    let first = app.submit(&spelled_out).await.is(201);
    is_replay(
        app.submit(&short.with("/external_id", "INV-2")).await,
        &first,
    );
}

async fn other_content_is_a_conflict(app: &TestApp) {
    let two_items = full_claim("INV-1").with(
        "/items/-",
        json!({
            "service_date": "2026-06-02", "category": "report", "unit_price_cents": 10_000,
        }),
    );
    let swapped = {
        let mut items = array(&two_items["items"]).to_vec();
        items.reverse();
        two_items.clone().with("/items", items)
    };
    let id = app.submit(&two_items).await.is(201).id();
    let others = [
        (
            "another price",
            two_items.clone().with("/items/0/unit_price_cents", 450_001),
            &["/items/0/unit_price_cents"][..],
        ),
        (
            "another patient",
            two_items.clone().with("/patient/id", "P-2"),
            &["/patient/id"][..],
        ),
        (
            "another name",
            two_items.clone().with("/patient/given_name", "Amine"),
            &["/patient/given_name"][..],
        ),
        (
            "a field less",
            two_items.clone().without("/patient/given_name"),
            &["/patient/given_name"][..],
        ),
        (
            "another default",
            two_items.clone().with("/items/1/insured_by_ohip", "no"),
            &["/items/1/insured_by_ohip"][..],
        ),
        (
            "the order of items counts",
            swapped,
            &[
                "/items/0/service_date",
                "/items/0/category",
                "/items/0/code",
                "/items/0/system",
                "/items/0/description",
                "/items/0/insured_by_ohip",
                "/items/0/unit_price_cents",
                "/items/1/service_date",
                "/items/1/category",
                "/items/1/code",
                "/items/1/system",
                "/items/1/description",
                "/items/1/insured_by_ohip",
                "/items/1/unit_price_cents",
            ],
        ),
        (
            "a plan that says nothing lists nothing",
            two_items.clone().without("/coverages/0/covered_categories"),
            &["/coverages/0/covered_categories"][..],
        ),
        (
            "one space more",
            two_items.clone().with("/patient/given_name", "Amina "),
            &["/patient/given_name"][..],
        ),
        (
            "another diagnosis",
            two_items.clone().with("/diagnoses/0/code", "M17.0"),
            &["/diagnoses/0/code"][..],
        ),
    ];
    for (name, claim, places) in others {
        let answer = app.submit(&claim).await;
        assert_eq!(answer.status(), 409, "{name}: {}", answer.text());
        let problem = answer.problem(409);
        assert_eq!(*problem.member("id"), id, "{name}");
        let places: Vec<(&str, &str)> = places.iter().map(|place| ("differs", *place)).collect();
        problem.lists(&places);
    }
}

async fn a_conflict_lists_every_difference_and_no_value(app: &TestApp) {
    let stored = full_claim("INV-1").with("/items/-", full_claim("")["items"][0].clone());
    let id = app.submit(&stored).await.is(201).id();
    let other = full_claim("INV-1")
        .with("/patient/family_name", "Someone")
        .with("/patient/health_number", Value::Null)
        .with("/provider/profession", "chiropractor")
        .with("/accident/date", "2026-05-03")
        .with("/coverages/-", json!({"kind": "ohip"}))
        .with("/items/0/quantity", 2)
        .without("/items/0/description")
        .without("/procedure")
        .with("/preauthorizations", json!(["OCF18-1"]))
        .with("/replaces", id.as_str());
    let differences = [
        ("differs", "/patient/family_name"),
        ("differs", "/patient/health_number"),
        ("differs", "/provider/profession"),
        ("differs", "/accident/date"),
        ("differs", "/coverages/1"),
        ("differs", "/items/0/quantity"),
        ("differs", "/items/0/description"),
        ("differs", "/items/1"),
        ("differs", "/procedure"),
        ("differs", "/preauthorizations/0"),
        ("differs", "/replaces"),
    ];
    let answer = app.submit(&other).await.is(409);
    for value in ["Someone", "Okafor", "9393881587", "chiropractor", "450000"] {
        assert!(!answer.text().contains(value), "{}", answer.text());
    }
    answer.problem(409).lists(&differences);
    let results = app.batch(other.text()).await;
    assert_eq!(results[0]["status"], 409);
    assert_eq!(codes(&results[0]["problem"]).len(), differences.len());
}

async fn a_conflict_changes_nothing(app: &TestApp) {
    let first = app.submit(&Claim::new("INV-1")).await.is(201);
    let other = Claim::new("INV-1").with("/patient/id", "P-2");
    app.submit(&other).await.problem(409);
    is_replay(app.submit(&Claim::new("INV-1")).await, &first);
    let found = app.get(&format!("/v1/claims/{}", first.id())).await.is(200);
    assert_eq!(found.text(), first.text());
}

/// How many answers have each status, sorted.
fn tally(answers: &[Answer]) -> Vec<(u16, usize)> {
    let mut counts: BTreeMap<u16, usize> = BTreeMap::new();
    for answer in answers {
        *counts.entry(answer.status()).or_default() += 1;
    }
    counts.into_iter().collect()
}

async fn thirty_two_identical_claims_at_once_are_one(app: &TestApp) {
    for round in 0..5 {
        let external_id = format!("INV-{round}");
        let claim = full_claim(&external_id);
        let answers = join_all((0..32).map(|_| app.submit(&claim))).await;
        assert_eq!(tally(&answers), [(200, 31), (201, 1)]);
        for answer in &answers {
            assert_eq!(answer.text(), answers[0].text());
            let replayed = answer.find_header("idempotency-replayed");
            assert_eq!(replayed, (answer.status() == 200).then_some("true"));
        }
        let list = app.list(&[("external_id", external_id.as_str())]).await;
        assert_eq!(array(&list.is(200).json()["data"]).len(), 1);
    }
}

async fn thirty_two_differing_claims_at_once_are_one(app: &TestApp) {
    for round in 0..5 {
        let external_id = format!("INV-{round}");
        let claims: Vec<Claim> = (0..32)
            .map(|number| full_claim(&external_id).with("/items/0/unit_price_cents", number))
            .collect();
        let answers = join_all(claims.iter().map(|claim| app.submit(claim))).await;
        assert_eq!(tally(&answers), [(201, 1), (409, 31)]);
        let stored = answers.iter().find(|answer| answer.status() == 201);
        let stored = stored.expect("one is stored");
        for answer in answers.iter().filter(|answer| answer.status() == 409) {
            assert_eq!(answer.id(), stored.id());
        }
        let found = app.get(&format!("/v1/claims/{}", stored.id())).await;
        assert_eq!(found.is(200).text(), stored.text());
    }
}
