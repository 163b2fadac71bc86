//! Claims that were stored before a field was added keep their digests, and new fields count or do not.

use serde_json::{Value, json};

use super::{accept, claim, claim_with, put};
use crate::{claims::submission::Submission, parse::fault_code::FaultCode, values::digest::hex};

/// Submissions with the digests and totals that they had before claims had third parties, decimals and metadata.
const STORED: [(&str, &str, i64); 5] = [
    (
        include_str!("stored/least.json"),
        "6a64870528400d2188e5c466f57d7a1c681046a14f33d31c8820e4a9b7458de4",
        9_000,
    ),
    (
        include_str!("stored/full.json"),
        "879e73a7429fff1f30a07f11496a7557fad9f65bc1e56747f91a5090ded27524",
        100_000_000_901_300,
    ),
    // Outside Canada, and with nulls, empty texts and numbers with a point or exponent.
    (
        include_str!("stored/abroad.json"),
        "a93ac5f8d02413a25b5ed2624c449bd31ebb7d1630b81a97839a8812a76533b9",
        25_000,
    ),
    // Defaults that are spelt out.
    (
        include_str!("stored/spelt_out.json"),
        "7a34b71eabff10c5f4a33bf4429ef5f97f97e5a2fbc32c92626d2f34f4641783",
        0,
    ),
    // Texts, dates and numbers that were taken once.
    (
        include_str!("stored/once_taken.json"),
        "4d2e3aa7aaa0651b4972b0bec77e245c747a7149fc5646d43bc001df44274615",
        9_000,
    ),
];

fn digest(submission: &Submission) -> String {
    hex(&submission.content_digest().unwrap())
}

#[test]
fn what_was_stored_keeps_its_digest_and_total() {
    for (text, expected, total) in STORED {
        let stored = Submission::read_stored(text.as_bytes()).unwrap();
        assert_eq!(digest(&stored), expected, "{text}");
        assert_eq!(stored.total().get(), total, "{text}");
    }
}

/// What a claim means without these fields, each spelt out.
fn defaults() -> Vec<(&'static str, Value)> {
    vec![
        ("/accident/country", json!("CA")),
        ("/accident/province", json!("ON")),
        ("/accident/onset", json!("sudden")),
        ("/accident/employer_covered", json!("unknown")),
        ("/coverages/0/end_date", Value::Null),
        ("/coverages/0/covered_professions", Value::Null),
        ("/coverages/0/member_id", json!("")),
        ("/coverages/0/subscriber", Value::Null),
        ("/coverages/0/program", Value::Null),
        ("/coverages/0/priority", Value::Null),
        ("/third_party", Value::Null),
        ("/items/0/quantity", json!(1.0)),
        ("/items/0/requested_by", json!("patient")),
        ("/items/0/prescribed", json!(false)),
        ("/items/0/emergency", json!(false)),
        ("/items/0/provider", Value::Null),
        ("/invoice_total_cents", Value::Null),
        ("/metadata", json!({"batch": "17"})),
    ]
}

#[test]
fn defaults_that_are_spelt_out_are_the_same_content() {
    let left_out = accept(&claim());
    let mut all = claim();
    for (pointer, value) in defaults() {
        let spelt_out = accept(&put(claim(), pointer, value.clone()));
        assert_eq!(digest(&spelt_out), digest(&left_out), "{pointer}");
        assert_eq!(spelt_out.find_differences(&left_out), [], "{pointer}");
        all = put(all, pointer, value);
    }
    assert_eq!(digest(&accept(&all)), digest(&left_out));
}

#[test]
fn every_other_value_is_other_content_at_its_place() {
    let third_party = json!({"kind": "employer", "name": "Northern Rail"});
    let provider = json!({"id": "D-7", "profession": "physician"});
    let stored = accept(&claim_with([("/third_party", third_party.clone())]));
    for (pointer, value, at) in [
        (
            "/accident/country",
            json!("US"),
            &["/accident/country", "/accident/province"][..],
        ),
        ("/accident/onset", json!("gradual"), &[]),
        ("/accident/employer_covered", json!("no"), &[]),
        ("/coverages/0/kind", json!("federal"), &[]),
        ("/coverages/0/end_date", json!("2026-12-31"), &[]),
        ("/coverages/0/covered_professions", json!([]), &[]),
        ("/coverages/0/member_id", json!("0042-01"), &[]),
        ("/coverages/0/subscriber", json!({}), &[]),
        ("/coverages/0/program", json!("nihb"), &[]),
        ("/coverages/0/priority", json!(1), &[]),
        ("/third_party/name", json!("Southern Rail"), &[]),
        ("/third_party/kind", json!("lawyer"), &[]),
        ("/third_party/reference", json!("HR-1"), &[]),
        ("/items/0/category", json!("physiotherapy"), &[]),
        ("/items/0/system", json!("hcai"), &[]),
        ("/items/0/quantity", json!(1.25), &[]),
        ("/items/0/requested_by", json!("third_party"), &[]),
        ("/items/0/prescribed", json!(true), &[]),
        ("/items/0/emergency", json!(true), &[]),
        // A provider that is repeated is said twice.
        ("/items/0/provider", provider.clone(), &[]),
        ("/invoice_total_cents", json!(10_000), &[]),
    ] {
        let base = claim_with([("/third_party", third_party.clone())]);
        let total = (pointer == "/items/0/quantity").then_some(12_500);
        let sent = accept(&put(base, pointer, value));
        assert_ne!(digest(&sent), digest(&stored), "{pointer}");
        assert_eq!(sent.total().get(), total.unwrap_or(10_000), "{pointer}");
        let expected = if at.is_empty() { &[pointer][..] } else { at };
        for differences in [
            sent.find_differences(&stored),
            stored.find_differences(&sent),
        ] {
            assert!(differences.iter().all(|it| it.code == FaultCode::Differs));
            let found: Vec<&str> = differences.iter().map(|it| it.pointer.as_str()).collect();
            assert_eq!(found, expected);
        }
    }
}

#[test]
fn one_quantity_has_one_digest_however_it_is_written() {
    let digest_of = |quantity: &str| {
        let text = claim_with([("/items/0/quantity", json!("<Q>"))]).to_string();
        let text = text.replace("\"<Q>\"", quantity);
        digest(&Submission::parse(text.as_bytes(), super::today()).unwrap())
    };
    for written in ["2.0", "2e0", "2.000", "200e-2"] {
        assert_eq!(digest_of(written), digest_of("2"), "{written}");
    }
    assert_eq!(digest_of("1.250"), digest_of("125E-2"));
    assert_ne!(digest_of("1.25"), digest_of("1.24"));
}

#[test]
fn metadata_is_kept_and_counts_for_nothing() {
    let first = accept(&claim_with([(
        "/metadata",
        json!({"batch": "17", "Clerk_2.a-b": ""}),
    )]));
    let second = accept(&claim_with([("/metadata", json!({"batch": "18"}))]));
    assert_eq!(digest(&first), digest(&second));
    assert_eq!(first.find_differences(&second), []);
    let pairs: Vec<(&str, &str)> = first
        .metadata
        .pairs()
        .map(|(name, text)| (name, text.as_str()))
        .collect();
    assert_eq!(pairs, [("batch", "17"), ("Clerk_2.a-b", "")]);
    let written = serde_json::to_value(&first).unwrap();
    assert!(written.get("metadata").is_none());
}
