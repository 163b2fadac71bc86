//! What no rulebook may decide, and which rules decide it once the shipped rulebook is spoiled.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::proof::{changed, first, outcome, place, prove, remove, rule};
use payerline_domain::laws::Invariant;

use crate::{decide::compiled::Rulebook, table::rules::Then, tests::ONTARIO};
use payerline_domain::{
    claims::payer::{Disposition, Payer},
    values::closed_enum::ClosedEnum,
};

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

/// The rules that break one law and no other.
fn rules_breaking(law: Invariant, rulebook: &Rulebook) -> Vec<String> {
    let broken = broken(rulebook).into_iter();
    let rules = broken.map(|(invariant, rule)| {
        assert_eq!(invariant, law, "{rule}");
        rule
    });
    rules.collect()
}

/// The rules of the shipped table that make an item `ready`, but for a third party's, of which some are asked for.
fn rules_ready_for(asked: impl Fn(&str, Payer) -> bool) -> Vec<String> {
    let rules = ONTARIO.table().rules.iter();
    let ready = rules.filter_map(|rule| match &rule.then {
        Then::Decide(outcome) if outcome.disposition == Disposition::Ready => {
            Some((&*rule.id, outcome.payer))
        }
        Then::Decide(_) | Then::Follow(_) => None,
    });
    let asked = ready.filter(|(rule, payer)| *rule != "third-party" && asked(rule, *payer));
    asked.map(|(rule, _)| rule.to_owned()).collect()
}

fn with_follower(mut rules: Vec<String>) -> Vec<String> {
    rules.push("follows-stem-cells".to_owned());
    rules
}

#[test]
fn nothing_that_silence_covers_is_ready() {
    let law = Invariant::SilenceNeverReady;
    // An item of any category may have an OHIP code, also one that follows stem cells. WSIB is not charged through OHIP.
    let unguarded = changed(|it| remove(it, "checks", "ohip-insured-unknown"));
    let ready = rules_ready_for(|_, payer| payer != Payer::Wsib);
    assert_eq!(rules_breaking(law, &unguarded), with_follower(ready));
    // A nurse practitioner's item is one of three categories.
    let of_nurses = changed(|it| remove(it, "checks", "physician-equivalent-charge"));
    let ready = [
        "mva-emergency-exempt",
        "mva-approved-ocf-18",
        "mva-approved-ocf-23",
        "private-listed",
        "private-not-listed",
        "uncovered",
    ];
    assert_eq!(rules_breaking(law, &of_nurses), ready);
    // A rule keeps the law too, and a check that asks for an approval.
    let ruled = changed(|it| {
        remove(it, "checks", "ohip-insured-unknown");
        let when = json!({"likely_ohip_insured": ["physician"]});
        first(it, when, outcome("uncovered", "needs_review"));
    });
    assert!(prove(&ruled).sound);
    let asking = changed(|it| {
        let check = place(it, "checks", "ohip-insured-unknown");
        it["checks"][check]["at_least"] = json!("needs_preauthorization");
    });
    assert!(prove(&asking).sound);
}

/// What follows stem cells has its payer from them, so the law is broken for each payer that they may have.
#[test]
fn silence_covers_what_follows_stem_cells_for_every_payer() {
    let law = Invariant::SilenceNeverReady;
    let leaders_alone = changed(|it| {
        let check = place(it, "checks", "ohip-insured-unknown");
        it["checks"][check]["when"]["service"] = json!(["stem_cells", "plasma", "other"]);
    });
    assert_eq!(rules_breaking(law, &leaders_alone), with_follower(vec![]));
    for unguarded in [Payer::Mva, Payer::Private, Payer::Uncovered] {
        let others = ["mva", "private", "uncovered"].map(str::to_owned);
        let others: Vec<_> = others
            .into_iter()
            .filter(|it| it != unguarded.word())
            .collect();
        let rulebook = changed(|it| {
            let check = place(it, "checks", "ohip-insured-unknown");
            it["checks"][check]["when"]["payer"] = json!(others);
        });
        let ready = rules_ready_for(|_, payer| payer == unguarded);
        assert_eq!(rules_breaking(law, &rulebook), with_follower(ready));
        for it in prove(&rulebook).unlawful {
            assert_eq!(it.payer, unguarded);
        }
    }
    // Where no stem cells are ready, nothing that follows them is.
    let never_ready = changed(|it| {
        remove(it, "checks", "ohip-insured-unknown");
        let check = json!({"id": "stem-cells", "when": {"service": ["stem_cells"]},
            "at_least": "needs_review", "basis": "A test."});
        it["checks"].as_array_mut().unwrap().push(check);
    });
    let rules = rules_breaking(law, &never_ready);
    assert!(!rules.is_empty() && !rules.contains(&"follows-stem-cells".to_owned()));
}

