//! Every answer of 400 and above is `application/problem+json` with a request id, and gives nothing away.
//!
//! That each such answer has this shape is checked wherever one arrives ([`crate::support::Answer`]);
//! here are the ways to get one that no other module has.

use reqwest::{Method, header};
use serde_json::{Value, json};

use crate::support::{Claim, TestApp, edited, full_claim, on_both_databases};

on_both_databases!(
    unknown_routes,
    a_body_without_its_length_may_not_be_too_long,
    ids_that_are_no_ids,
    request_ids_differ_and_are_repeated,
    a_body_may_be_announced_in_capitals,
    what_was_sent_is_not_repeated,
    titles_and_types_are_stable,
);

const NOBODY: &str = "01980a6e-2c4f-7d31-a5b0-6f3e5c1d2b7a";

async fn unknown_routes(app: &TestApp) {
    let paths = [
        "/v1",
        "/v2/claims",
        "/v1/claim",
        "/v1/Claims",
        "/v1/claims/",
        "/v1/claims//",
        "/v1/preauthorizations/",
        "/favicon.ico",
        "/%00",
        "/..%2f..%2fetc%2fpasswd",
    ];
    for path in paths {
        let answer = app.get(path).await;
        assert_eq!(answer.status(), 404, "{path}: {}", answer.text());
    }
    app.post("/v1/unknown", &json!({})).await.problem(404);
}

async fn a_body_may_be_announced_in_capitals(app: &TestApp) {
    let announced = [
        "application/json",
        "application/json; charset=utf-8",
        "Application/JSON;charset=UTF-8",
    ];
    for (number, content_type) in announced.into_iter().enumerate() {
        let claim = Claim::new(&format!("INV-{number}")).text();
        app.send(app.raw("/v1/claims", content_type, claim))
            .await
            .is(201);
    }
}

async fn a_body_without_its_length_may_not_be_too_long(app: &TestApp) {
    let pieces = (0..17).map(|_| Ok::<String, std::io::Error>(" ".repeat(1 << 16)));
    let streamed = reqwest::Body::wrap_stream(futures_util::stream::iter(pieces));
    app.post_raw("/v1/claims", streamed).await.problem(413);
}

async fn ids_that_are_no_ids(app: &TestApp) {
    let ids = [
        "1",
        "INV-1",
        "01980a6e",
        &NOBODY[1..],
        "01980A6E-2C4F-7D31-A5B0-6F3E5C1D2B7G",
        "%20",
        "a%00b",
    ];
    for id in ids {
        for resource in ["claims", "preauthorizations", "clinics"] {
            let answer = app.get(&format!("/v1/{resource}/{id}")).await;
            assert_eq!(answer.status(), 404, "{resource}/{id}: {}", answer.text());
        }
        let answer = app.delete(&format!("/v1/api-keys/{id}")).await;
        assert_eq!(answer.status(), 404, "{id}: {}", answer.text());
    }
    for resource in ["claims", "preauthorizations", "clinics"] {
        app.get(&format!("/v1/{resource}/{NOBODY}"))
            .await
            .problem(404);
    }
}

async fn request_ids_differ_and_are_repeated(app: &TestApp) {
    let mut ids = Vec::new();
    for path in [
        "/v1/claims",
        "/healthz",
        "/nowhere",
        "/v1/claims/nobody",
        "/openapi.json",
    ] {
        ids.push(app.get(path).await.header("x-request-id").to_owned());
    }
    let problem = app.get("/nowhere").await;
    let id = problem.header("x-request-id").to_owned();
    assert_eq!(problem.json()["request_id"], id);
    ids.push(id);
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), count, "no request id twice: {ids:?}");
}

/// Details name the place and the rule; what stood there may be about a patient.
async fn what_was_sent_is_not_repeated(app: &TestApp) {
    let secret = "Okafor-9393881587";
    let texts = [
        "/external_id",
        "/patient/sex",
        "/patient/birth_date",
        "/patient/health_number/value",
        "/patient/health_number/version",
        "/patient/health_number/province",
        "/accident/cause",
        "/accident/date",
        "/accident/province",
        "/coverages/0/kind",
        "/coverages/0/status",
        "/coverages/0/effective_date",
        "/items/0/category",
        "/items/0/service_date",
        "/items/0/quantity",
        "/items/0/unit_price_cents",
        "/procedure/guidance",
        "/procedure/aseptic_technique",
        "/patient",
        "/items",
        "/replaces",
    ];
    let mut bodies: Vec<String> = texts
        .into_iter()
        .map(|pointer| {
            full_claim("INV-1")
                .with(pointer, format!("{secret}\u{0}"))
                .text()
        })
        .collect();
    let claim = full_claim("INV-1")
        .with("/patient/family_name", secret)
        .text();
    bodies.push(claim[..claim.len() - 1].to_owned());
    bodies.push(format!("{claim}{secret}"));
    bodies.push(secret.to_owned());
    bodies.push(format!("\"{secret}\""));
    bodies.push(edited(
        &claim,
        "\"pregnant\":false",
        &format!("\"pregnant\":{secret}"),
    ));
    bodies.push(edited(&claim, secret, &format!("{secret}\u{1}")));
    let twice = format!("\"family_name\":\"{secret}\"");
    bodies.push(edited(&claim, &twice, &format!("{twice},{twice}")));
    for body in bodies {
        let answer = app.post_raw("/v1/claims", body.clone()).await;
        assert!(
            matches!(answer.status(), 400 | 422),
            "{}: {body}",
            answer.status()
        );
        for part in ["Okafor", "9393881587"] {
            assert!(!answer.text().contains(part), "{}", answer.text());
        }
    }
    // Conflicts and unknown approvals included.
    app.submit(&full_claim("INV-1")).await.is(201);
    let other = full_claim("INV-1").with("/patient/family_name", secret);
    let conflict = app.submit(&other).await.is(409);
    assert!(!conflict.text().contains("Okafor"), "{}", conflict.text());
    let list = app.list(&[("patient_id", "Okafor\u{0}")]).await.is(400);
    assert!(!list.text().contains("Okafor"), "{}", list.text());
}

async fn titles_and_types_are_stable(app: &TestApp) {
    let kind = |problem: Value| (problem["type"].clone(), problem["title"].clone());
    let one = kind(app.get("/nowhere").await.is(404).json());
    let two = kind(app.get("/elsewhere").await.is(404).json());
    assert_eq!(one, two);
    let empty = app.post("/v1/claims", &json!({})).await.is(400).json();
    let rule = app.submit(&Claim::new("")).await.is(422).json();
    assert_ne!(kind(empty), kind(rule));
    let accept = app
        .request(Method::GET, "/nowhere")
        .header(header::ACCEPT, "text/html");
    app.send(accept).await.problem(404);
}
