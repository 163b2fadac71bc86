//! The last value that is taken, beside each first one that is refused in `rules`.

use jiff::ToSpan;
use serde_json::{Value, json};

use crate::support::{Claim, TestApp, edited, full_claim, on_both_databases, today};

on_both_databases!(
    the_last_good_value_is_taken,
    a_whole_number_is_an_integer_however_it_is_written,
    a_body_of_one_mebibyte_is_taken_and_no_more,
);

/// The last day on which a service may lie.
fn a_year_ahead() -> String {
    today().saturating_add(1.year()).to_string()
}

async fn the_last_good_value_is_taken(app: &TestApp) {
    let item = json!({"service_date": "2026-06-01", "category": "report", "unit_price_cents": 1});
    let coverage = json!({"kind": "ohip"});
    let numbers: Vec<String> = (0..50).map(|number| format!("OCF18-{number}")).collect();
    let changes: Vec<(&str, Value)> = vec![
        ("/external_id", json!("x")),
        ("/external_id", json!("x".repeat(64))),
        ("/external_id", json!("é".repeat(64))),
        ("/external_id", json!("INV 1/2 #3 ~é 漢")),
        ("/patient/id", json!("x".repeat(64))),
        ("/provider/id", json!("x".repeat(64))),
        ("/items", json!(vec![item; 500])),
        ("/coverages", json!(vec![coverage; 20])),
        ("/coverages", json!([])),
        ("/preauthorizations", json!(numbers)),
        ("/preauthorizations", json!([])),
        ("/items/0/quantity", json!(1)),
        ("/items/0/quantity", json!(10_000)),
        ("/items/0/quantity", json!(0.01)),
        ("/items/0/quantity", json!(9_999.99)),
        ("/items/0/unit_price_cents", json!(0)),
        ("/items/0/unit_price_cents", json!(10_000_000_000_u64)),
        ("/items/0/tax_cents", json!(0)),
        ("/items/0/tax_cents", json!(10_000_000_000_u64)),
        ("/items/0/description", json!("")),
        ("/items/0/description", json!("first\nsecond\r\nthird")),
        ("/items/0/service_date", json!("1984-03-09")),
        ("/items/0/service_date", json!(a_year_ahead())),
        ("/items/0/service_date", json!("2024-02-29")),
        ("/patient/birth_date", json!("1984-02-29")),
        ("/patient/birth_date", json!("1900-01-01")),
        ("/patient/birth_date", json!("2026-06-01")),
        ("/patient/given_name", json!("Zoë-Ann O'Brien 李")),
        ("/accident", json!({"cause": "other", "date": "2026-06-01"})),
    ];
    for (number, (pointer, value)) in changes.into_iter().enumerate() {
        let claim = Claim::new(&format!("INV-{number}")).with(pointer, value);
        let stored = app.submit(&claim).await.is(201).json();
        assert_eq!(stored["submission"], *claim, "{pointer}");
    }
    let accident = json!({"cause": "other", "date": today().to_string()});
    let today_too = Claim::new("TODAY")
        .with("/accident", accident)
        .with("/items/0/service_date", a_year_ahead());
    app.submit(&today_too).await.is(201);
    let newborn = Claim::new("BORN-TODAY")
        .with("/patient/birth_date", today().to_string())
        .with("/items/0/service_date", a_year_ahead());
    app.submit(&newborn).await.is(201);
}

async fn a_whole_number_is_an_integer_however_it_is_written(app: &TestApp) {
    let claim = full_claim("INV-1").text();
    let written = |price: &str| {
        let text = edited(
            &claim,
            r#""unit_price_cents":450000"#,
            &format!(r#""unit_price_cents":{price}"#),
        );
        edited(&text, r#""quantity":1"#, r#""quantity":1.0"#)
    };
    let first = app.post_raw("/v1/claims", claim.clone()).await.is(201);
    for price in [
        "450000",
        "450000.0",
        "450000.00",
        "4.5e5",
        "45E4",
        "450000e0",
    ] {
        let again = app.post_raw("/v1/claims", written(price)).await.is(200);
        assert_eq!(again.id(), first.id(), "{price}");
    }
    let other = app.post_raw("/v1/claims", written("450001.0")).await;
    other
        .problem(409)
        .lists(&[("differs", "/items/0/unit_price_cents")]);
    let approval = json!({
        "number": "A-1", "kind": "ocf_18", "patient_id": "P-1", "payer": "mva", "status": "approved",
        "approved_cents": 41,
    });
    let first = app.preauthorize(&approval).await.is(201);
    let again = edited(&approval.to_string(), ":41", ":41.0");
    let again = app.post_raw("/v1/preauthorizations", again).await.is(200);
    assert_eq!(again.text(), first.text());
}

async fn a_body_of_one_mebibyte_is_taken_and_no_more(app: &TestApp) {
    let padded = |external_id: &str, length: usize| {
        let mut text = Claim::new(external_id).text();
        text.extend(std::iter::repeat_n(' ', length - text.len()));
        text
    };
    for path in ["/v1/claims", "/v1/classifications"] {
        let too_long = padded("INV-2", (1 << 20) + 1);
        app.post_raw(path, too_long).await.problem(413);
    }
    app.post_raw("/v1/claims", padded("INV-1", 1 << 20))
        .await
        .is(201);
    let list = app.list(&[("external_id", "INV-2")]).await.is(200).json();
    assert_eq!(list["data"], json!([]));
}
