//! What a table that was released earlier decides: what it always did, with no word of what was added later.

use std::{collections::BTreeSet, sync::LazyLock};

use serde_json::Value;

use super::golden::CASES;
use crate::{decide::compiled::Rulebook, golden::GoldenCase};
use payerline_domain::claims::accident::EmployerCovered;

/// The digest of the table that was released as 2026.2.
const RELEASED: &str = "ae055a0ac9100bda98abd71478b7227d2e1a0f12d6bb869ff4240b713c5ac77c";

static BEFORE: LazyLock<Rulebook> =
    LazyLock::new(|| Rulebook::parse(include_str!("../fixtures/ontario-2026.2.json")).unwrap());

/// The fields of an object that it always has.
fn names(object: &Value) -> BTreeSet<&str> {
    object.as_object().unwrap().keys().map(|it| &**it).collect()
}

#[test]
fn the_released_table_is_written_as_it_was() {
    let version = BEFORE.version();
    assert_eq!((&*version.name, &*version.version), ("ontario", "2026.2"));
    assert_eq!(&*version.sha256, RELEASED);
}

/// Fields that a decision has had since the first release.
#[test]
fn decisions_by_the_released_table_gain_no_field() {
    let of_item = [
        "sequence",
        "payer",
        "disposition",
        "rule",
        "because",
        "basis",
        "coverage",
        "billing_order",
        "required_documents",
    ];
    let of_finding = ["code", "severity", "detail", "pointer"];
    for (name, case) in CASES.iter() {
        let assessed = BEFORE.decide(&case.claim, &case.outside_facts()).unwrap();
        let decision = serde_json::to_value(&assessed.decision).unwrap();
        let fields = BTreeSet::from(["rulebook", "items", "findings"]);
        assert_eq!(names(&decision), fields, "{name}");
        for item in decision["items"].as_array().unwrap() {
            assert_eq!(names(item), BTreeSet::from(of_item), "{name}");
        }
        for finding in decision["findings"].as_array().unwrap() {
            assert_eq!(names(finding), BTreeSet::from(of_finding), "{name}");
            let code = finding["code"].as_str().unwrap();
            assert!(BEFORE.table().finding(code).is_some(), "{name}: {code}");
        }
    }
}

/// What a claim says that only later tables ask about changes no decision by the released one.
#[test]
fn the_released_table_looks_at_nothing_that_was_added_later() {
    for (name, case) in CASES.iter() {
        let decide = |case: &GoldenCase| {
            let assessed = BEFORE.decide(&case.claim, &case.outside_facts());
            assessed.unwrap().decision
        };
        let mut without = case.clone();
        without.possible_duplicates.clear();
        if let Some(accident) = &mut without.claim.accident {
            accident.employer_covered = EmployerCovered::Unknown;
        }
        for item in &mut without.claim.items {
            item.prescribed = false;
            item.emergency = false;
        }
        assert_eq!(decide(case), decide(&without), "{name}");
    }
}
