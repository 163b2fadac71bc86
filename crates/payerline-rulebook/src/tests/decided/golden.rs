//! The golden cases in `tests/golden`: claims as a clinic sends them, with what the contract says of
//! each. They are read off the contract, never off the code.

use std::{collections::BTreeSet, fs, path::Path, sync::LazyLock};

use serde_json::{Value, json};

use crate::golden::{GoldenCase, Mismatch};
use crate::tests::ONTARIO;
use payerline_domain::parse::{
    decode::Decode,
    fault::{Fault, Refusal},
};

/// Every case with the name of its file.
pub static CASES: LazyLock<Vec<(String, GoldenCase)>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden");
    let mut cases: Vec<(String, GoldenCase)> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|it| it == "json"))
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let case = GoldenCase::parse(&fs::read(&path).unwrap());
            let case = case.unwrap_or_else(|why| panic!("{name} is no golden case: {why:?}"));
            (name, case)
        })
        .collect();
    cases.sort_by(|one, other| one.0.cmp(&other.0));
    cases
});

#[test]
fn the_shipped_rulebook_passes_every_golden_case() {
    let mut report = String::new();
    for (name, case) in CASES.iter() {
        for Mismatch {
            pointer,
            expected,
            actual,
        } in case.mismatches(&ONTARIO)
        {
            report.push_str(&format!(
                "\n{name} {pointer}: {expected}, decided: {actual}"
            ));
        }
    }
    assert!(report.is_empty(), "{report}");
}

#[test]
fn each_golden_case_has_a_title_of_its_own() {
    let titles: BTreeSet<&str> = CASES.iter().map(|(_, case)| case.title.as_str()).collect();
    assert_eq!(titles.len(), CASES.len());
    assert!(titles.iter().all(|title| title.ends_with('.')));
    assert!(CASES.len() >= 240, "{} cases", CASES.len());
}

/// A case that is no surprise.
fn case() -> Value {
    json!({
        "title": "A service without any coverage is billed to the patient.",
        "today": "2026-08-10",
        "claim": {
            "external_id": "INV-1",
            "patient": {"id": "P-1", "birth_date": "1984-03-09"},
            "provider": {"id": "D-7", "profession": "physician"},
            "coverages": [],
            "items": [{"service_date": "2026-08-10", "category": "report", "unit_price_cents": 100}],
        },
        "expect": {"payer": "uncovered", "disposition": "ready"},
    })
}

fn parse(case: &Value) -> Result<GoldenCase, Refusal> {
    GoldenCase::parse(&serde_json::to_vec(case).unwrap())
}

/// What differs from what is expected once the expectation is another.
fn mismatches(expect: Value) -> Vec<(String, String, String)> {
    let mut case = case();
    case["expect"] = expect;
    let mismatches = parse(&case).unwrap().mismatches(&ONTARIO);
    let texts = mismatches
        .into_iter()
        .map(|it| (it.pointer, it.expected, it.actual));
    texts.collect()
}

fn mismatch(pointer: &str, expected: &str, actual: &str) -> (String, String, String) {
    (pointer.to_owned(), expected.to_owned(), actual.to_owned())
}

/// Where a case is faulty once it is spoiled, and with which codes.
fn faults(spoil: impl FnOnce(&mut Value)) -> Vec<(&'static str, String)> {
    let mut case = case();
    spoil(&mut case);
    let (Refusal::Shape(faults) | Refusal::Rules(faults)) = parse(&case).expect_err("refused");
    let place = |Fault { code, pointer, .. }| (code.word(), pointer);
    faults.into_iter().map(place).collect()
}

#[test]
fn a_case_passes_when_all_that_it_expects_is_decided() {
    assert_eq!(
        mismatches(json!({"payer": "uncovered", "disposition": "ready"})),
        []
    );
    let everything = json!({
        "payer": "uncovered",
        "disposition": "ready",
        "rule": "uncovered",
        "billing_order": [],
        "findings": [],
        "items": [{
            "payer": "uncovered",
            "disposition": "ready",
            "rule": "uncovered",
            "billing_order": [],
            "required_documents": [],
        }],
    });
    assert_eq!(mismatches(everything), []);
}

