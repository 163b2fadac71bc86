//! Pages of `GET /v1/claims`: both ways, complete, and undisturbed by claims that arrive meanwhile.

use serde_json::Value;

use crate::support::{Claim, TestApp, array, on_both_databases, strings};

on_both_databases!(
    pages_lead_forward_and_back,
    claims_that_arrive_meanwhile_disturb_no_page,
    the_default_page_has_fifty_claims,
    filters_hold_on_every_page,
    a_cursor_belongs_to_its_filters,
    a_cursor_is_of_url_safe_characters,
);

async fn file(app: &TestApp, prefix: &str, count: usize) {
    for number in 0..count {
        let external_id = format!("{prefix}-{number:03}");
        app.submit(&Claim::new(&external_id)).await.is(201);
    }
}

/// External ids from the newest to the oldest.
fn newest_first(prefix: &str, numbers: std::ops::Range<usize>) -> Vec<String> {
    let ids = numbers.rev().map(|number| format!("{prefix}-{number:03}"));
    ids.collect()
}

async fn page(app: &TestApp, parameters: &[(&str, &str)]) -> Value {
    app.list(parameters).await.is(200).json()
}

/// The page of a cursor that must be there.
async fn follow(app: &TestApp, cursor: &Value, limit: &str) -> Value {
    let cursor = cursor.as_str().expect("a cursor");
    page(app, &[("limit", limit), ("cursor", cursor)]).await
}

fn ids(page: &Value) -> Vec<String> {
    strings(&page["data"], "external_id")
}

async fn pages_lead_forward_and_back(app: &TestApp) {
    file(app, "INV", 25).await;
    let first = page(app, &[("limit", "10")]).await;
    assert_eq!(ids(&first), newest_first("INV", 15..25));
    assert_eq!(first["prev"], Value::Null);
    let second = follow(app, &first["next"], "10").await;
    assert_eq!(ids(&second), newest_first("INV", 5..15));
    let third = follow(app, &second["next"], "10").await;
    assert_eq!(ids(&third), newest_first("INV", 0..5));
    assert_eq!(third["next"], Value::Null);

    let back = follow(app, &third["prev"], "10").await;
    assert_eq!(back["data"], second["data"]);
    let back = follow(app, &back["prev"], "10").await;
    assert_eq!(back["data"], first["data"]);
    assert_eq!(back["prev"], Value::Null);
    let again = follow(app, &back["next"], "10").await;
    assert_eq!(again["data"], second["data"]);

    // A page that ends with the last claim leads nowhere.
    let exact = page(app, &[("limit", "25")]).await;
    assert_eq!(array(&exact["data"]).len(), 25);
    assert_eq!(
        (&exact["next"], &exact["prev"]),
        (&Value::Null, &Value::Null)
    );
}

async fn claims_that_arrive_meanwhile_disturb_no_page(app: &TestApp) {
    file(app, "OLD", 20).await;
    let first = page(app, &[("limit", "10")]).await;
    assert_eq!(ids(&first), newest_first("OLD", 10..20));
    file(app, "NEW", 4).await;
    let second = follow(app, &first["next"], "10").await;
    assert_eq!(ids(&second), newest_first("OLD", 0..10));
    assert_eq!(second["next"], Value::Null);

    let back = follow(app, &second["prev"], "10").await;
    assert_eq!(back["data"], first["data"]);
    let newer = follow(app, &back["prev"], "10").await;
    assert_eq!(ids(&newer), newest_first("NEW", 0..4));
    assert_eq!(newer["prev"], Value::Null);
    let forward = follow(app, &newer["next"], "10").await;
    assert_eq!(forward["data"], first["data"]);
}

async fn the_default_page_has_fifty_claims(app: &TestApp) {
    file(app, "INV", 51).await;
    let first = page(app, &[]).await;
    assert_eq!(ids(&first), newest_first("INV", 1..51));
    let cursor = first["next"].as_str().expect("a cursor");
    let second = page(app, &[("cursor", cursor)]).await;
    assert_eq!(ids(&second), newest_first("INV", 0..1));
}

async fn filters_hold_on_every_page(app: &TestApp) {
    for number in 0..12 {
        let patient = if number % 2 == 0 { "P-EVEN" } else { "P-ODD" };
        let claim = Claim::new(&format!("INV-{number:03}")).with("/patient/id", patient);
        app.submit(&claim).await.is(201);
    }
    let mut found = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let mut parameters = vec![("patient_id", "P-EVEN"), ("limit", "2")];
        if let Some(cursor) = &cursor {
            parameters.push(("cursor", cursor.as_str()));
        }
        let page = page(app, &parameters).await;
        found.extend(ids(&page));
        match page["next"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => break,
        }
    }
    assert_eq!(
        found,
        [
            "INV-010", "INV-008", "INV-006", "INV-004", "INV-002", "INV-000"
        ]
    );
}

async fn a_cursor_belongs_to_its_filters(app: &TestApp) {
    file(app, "INV", 3).await;
    let filtered = page(app, &[("limit", "1"), ("payer", "uncovered")]).await;
    let cursor = filtered["next"].as_str().expect("a cursor");
    let others: [&[(&str, &str)]; 4] = [
        &[("cursor", cursor)],
        &[("cursor", cursor), ("payer", "mva")],
        &[("cursor", cursor), ("payer", "uncovered"), ("q", "INV")],
        &[
            ("cursor", cursor),
            ("payer", "uncovered"),
            ("status", "ready"),
        ],
    ];
    for parameters in others {
        app.list(parameters).await.problem(400).names("/cursor");
    }
    let same = page(
        app,
        &[("cursor", cursor), ("limit", "1"), ("payer", "uncovered")],
    )
    .await;
    assert_eq!(ids(&same), ["INV-001"]);

    // A cursor that was altered, cut off or lengthened is none.
    let other = if cursor.ends_with('A') { "Q" } else { "A" };
    let cut_off = &cursor[..cursor.len() - 1];
    for forged in [
        format!("{cut_off}{other}"),
        cut_off.to_owned(),
        format!("{cursor}A"),
    ] {
        let parameters = [("cursor", forged.as_str()), ("payer", "uncovered")];
        app.list(&parameters).await.problem(400).names("/cursor");
    }
}

async fn a_cursor_is_of_url_safe_characters(app: &TestApp) {
    file(app, "INV", 9).await;
    let mut cursors = Vec::new();
    let mut next = page(app, &[("limit", "2")]).await;
    while let Some(cursor) = next["next"].as_str() {
        cursors.push(cursor.to_owned());
        next = follow(app, &next["next"], "2").await;
        cursors.push(next["prev"].as_str().expect("a cursor").to_owned());
    }
    assert_eq!(cursors.len(), 8);
    for cursor in cursors {
        let safe = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        assert!(!cursor.is_empty() && cursor.chars().all(safe), "{cursor}");
    }
}