#[test]
fn what_a_third_party_pays_is_charged_to_no_insurer() {
    let law = Invariant::ThirdPartyNeverChargedToAnInsurer;
    for insurer in ["wsib", "mva", "private"] {
        let charged = changed(|it| {
            rule(it, "third-party")["then"] = outcome(insurer, "ready");
        });
        assert_eq!(rules_breaking(law, &charged), ["third-party"]);
        let reviewed = changed(|it| {
            rule(it, "third-party")["then"] = outcome(insurer, "needs_review");
        });
        assert!(prove(&reviewed).sound);
    }
    let like_others = changed(|it| {
        remove(it, "rules", "third-party-ohip-insured");
        remove(it, "rules", "third-party");
    });
    let charged = rules_ready_for(|rule, payer| {
        // What a third party asked for relies on no approval.
        payer != Payer::Uncovered && !rule.contains("-approved")
    });
    assert_eq!(rules_breaking(law, &like_others), charged);
}

/// A third party may be billed for what patients may not.
#[test]
fn no_other_law_holds_for_what_a_third_party_pays() {
    let insured_too = changed(|it| {
        rule(it, "third-party-ohip-insured")["then"] = outcome("uncovered", "ready");
    });
    assert!(prove(&insured_too).sound);
    let whoever_asked = changed(|it| {
        let requested_by = json!(["patient", "third_party"]);
        rule(it, "third-party")["when"]["requested_by"] = requested_by;
    });
    let laws: BTreeSet<Invariant> = broken(&whoever_asked).into_iter().map(|it| it.0).collect();
    let of_patients = [
        Invariant::WorkNeverBilledToThePatient,
        Invariant::OhipInsuredNeverCharged,
    ];
    assert_eq!(laws, BTreeSet::from(of_patients));
}

#[test]
fn no_injured_worker_is_billed_whatever_is_said_of_the_employer() {
    let law = Invariant::WorkNeverBilledToThePatient;
    let reporting_only = changed(|it| {
        let check = place(it, "checks", "employer-not-covered");
        it["checks"][check]["at_least"] = json!(null);
    });
    let billed = rules_ready_for(|_, payer| payer == Payer::Uncovered);
    assert_eq!(rules_breaking(law, &reporting_only), billed);
    let billing_first = |it: &mut Value| {
        let when = json!({"employer_covered": ["no"], "age": ["minor"], "ohip_insured": ["no"]});
        first(it, when, outcome("uncovered", "ready"));
    };
    assert!(prove(&changed(billing_first)).sound);
    let partly = changed(|it| {
        billing_first(it);
        let check = place(it, "checks", "employer-not-covered");
        it["checks"][check]["when"]["cause"] = json!(["other"]);
    });
    // The check looks at work injuries; a car accident at work counts as one that was not at work.
    let broken = broken(&partly);
    assert_eq!(broken, [(law, "the-new-one".to_owned())]);
    // A table that does not ask takes every injury at work for WSIB's.
    let unasked = changed(|it| remove(it, "checks", "employer-not-covered"));
    assert!(prove(&unasked).sound);
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
