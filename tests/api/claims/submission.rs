//! `POST /v1/claims` and `GET /v1/claims/{id}`: one claim in, the same claim out, word for word as the contract.

use reqwest::{Method, header};
use serde_json::{Value, json};

use crate::support::{Claim, TestApp, array, full_claim, on_both_databases};

on_both_databases!(
    a_claim_is_answered_as_the_contract_says,
    a_claim_is_found_again_as_it_was_answered,
    a_claim_that_has_not_changed_is_not_sent_again,
    the_submission_comes_back_byte_for_byte,
    amounts_are_exact_up_to_the_largest_claim,
    items_are_rolled_up_to_the_claim,
    a_claim_may_replace_one_that_the_clinic_has,
    everything_that_may_be_given_is_taken,
);

/// The names of an object's members, sorted.
fn members(value: &Value) -> Vec<&str> {
    let mut names: Vec<&str> = value
        .as_object()
        .unwrap_or_else(|| panic!("no object: {value}"))
        .keys()
        .map(String::as_str)
        .collect();
    names.sort_unstable();
    names
}

async fn a_claim_is_answered_as_the_contract_says(app: &TestApp) {
    let claim = Claim::example("mva-stem-cell-knee");
    let answer = app.submit(&claim).await.is(201);
    assert!(
        answer
            .header("content-type")
            .starts_with("application/json")
    );
    assert_eq!(answer.find_header("idempotency-replayed"), None);
    let etag = answer.header("etag");
    assert!(
        etag.starts_with('"') && etag.ends_with('"') && etag.len() > 2,
        "{etag}"
    );
    let body = answer.json();
    let id = uuid::Uuid::try_parse(&answer.id()).expect("a UUID");
    assert_eq!(id.get_version_num(), 7);
    assert!(
        answer
            .header("location")
            .ends_with(&format!("/v1/claims/{id}"))
    );

    assert_eq!(
        members(&body),
        [
            "allocations",
            "balance",
            "billing_order",
            "decision",
            "disposition",
            "external_id",
            "id",
            "outcomes",
            "payer",
            "payers_due",
            "received_at",
            "remittances",
            "replaced_by",
            "replaces",
            "review",
            "sends",
            "status",
            "submission",
            "total_cents",
            "updated_at",
            "version",
        ]
    );
    let received_at = body["received_at"].as_str().expect("a time");
    let received: jiff::Timestamp = received_at.parse().expect("RFC 3339");
    assert!(jiff::Timestamp::now().duration_since(received).as_secs() < 60);
    let updated_at = body["updated_at"].as_str().expect("a time");
    let updated: jiff::Timestamp = updated_at.parse().expect("RFC 3339");
    // Another clock: the database's.
    assert!(updated.duration_since(received).as_secs().abs() < 60);

    let decision = &body["decision"];
    assert_eq!(members(decision), ["findings", "items", "rulebook"]);
    let rulebook = &decision["rulebook"];
    assert_eq!(members(rulebook), ["name", "sha256", "version"]);
    assert_eq!(rulebook["name"], "ontario");
    let sha256 = rulebook["sha256"].as_str().expect("text");
    assert_eq!(sha256.len(), 64);
    assert!(
        sha256.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f')),
        "{sha256}"
    );
    for item in array(&decision["items"]) {
        assert_eq!(
            members(item),
            [
                "basis",
                "because",
                "billing_order",
                "coverage",
                "disposition",
                "payer",
                "required_documents",
                "rule",
                "sequence",
            ]
        );
    }
    for finding in array(&decision["findings"]) {
        assert_eq!(members(finding), ["code", "detail", "pointer", "severity"]);
    }

    let first = &decision["items"][0];
    let expected = json!({
        "sequence": 1, "payer": "mva", "disposition": "needs_preauthorization",
        "rule": "mva-stem-cell-unapproved", "because": first["because"], "basis": first["basis"],
        "coverage": 1, "billing_order": ["private", "mva"], "required_documents": ["ocf_18"],
    });
    assert_eq!(*first, expected);
    let expected = json!({
        "id": id.to_string(), "external_id": "INV-2026-000123", "status": "needs_preauthorization",
        "payer": "mva", "disposition": "needs_preauthorization", "billing_order": ["private", "mva"],
        "payers_due": [{"payer": "private", "coverage": 1}, {"payer": "mva", "coverage": 0}],
        "total_cents": 525_000, "allocations": [{"payer": "mva", "amount_cents": 525_000}],
        "received_at": received_at, "updated_at": updated_at, "version": 1,
        "decision": decision, "review": null, "sends": [], "outcomes": [], "remittances": [],
        "balance": {
            "billed_cents": 525_000, "paid_cents": 0, "adjusted_cents": 0, "patient_cents": 0,
            "outstanding_cents": 525_000, "due_from": null,
        },
        "replaces": null, "replaced_by": null, "submission": *claim,
    });
    assert_eq!(body, expected);
}

