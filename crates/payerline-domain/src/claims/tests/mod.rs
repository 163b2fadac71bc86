//! What a claim takes, what it refuses and where, and what does not change its digest.

mod digests;
mod ledgers;
mod places;
mod rules;
mod sums;

use serde_json::{Value, json};

use super::submission::Submission;
use crate::{parse::fault::Refusal, values::time::Day};

const TODAY: &str = "2026-06-15";

fn today() -> Day {
    Day::parse(TODAY).unwrap()
}

/// A claim that has an accident, a coverage and an item.
fn claim() -> Value {
    json!({
        "external_id": "INV-1",
        "patient": {"id": "P-1", "birth_date": "1984-03-09"},
        "provider": {"id": "D-7", "profession": "physician"},
        "accident": {"cause": "auto", "date": "2026-05-02"},
        "coverages": [{"kind": "private"}],
        "items": [{"service_date": "2026-06-01", "category": "report", "unit_price_cents": 10_000}],
    })
}

/// The claim with a value put at each JSON Pointer.
fn claim_with<const N: usize>(changes: [(&str, Value); N]) -> Value {
    changes
        .into_iter()
        .fold(claim(), |claim, (pointer, value)| {
            put(claim, pointer, value)
        })
}

fn put(mut claim: Value, pointer: &str, value: Value) -> Value {
    let (parent, last) = pointer.rsplit_once('/').unwrap();
    match claim.pointer_mut(parent).unwrap() {
        Value::Object(fields) => {
            fields.insert(last.to_owned(), value);
        }
        Value::Array(list) => list[last.parse::<usize>().unwrap()] = value,
        other => panic!("nothing can be put into {other}"),
    }
    claim
}

fn parse(claim: &Value) -> Result<Submission, Refusal> {
    Submission::parse(claim.to_string().as_bytes(), today())
}

#[track_caller]
fn accept(claim: &Value) -> Submission {
    parse(claim).unwrap_or_else(|refusal| panic!("{claim}: {refusal:?}"))
}

/// Code and pointer of each fault of the rules.
fn rules_broken(claim: &Value) -> Vec<(&'static str, String)> {
    match parse(claim) {
        Err(Refusal::Rules(faults)) => faults
            .into_iter()
            .map(|it| (it.code.word(), it.pointer))
            .collect(),
        other => panic!("{claim}: {other:?}"),
    }
}

/// Code and pointer of each fault of the shape.
fn misshapen(claim: &Value) -> Vec<(&'static str, String)> {
    match parse(claim) {
        Err(Refusal::Shape(faults)) => faults
            .into_iter()
            .map(|it| (it.code.word(), it.pointer))
            .collect(),
        other => panic!("{claim}: {other:?}"),
    }
}

#[track_caller]
fn assert_breaks(claim: &Value, code: &str, pointer: &str) {
    assert_eq!(rules_broken(claim), [(code, pointer.to_owned())], "{claim}");
}

#[track_caller]
fn assert_misshapen(claim: &Value, code: &str, pointer: &str) {
    assert_eq!(misshapen(claim), [(code, pointer.to_owned())], "{claim}");
}
