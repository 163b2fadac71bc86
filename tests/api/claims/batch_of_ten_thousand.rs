//! A batch of 10,000 claims, 100 of them broken in different ways, through the real binary, whose
//! memory must not grow with the batch.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::{Caller, Claim, Database, edited, on_both_databases, serve};

on_both_databases!(bare: ten_thousand_claims_with_a_hundred_broken_ones);

const CLAIMS: usize = 10_000;

/// A claim of about three kilobytes, so that a batch kept in memory would show.
fn bulky(external_id: &str) -> Claim {
    let item = json!({
        "service_date": "2026-06-01", "category": "rehabilitation", "unit_price_cents": 9_500,
        "description": "Physiotherapy as planned with the patient. ".repeat(6),
    });
    Claim::new(external_id).with("/items", vec![item; 8])
}

/// A good claim broken in one of twenty ways, and the status it must have.
fn broken(way: usize, external_id: &str) -> (Vec<u8>, u64) {
    let claim = bulky(external_id);
    let text = claim.text();
    let with = |pointer: &str, value: Value| claim.clone().with(pointer, value).text().into_bytes();
    match way {
        0 => (text.as_bytes()[..text.len() / 2].to_vec(), 400),
        1 => (with("/unexpected", json!(1)), 400),
        2 => (
            edited(
                &text,
                r#""coverages":[]"#,
                r#""coverages":[],"coverages":[]"#,
            )
            .into_bytes(),
            400,
        ),
        3 => (with("/items/3/unit_price_cents", json!("95.00")), 400),
        4 => (with("/items/7/category", json!("physio")), 400),
        5 => (claim.clone().without("/provider").text().into_bytes(), 400),
        6 => (format!("[{text}]").into_bytes(), 400),
        7 => {
            let mut bytes = text.into_bytes();
            let middle = bytes.len() / 2;
            bytes[middle] = 0xff;
            (bytes, 400)
        }
        8 => ("[".repeat(10_000).into_bytes(), 400),
        9 => (with("/items/0/quantity", json!("1")), 400),
        10 => (with("/items", json!([])), 422),
        11 => (with("/items/0/quantity", json!(0)), 422),
        12 => (with("/items/0/service_date", json!("2026-02-30")), 422),
        13 => (with("/external_id", json!("x".repeat(65))), 422),
        14 => (with("/items/5/service_date", json!("1984-03-08")), 422),
        15 => (
            with("/accident", json!({"cause": "auto", "date": "2026-06-02"})),
            422,
        ),
        16 => (
            with(
                "/patient/health_number",
                json!({"value": "1234567890", "province": "ON"}),
            ),
            422,
        ),
        17 => (with("/items/0/description", json!("a\u{0}b")), 422),
        18 => (with("/items/0/tax_cents", json!(10_000_000_001_u64)), 422),
        _ => ("x".repeat((1 << 20) + 1).into_bytes(), 413),
    }
}

/// The batch, and the status that each line must have when everything is new.
fn batch(prefix: &str, count: usize) -> (Vec<u8>, Vec<u64>) {
    let mut body = Vec::new();
    let mut statuses = Vec::new();
    for index in 0..count {
        let external_id = format!("{prefix}-{index:05}");
        let (line, status) = if index % 100 == 37 {
            broken(index / 100 % 20, &external_id)
        } else {
            (bulky(&external_id).text().into_bytes(), 201)
        };
        body.extend(line);
        body.push(b'\n');
        statuses.push(status);
    }
    (body, statuses)
}

#[track_caller]
fn expect(results: &[Value], statuses: &[u64]) {
    assert_eq!(results.len(), statuses.len());
    for (index, (result, status)) in results.iter().zip(statuses).enumerate() {
        assert_eq!(result["index"], index, "{result}");
        assert_eq!(result["status"], *status, "{result}");
        assert_eq!(result.get("problem").is_some(), *status >= 400, "{result}");
    }
}

/// How many claims a prefix finds, and how many different external ids they have.
async fn count(caller: &Caller, prefix: &str) -> (usize, usize) {
    let stored = caller.stored(prefix).await;
    let distinct: BTreeSet<&String> = stored.iter().map(|(external_id, _)| external_id).collect();
    (stored.len(), distinct.len())
}

async fn ten_thousand_claims_with_a_hundred_broken_ones(database: &Database) {
    let mut process = serve(database);
    let caller = process.caller();

    let (body, statuses) = batch("WARM", CLAIMS / 5);
    expect(&caller.batch(body).await, &statuses);
    // Lists fill the page caches of the readers, which are of a fixed size: before, not between.
    assert_eq!(count(&caller, "WARM-").await.0, CLAIMS / 5 - 20);
    let before = process.peak_memory();

    let (body, statuses) = batch("BULK", CLAIMS);
    let size = u64::try_from(body.len()).expect("a size");
    assert_eq!(
        statuses.iter().filter(|status| **status == 201).count(),
        CLAIMS - 100
    );
    expect(&caller.batch(body.clone()).await, &statuses);
    assert_eq!(count(&caller, "BULK-").await, (CLAIMS - 100, CLAIMS - 100));

    let again: Vec<u64> = statuses
        .iter()
        .map(|status| if *status == 201 { 200 } else { *status })
        .collect();
    expect(&caller.batch(body).await, &again);
    assert_eq!(count(&caller, "BULK-").await, (CLAIMS - 100, CLAIMS - 100));

    // A service that holds a batch in memory grows by five times the first batch, here by four.
    let growth = process.peak_memory() - before;
    let mebibytes = |bytes: u64| bytes >> 20;
    assert!(
        growth < size,
        "memory grew by {} MiB over a batch of {} MiB",
        mebibytes(growth),
        mebibytes(size)
    );
}
