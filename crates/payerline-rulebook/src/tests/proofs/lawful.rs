//! What no rulebook may decide, and which rules decide it once the shipped rulebook is spoiled.

use serde_json::{Value, json};

use super::proof::{changed, first, outcome, place, prove, remove, rule};
use crate::{decide::compiled::Rulebook, proof::Invariant};
use payerline_domain::claims::payer::Payer;

/// The invariants that a rulebook breaks, with the rules.
fn broken(rulebook: &Rulebook) -> Vec<(Invariant, String)> {
    let unlawful = prove(rulebook).unlawful;
    let pairs = unlawful
        .iter()
        .map(|it| (it.invariant, it.rule.to_string()));
    pairs.collect()
}

#[test]
fn no_injured_worker_is_billed() {
    let rulebook = changed(|it| {
        rule(it, "wsib-denied")["then"] = outcome("uncovered", "ready");
        let caused = json!({"caused_by_work": ["yes"], "age": ["minor"], "service": ["other"]});
        first(it, caused, outcome("uncovered", "ready"));
    });
    let work = Invariant::WorkNeverBilledToThePatient;
    let ohip = Invariant::OhipInsuredNeverCharged;
    let expected = [
        (work, "the-new-one"),
        (work, "wsib-denied"),
        (ohip, "the-new-one"),
        (ohip, "wsib-denied"),
    ];
    assert_eq!(
        broken(&rulebook),
        expected.map(|(it, rule)| (it, rule.to_owned()))
    );
}

#[test]
fn stem_cells_are_for_adults_who_are_not_pregnant() {
    let unguarded = |check: &str| broken(&changed(|it| remove(it, "checks", check)));
    let rules = |broken: &[(Invariant, String)]| -> Vec<String> {
        broken.iter().map(|(_, rule)| rule.clone()).collect()
    };
    let minor = unguarded("minor");
    assert!(
        minor
            .iter()
            .all(|(it, _)| *it == Invariant::StemCellsNeverForMinors)
    );
    // Every rule by which stem cells are ready.
    assert_eq!(
        rules(&minor),
        [
            "mva-stem-cell-approved",
            "wsib-stem-cell-approved",
            "private-stem-cell-approved",
            "private-stem-cell-undetermined",
            "uncovered-stem-cell",
        ]
    );
    let pregnant = unguarded("pregnancy");
    assert!(
        pregnant
            .iter()
            .all(|(it, _)| *it == Invariant::StemCellsNeverInPregnancy)
    );
    assert_eq!(rules(&pregnant), rules(&minor));
    // A check that looks only at some payers guards only those.
    let partly = changed(|it| {
        let minor = place(it, "checks", "minor");
        it["checks"][minor]["when"]["payer"] = json!(["mva", "wsib", "private"]);
    });
    assert_eq!(
        rules(&broken(&partly)),
        ["private-stem-cell-undetermined", "uncovered-stem-cell"]
    );
    // One that only asks for an approval guards too: the item is not ready.
    let asking = changed(|it| {
        let minor = place(it, "checks", "minor");
        it["checks"][minor]["at_least"] = json!("needs_preauthorization");
    });
    assert!(prove(&asking).sound);
    // A finding alone does not: the item stays ready.
    let noticing = changed(|it| {
        let minor = place(it, "checks", "minor");
        it["checks"][minor]["at_least"] = Value::Null;
    });
    assert_eq!(rules(&broken(&noticing)), rules(&minor));
}

#[test]
fn stem_cells_need_the_approval_of_the_insurer_that_pays() {
    let unapproved = Invariant::StemCellsNeverUnapproved;
    let insufficient = changed(|it| remove(it, "checks", "preauthorization-insufficient"));
    assert_eq!(
        broken(&insufficient),
        ["mva-stem-cell-approved", "wsib-stem-cell-approved"]
            .map(|rule| (unapproved, rule.to_owned()))
    );
    let pending = changed(|it| {
        rule(it, "mva-stem-cell-pending")["then"] = outcome("mva", "ready");
    });
    assert_eq!(
        broken(&pending),
        [(unapproved, "mva-stem-cell-pending".to_owned())]
    );
    // The private plan's approval is none of WSIB's.
    let another = changed(|it| {
        rule(it, "private-stem-cell-approved")["then"] = outcome("wsib", "ready");
    });
    assert_eq!(
        broken(&another),
        [(unapproved, "private-stem-cell-approved".to_owned())]
    );
}

#[test]
fn what_ohip_insures_is_charged_to_nobody_else() {
    let without = changed(|it| remove(it, "rules", "ohip-insured"));
    let broken = broken(&without);
    assert!(
        broken
            .iter()
            .all(|(it, _)| *it == Invariant::OhipInsuredNeverCharged)
    );
    assert!(broken.iter().any(|(_, rule)| rule == "private-listed"));
    assert!(broken.iter().any(|(_, rule)| rule == "uncovered"));
    // WSIB may be billed for it.
    assert!(broken.iter().all(|(_, rule)| !rule.starts_with("wsib")));
}

#[test]
fn otherwise_has_to_be_lawful_too() {
    let rulebook = changed(|it| {
        it["otherwise"]["disposition"] = json!("ready");
        remove(it, "rules", "car-accident-at-work");
    });
    let proof = prove(&rulebook);
    let unlawful = proof
        .unlawful
        .iter()
        .find(|it| &*it.rule == "no-rule")
        .unwrap();
    assert_eq!(unlawful.invariant, Invariant::WorkNeverBilledToThePatient);
    assert_eq!(unlawful.payer, Payer::Uncovered);
    assert_eq!(
        unlawful.detail,
        "`no-rule` makes the item `uncovered` and `ready`."
    );
}