async fn a_claim_is_found_again_as_it_was_answered(app: &TestApp) {
    let answer = app.submit(&full_claim("INV-1")).await.is(201);
    app.submit(&Claim::new("INV-2")).await.is(201);
    let found = app
        .get(&format!("/v1/claims/{}", answer.id()))
        .await
        .is(200);
    assert_eq!(found.text(), answer.text());
    assert_eq!(found.header("etag"), answer.header("etag"));
}

async fn a_claim_that_has_not_changed_is_not_sent_again(app: &TestApp) {
    let answer = app.submit(&Claim::new("INV-1")).await.is(201);
    let path = format!("/v1/claims/{}", answer.id());
    let etag = answer.header("etag");
    let ask = async |known: &str| {
        let request = app.request(Method::GET, &path);
        app.send(request.header(header::IF_NONE_MATCH, known)).await
    };
    let unchanged = ask(etag).await.is(304);
    assert_eq!(unchanged.text(), "");
    assert_eq!(unchanged.header("etag"), etag);
    ask(&format!("\"something-else\", {etag}")).await.is(304);
    assert_eq!(
        ask("\"something-else\"").await.is(200).text(),
        answer.text()
    );
}

async fn the_submission_comes_back_byte_for_byte(app: &TestApp) {
    let raw = r#"{ "items":[{"unit_price_cents":10000,"category":"report" ,"service_date":"2026-06-01",
        "description":"caf\u00e9 \/ two\nlines"}],
      "coverages" : [], "provider":{"profession":"physician","id":"D-7"},
      "patient":{"birth_date":"1984-03-09","id":"P-1","given_name":null}, "external_id":"INV-1"}"#;
    let answer = app.post_raw("/v1/claims", raw).await.is(201);
    assert!(answer.text().contains(raw), "{}", answer.text());
    let found = app
        .get(&format!("/v1/claims/{}", answer.id()))
        .await
        .is(200);
    assert!(found.text().contains(raw), "{}", found.text());
}

async fn amounts_are_exact_up_to_the_largest_claim(app: &TestApp) {
    let rows: [(&str, Value, u64); 4] = [
        ("one of it", json!({"unit_price_cents": 12_345}), 12_345),
        (
            "tax is on the item, not on each",
            json!({"quantity": 3, "unit_price_cents": 12_345, "tax_cents": 678}),
            37_713,
        ),
        (
            "free of charge",
            json!({"quantity": 7, "unit_price_cents": 0}),
            0,
        ),
        (
            "the largest item",
            json!({
                "quantity": 10_000, "unit_price_cents": 10_000_000_000_u64,
                "tax_cents": 10_000_000_000_u64,
            }),
            100_010_000_000_000,
        ),
    ];
    for (number, (name, amount, expected)) in rows.iter().enumerate() {
        let claim = Claim::new(&format!("INV-{number}"));
        let claim = amount
            .as_object()
            .expect("an object")
            .iter()
            .fold(claim, |claim, (field, value)| {
                claim.with(&format!("/items/0/{field}"), value.clone())
            });
        let stored = app.submit(&claim).await.is(201).json();
        assert_eq!(stored["total_cents"], *expected, "{name}");
        let allocation = json!([{"payer": "uncovered", "amount_cents": expected}]);
        assert_eq!(stored["allocations"], allocation, "{name}");
    }
    let item = json!({
        "service_date": "2026-06-01", "category": "report", "quantity": 10_000,
        "unit_price_cents": 10_000_000_000_u64, "tax_cents": 10_000_000_000_u64,
    });
    let largest = Claim::new("LARGEST").with("/items", vec![item; 500]);
    let stored = app.submit(&largest).await.is(201).json();
    assert_eq!(stored["total_cents"], 50_005_000_000_000_000_u64);
    let found = app
        .get(&format!(
            "/v1/claims/{}",
            stored["id"].as_str().expect("an id")
        ))
        .await;
    assert_eq!(
        found.is(200).json()["total_cents"],
        50_005_000_000_000_000_u64
    );
}

