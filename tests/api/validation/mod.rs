//! What is refused, how, and where: each rule of the contract, all faults of a body at once.
//!
//! A row is a body that is wrong in one way, with the status and the faults it must be answered
//! with. Every row is sent to `/v1/claims` and to `/v1/classifications`, which run the same code.

mod boundaries;
mod byte_order_marks;
mod claim_fields;
mod known_fields;
mod left_out;
mod many_faults;
mod rules;
mod shape;

use crate::support::{Caller, Claim, array, codes};

/// A body that must be refused.
struct Row {
    name: String,
    body: Vec<u8>,
    status: u16,
    /// Code and pointer of each fault.
    faults: Vec<(String, String)>,
}

/// A body that is no JSON of the documented shape.
fn misshapen(name: &str, body: impl Into<Vec<u8>>, faults: &[(&str, &str)]) -> Row {
    row(name, body.into(), 400, faults)
}

/// A claim of the documented shape that breaks a rule.
fn breaking(name: &str, claim: &Claim, faults: &[(&str, &str)]) -> Row {
    row(name, claim.text().into_bytes(), 422, faults)
}

fn row(name: &str, body: Vec<u8>, status: u16, faults: &[(&str, &str)]) -> Row {
    let mut faults: Vec<(String, String)> = faults
        .iter()
        .map(|(code, pointer)| ((*code).to_owned(), (*pointer).to_owned()))
        .collect();
    faults.sort();
    Row {
        name: name.to_owned(),
        body,
        status,
        faults,
    }
}

/// Sends every row, fails with all that were answered otherwise, and checks that nothing was stored.
async fn refuse_all(caller: &Caller, rows: Vec<Row>) {
    let mut failures = Vec::new();
    for row in &rows {
        for path in ["/v1/claims", "/v1/classifications"] {
            let answer = caller.post_raw(path, row.body.clone()).await;
            let found = match answer.status() {
                400.. => codes(&answer.json()),
                _ => Vec::new(),
            };
            if answer.status() != row.status || found != row.faults {
                failures.push(format!(
                    "{} ({path}): expected {} {:?}, found {} {found:?}",
                    row.name,
                    row.status,
                    row.faults,
                    answer.status(),
                ));
            }
        }
    }
    let (failed, all) = (failures.len(), rows.len());
    assert!(
        failures.is_empty(),
        "{failed} of {all} rows:\n{}",
        failures.join("\n")
    );
    let list = caller.get("/v1/claims").await.is(200).json();
    assert_eq!(array(&list["data"]).len(), 0, "nothing is stored");
}
