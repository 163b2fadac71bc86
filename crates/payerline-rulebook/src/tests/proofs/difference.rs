//! Whether two rulebooks decide every claim alike, and where they do not.

use serde_json::json;

use super::proof::{changed, decide, place, rule};
use crate::tests::ONTARIO;

#[test]
fn a_rulebook_decides_every_claim_as_itself() {
    assert_eq!(ONTARIO.difference(&ONTARIO).unwrap(), None);
}

#[test]
fn words_and_names_make_no_difference() {
    let reworded = changed(|it| {
        it["version"] = json!("2027.1");
        rule(it, "uncovered")["because"] = json!("You pay.");
        rule(it, "uncovered")["id"] = json!("patient-pays");
        it["findings"][0]["detail"] = json!("Too young.");
    });
    assert_eq!(ONTARIO.difference(&reworded).unwrap(), None);
}

#[test]
fn a_difference_is_shown_on_a_claim() {
    let other = changed(|it| {
        it["version"] = json!("2027.1");
        let order = place(it, "billing_orders", "bill-private-first-before-july-2026");
        it["billing_orders"][order]["when"]["accident_date"] = json!({"before": "2026-07-02"});
    });
    let difference = ONTARIO.difference(&other).unwrap().unwrap();
    let witness = difference.witness.unwrap();
    assert_eq!(witness.claim["accident"]["date"], "2026-07-01");
    let (ours, theirs) = (decide(&ONTARIO, &witness), decide(&other, &witness));
    assert_eq!(ours.grounds.rule, theirs.grounds.rule);
    assert_ne!(ours.billing_order, theirs.billing_order);
    assert!(
        difference
            .detail
            .contains(&format!("of {}", ONTARIO.version().version))
    );
}

#[test]
fn findings_and_documents_make_a_difference() {
    let quieter = changed(|it| {
        let check = place(it, "checks", "experimental-exclusion");
        it["checks"][check]["when"]["age"] = json!(["adult"]);
    });
    let difference = ONTARIO.difference(&quieter).unwrap().unwrap();
    let facts = difference.witness.unwrap().facts;
    assert!(facts.contains(&"The patient is under 18.".to_owned()));
    let unpapered = changed(|it| {
        let outcome = &mut rule(it, "wsib-no-claim-number")["then"]["decide"];
        outcome
            .as_object_mut()
            .unwrap()
            .remove("required_documents");
    });
    assert!(ONTARIO.difference(&unpapered).unwrap().is_some());
    let calmer = changed(|it| {
        let findings = it["findings"].as_array_mut().unwrap();
        let observed = findings
            .iter_mut()
            .find(|it| it["code"] == "accident_missing");
        observed.unwrap()["severity"] = json!("info");
    });
    let difference = ONTARIO.difference(&calmer).unwrap().unwrap();
    assert_eq!(difference.witness, None);
    assert_eq!(
        difference.detail,
        "The finding `accident_missing` matters differently."
    );
}