#[test]
fn every_expectation_that_is_not_met_is_told() {
    let wrong = json!({
        "payer": "mva",
        "disposition": "needs_review",
        "rule": "another",
        "billing_order": ["private", "mva"],
        "findings": ["coverage_missing", "accident_missing"],
        "items": [{
            "payer": "wsib",
            "disposition": "needs_preauthorization",
            "rule": "a-third",
            "billing_order": ["wsib"],
            "coverage": 2,
            "required_documents": ["form_8"],
        }],
    });
    assert_eq!(
        mismatches(wrong),
        [
            mismatch("/expect/payer", "mva", "uncovered"),
            mismatch("/expect/disposition", "needs_review", "ready"),
            mismatch("/expect/rule", "another", "uncovered"),
            mismatch("/expect/billing_order", "private, mva", ""),
            mismatch("/expect/findings", "accident_missing, coverage_missing", ""),
            mismatch("/expect/items/0/payer", "wsib", "uncovered"),
            mismatch(
                "/expect/items/0/disposition",
                "needs_preauthorization",
                "ready"
            ),
            mismatch("/expect/items/0/rule", "a-third", "uncovered"),
            mismatch("/expect/items/0/billing_order", "wsib", ""),
            mismatch("/expect/items/0/coverage", "2", "none"),
            mismatch("/expect/items/0/required_documents", "form_8", ""),
        ]
    );
}

#[test]
fn a_misspelt_field_is_refused_wherever_it_stands() {
    let unknown = |pointer: &str| vec![("unknown_field", pointer.to_owned())];
    assert_eq!(faults(|it| it["titel"] = json!("x")), unknown("/titel"));
    assert_eq!(
        faults(|it| it["expect"]["payor"] = json!("x")),
        unknown("/expect/payor")
    );
    assert_eq!(
        faults(|it| it["claim"]["items"][0]["amount"] = json!(1)),
        unknown("/claim/items/0/amount")
    );
    assert_eq!(
        faults(|it| it["expect"]["items"] =
            json!([{"payer": "mva", "disposition": "ready", "documents": []}])),
        unknown("/expect/items/0/documents")
    );
}

#[test]
fn a_case_lacks_nothing() {
    let missing = |pointer: &str| ("missing_field", pointer.to_owned());
    let found = faults(|it| *it = json!({}));
    let fields = ["/title", "/today", "/claim", "/expect"];
    assert_eq!(found, fields.map(missing));
}

#[test]
fn the_claim_of_a_case_is_one_that_would_be_taken_that_day() {
    let day = |it: &mut Value, day: &str| it["claim"]["patient"]["birth_date"] = json!(day);
    assert_eq!(
        faults(|it| day(it, "2026-08-11")),
        [
            ("in_the_future", "/claim/patient/birth_date".to_owned()),
            ("before_birth", "/claim/items/0/service_date".to_owned()),
        ]
    );
    let accident = json!({"cause": "work", "date": "2026-08-11"});
    assert_eq!(
        faults(|it| it["claim"]["accident"] = accident),
        [
            ("accident_after_service", "/claim/accident/date".to_owned()),
            ("in_the_future", "/claim/accident/date".to_owned()),
        ]
    );
}

#[test]
fn expectations_are_about_the_items_and_approvals_that_there_are() {
    let two =
        json!([{"payer": "mva", "disposition": "ready"}, {"payer": "mva", "disposition": "ready"}]);
    assert_eq!(
        faults(|it| it["expect"]["items"] = two),
        [("wrong_number", "/expect/items".to_owned())]
    );
    let approval = json!({"number": "PA-1", "kind": "ocf_18", "patient_id": "P-1", "payer": "mva",
        "status": "pending", "approved_cents": 0});
    assert_eq!(
        faults(|it| it["preauthorizations"] = json!([approval, approval])),
        [("duplicate", "/preauthorizations/1/number".to_owned())]
    );
}