async fn items_are_rolled_up_to_the_claim(app: &TestApp) {
    let item = |category: &str, cents: u64, insured: &str| {
        json!({
            "service_date": "2026-06-01", "category": category, "unit_price_cents": cents,
            "insured_by_ohip": insured,
        })
    };
    let claim = Claim::new("INV-1")
        .with(
            "/coverages",
            json!([{"kind": "private", "covered_categories": ["rehabilitation"]}]),
        )
        .with(
            "/items",
            json!([
                item("device", 100, "no"),
                item("rehabilitation", 20, "no"),
                item("consultation", 3, "yes"),
                item("rehabilitation", 4_000, "unknown"),
            ]),
        );
    let stored = app.submit(&claim).await.is(201).json();
    let decided: Vec<Value> = array(&stored["decision"]["items"])
        .iter()
        .map(|item| {
            json!([
                item["sequence"],
                item["payer"],
                item["disposition"],
                item["coverage"]
            ])
        })
        .collect();
    assert_eq!(
        decided,
        [
            json!([1, "uncovered", "ready", null]),
            json!([2, "private", "ready", 0]),
            json!([3, "uncovered", "needs_review", null]),
            json!([4, "private", "ready", 0]),
        ]
    );
    assert_eq!(stored["payer"], "private");
    assert_eq!(stored["billing_order"], json!(["private"]));
    assert_eq!(stored["disposition"], "needs_review");
    assert_eq!(stored["status"], "needs_review");
    assert_eq!(stored["total_cents"], 4_123);
    let mut allocations = array(&stored["allocations"]).to_vec();
    allocations.sort_by_key(|part| part["payer"].to_string());
    assert_eq!(
        allocations,
        [
            json!({"payer": "private", "amount_cents": 4_020}),
            json!({"payer": "uncovered", "amount_cents": 103}),
        ]
    );
}

async fn a_claim_may_replace_one_that_the_clinic_has(app: &TestApp) {
    let first = app.submit(&Claim::new("INV-1")).await.is(201).id();
    let correction = Claim::new("INV-1-CORRECTED").with("/replaces", first.as_str());
    let stored = app.submit(&correction).await.is(201);
    let found = app.get(&format!("/v1/claims/{}", stored.id())).await;
    assert_eq!(found.is(200).json()["submission"]["replaces"], first);
    // It counts as content: written in capitals it is the same claim, left out it is another.
    let capitals = correction.clone().with("/replaces", first.to_uppercase());
    assert_eq!(app.submit(&capitals).await.is(200).id(), stored.id());
    app.submit(&correction.without("/replaces"))
        .await
        .problem(409);

    // One digit away from a claim that exists.
    let last = if first.ends_with('0') { '1' } else { '0' };
    let unknown = format!("{}{last}", &first[..first.len() - 1]);
    let claim = Claim::new("INV-2").with("/replaces", unknown);
    let problem = app.submit(&claim).await.problem(422);
    problem.lists(&[("unknown_claim", "/replaces")]);
    assert_eq!(app.all("/v1/claims", &[]).await.len(), 2);
}

async fn everything_that_may_be_given_is_taken(app: &TestApp) {
    let stored = app.submit(&full_claim("INV-1")).await.is(201).json();
    assert_eq!(stored["submission"], *full_claim("INV-1"));

    // Every word that the contract lists is one that can be sent.
    let words: [(&str, &[&str]); 13] = [
        ("/patient/sex", &["female", "male", "other", "unknown"]),
        (
            "/accident/cause",
            &["auto", "work", "auto_at_work", "other"],
        ),
        (
            "/accident/province",
            &[
                "AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT", "XX",
            ],
        ),
        ("/accident/wsia_election", &["none", "benefits", "sue"]),
        ("/coverages/0/kind", &["private", "auto", "wsib", "ohip"]),
        (
            "/coverages/0/status",
            &["active", "pending", "denied", "exhausted"],
        ),
        ("/coverages/0/relationship", &["self", "spouse", "child"]),
        (
            "/items/0/category",
            &[
                "consultation",
                "assessment",
                "rehabilitation",
                "imaging",
                "image_guidance",
                "tissue_harvest",
                "platelet_rich_plasma",
                "stem_cell_therapy",
                "injection",
                "medication",
                "device",
                "report",
                "missed_appointment",
                "other",
            ],
        ),
        ("/items/0/system", &["clinic", "ohip", "cci"]),
        ("/items/0/insured_by_ohip", &["yes", "no", "unknown"]),
        ("/procedure/harvest_site", &["bone_marrow", "adipose"]),
        (
            "/procedure/guidance",
            &["ultrasound", "fluoroscopy", "none"],
        ),
        (
            "/procedure/target_tissue",
            &[
                "ligament",
                "tendon",
                "muscle",
                "cartilage",
                "bone",
                "disc",
                "skin",
                "other",
            ],
        ),
    ];
    for (pointer, words) in words {
        for word in words {
            let claim = full_claim("WORDS").with(pointer, *word);
            app.classify(&claim).await.is(200);
        }
    }
}
