//! What is proved of rulebooks, sound ones and flawed ones. Every witness is decided as the proof says.

use serde_json::{Value, json};

use super::ONTARIO;
use crate::{
    domain::{
        decision::ItemDecision,
        payer::{Disposition, Payer},
        preauthorization::{Ledger, PreauthorizationEntry},
        submission::Submission,
    },
    rulebook::{
        Rulebook,
        proof::{Invariant, Proof, Witness},
    },
};

/// What a rulebook decides about the first item of a witness.
fn decide(rulebook: &Rulebook, witness: &Witness) -> ItemDecision {
    let body = serde_json::to_vec(&witness.claim).unwrap();
    let claim = Submission::parse(&body, witness.today).unwrap();
    let entry = |it| PreauthorizationEntry::parse(&serde_json::to_vec(it).unwrap()).unwrap();
    let ledger = Ledger {
        preauthorizations: witness.preauthorizations.iter().map(entry).collect(),
    };
    let assessed = rulebook.decide(&claim, &ledger).unwrap();
    assessed.decision.items.into_iter().next().unwrap()
}

/// Proves a rulebook and holds every witness against it.
pub fn prove(rulebook: &Rulebook) -> Proof {
    let proof = rulebook.prove().unwrap();
    for it in &proof.rules {
        assert_eq!(decide(rulebook, &it.witness).rule, it.rule);
    }
    for it in &proof.holes {
        let decided = decide(rulebook, &it.witness);
        assert_eq!(decided.rule, rulebook.table().otherwise.id, "{it:#?}");
    }
    for it in &proof.catch_all {
        assert_eq!(decide(rulebook, &it.witness).rule, it.rule, "{it:#?}");
    }
    for it in &proof.unlawful {
        let decided = decide(rulebook, &it.witness);
        assert_eq!(decided.rule, it.rule, "{it:#?}");
        assert_eq!(decided.disposition, Disposition::Ready, "{it:#?}");
        assert_eq!(decided.payer, it.payer, "{it:#?}");
    }
    let flaws = [
        proof.holes.len(),
        proof.catch_all.len(),
        proof.shadowed.len(),
        proof.unlawful.len(),
    ];
    assert_eq!(proof.sound, flaws == [0; 4]);
    assert!(flaws.iter().all(|it| *it <= 20));
    proof
}

/// The shipped rulebook with a change.
fn changed(change: impl FnOnce(&mut Value)) -> Rulebook {
    let mut table = serde_json::to_value(ONTARIO.table()).unwrap();
    change(&mut table);
    Rulebook::parse(&table.to_string()).unwrap()
}

/// The place of a rule, check or billing order.
fn place(table: &Value, section: &str, id: &str) -> usize {
    let entries = table[section].as_array().unwrap();
    entries.iter().position(|entry| entry["id"] == id).unwrap()
}

fn remove(table: &mut Value, section: &str, id: &str) {
    let place = place(table, section, id);
    table[section].as_array_mut().unwrap().remove(place);
}

fn rule<'t>(table: &'t mut Value, id: &str) -> &'t mut Value {
    let place = place(table, "rules", id);
    &mut table["rules"][place]
}

/// Puts a rule before all others.
fn first(table: &mut Value, when: Value, then: Value) {
    add(table, 0, "the-new-one", when, then);
}

fn add(table: &mut Value, place: usize, id: &str, when: Value, then: Value) {
    let rule = json!({"id": id, "when": when, "then": then, "because": "A test.", "basis": "A test."});
    table["rules"].as_array_mut().unwrap().insert(place, rule);
}

fn outcome(payer: &str, disposition: &str) -> Value {
    json!({"decide": {"payer": payer, "disposition": disposition}})
}

/// The invariants that a rulebook breaks, with the rules.
fn broken(rulebook: &Rulebook) -> Vec<(Invariant, String)> {
    let unlawful = prove(rulebook).unlawful;
    let pairs = unlawful.iter().map(|it| (it.invariant, it.rule.to_string()));
    pairs.collect()
}

#[test]
fn the_shipped_rulebook_is_proved() {
    let proof = prove(&ONTARIO);
    assert!(proof.sound);
    let proved = proof.rules.iter().map(|it| &it.rule);
    assert!(proved.eq(ONTARIO.table().rules.iter().map(|it| &it.id)));
}

#[test]
fn a_hole_is_described_as_widely_as_it_is() {
    let proof = prove(&changed(|it| remove(it, "rules", "private-silent")));
    assert!(!proof.sound && !proof.more_holes);
    let [hole] = proof.holes.as_slice() else {
        panic!("one hole: {:#?}", proof.holes)
    };
    assert_eq!(
        serde_json::to_value(&hole.when).unwrap(),
        json!({
            "service": ["other"],
            "ohip_insured": ["no", "unknown"],
            "cause": ["none", "other"],
            "private": ["active", "denied"],
            "private_plan": ["none", "silent"],
        })
    );
    assert_eq!(hole.detail, "No rule matches; only `no-rule` is left.");
    assert!(hole.witness.facts.contains(
        &"The private plan is active and does not say what it covers.".to_owned()
    ));
}

#[test]
fn a_hole_between_two_days_has_its_days() {
    let missing = json!({"from": "2026-07-01", "before": "2026-08-01"});
    let proof = prove(&changed(|it| {
        let unapproved = rule(it, "mva-unapproved");
        unapproved["when"]["accident_date"] = json!({"before": "2026-07-01"});
        let mut later = unapproved.clone();
        later["id"] = json!("mva-unapproved-later");
        later["when"]["accident_date"] = json!({"from": "2026-08-01"});
        it["rules"].as_array_mut().unwrap().push(later);
    }));
    let [hole] = proof.holes.as_slice() else {
        panic!("one hole: {:#?}", proof.holes)
    };
    let when = serde_json::to_value(&hole.when).unwrap();
    assert_eq!(when["accident_date"], missing);
    assert_eq!(hole.witness.claim["accident"]["date"], "2026-07-01");
}

#[test]
fn a_rule_that_fills_a_hole_needs_just_its_conditions() {
    let holey = |it: &mut Value| remove(it, "rules", "mva-unapproved");
    let hole = prove(&changed(holey)).holes.remove(0);
    let filled = changed(|it| {
        holey(it);
        let when = serde_json::to_value(&hole.when).unwrap();
        add(it, 40, "filler", when, outcome("mva", "needs_review"));
    });
    assert!(prove(&filled).sound);
}

#[test]
fn a_catch_all_hides_no_hole() {
    for when in [json!({}), json!({"pregnant": ["yes", "no"]}), json!({"private": ["none", "active", "pending"]})] {
        let proof = prove(&changed(|it| {
            remove(it, "rules", "wsib-no-claim-number");
            let last = it["rules"].as_array().unwrap().len();
            add(it, last, "rest", when, outcome("uncovered", "needs_review"));
        }));
        assert!(proof.holes.is_empty() && !proof.sound);
        let [caught] = proof.catch_all.as_slice() else {
            panic!("one catch-all: {:#?}", proof.catch_all)
        };
        assert_eq!(&*caught.rule, "rest");
        assert!(caught.witness.facts.contains(
            &"The WSIB coverage is active, without a claim number.".to_owned()
        ));
    }
}

#[test]
fn a_shadowed_rule_names_what_hides_it() {
    let proof = prove(&changed(|it| {
        let when = json!({"cause": ["auto", "work"], "private": ["active"], "auto": ["denied", "none"],
            "wsib": ["denied", "none"], "ohip_insured": ["no"], "service": ["other"]});
        add(it, 10, "hidden", when, outcome("private", "ready"));
    }));
    assert!(!proof.sound);
    let [shadowed] = proof.shadowed.as_slice() else {
        panic!("one shadowed rule: {:?}", proof.shadowed)
    };
    assert_eq!(&*shadowed.rule, "hidden");
    assert_eq!(
        shadowed.hidden_by.iter().map(|it| &**it).collect::<Vec<_>>(),
        ["auto-denied-private", "wsib-denied-private", "auto-coverage-missing", "wsib-coverage-missing"]
    );
    assert!(shadowed.never.is_empty());
    assert!(proof.rules.iter().all(|it| &*it.rule != "hidden"));
}

#[test]
fn a_rule_that_no_claim_meets_says_why() {
    let why = |when: Value| {
        let proof = prove(&changed(|it| first(it, when, outcome("mva", "needs_review"))));
        let shadowed = proof.shadowed.into_iter().next().unwrap();
        assert!(shadowed.hidden_by.is_empty());
        shadowed.never
    };
    assert_eq!(
        why(json!({"cause": ["work"], "caused_by_work": ["no"]})),
        ["a work injury is caused by work"]
    );
    assert_eq!(
        why(json!({"cause": ["none"], "accident_date": {"before": "2026-01-01"}})),
        ["without an accident there is no place of it"]
    );
    assert_eq!(
        why(json!({"accident_date": {"from": "2027-01-01", "before": "2026-01-01"}})),
        ["no day lies in its period of accident dates"]
    );
    assert_eq!(
        why(json!({"service": ["plasma"], "preauthorization": ["approved"], "private": ["none"],
            "cause": ["none"]})),
        ["without an insurer of the accident and a private plan nobody gives an approval"]
    );
}

#[test]
fn what_follows_where_there_may_be_nothing_to_follow_is_a_hole() {
    let proof = prove(&changed(|it| {
        let follow = json!({"follow": "strictest_stem_cell_item"});
        first(it, json!({"category": ["consultation"], "age": ["minor"]}), follow);
    }));
    assert!(proof.holes[0].detail.starts_with("`the-new-one` follows the claim's stem cells"));
    // It decides nothing for certain, and no other rule is to blame.
    assert_eq!(&*proof.shadowed[0].rule, "the-new-one");
    assert!(proof.shadowed[0].hidden_by.is_empty());
    assert_eq!(proof.shadowed[0].never.len(), 1);
}

#[test]
fn stem_cells_that_follow_themselves_are_a_hole() {
    let proof = prove(&changed(|it| {
        let stem_cells = json!(["follows_stem_cells", "stem_cells"]);
        rule(it, "follows-stem-cells")["when"]["service"] = stem_cells;
    }));
    assert!(!proof.holes.is_empty());
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
    assert_eq!(broken(&rulebook), expected.map(|(it, rule)| (it, rule.to_owned())));
}

#[test]
fn stem_cells_are_for_adults_who_are_not_pregnant() {
    let unguarded = |check: &str| broken(&changed(|it| remove(it, "checks", check)));
    let rules = |broken: &[(Invariant, String)]| -> Vec<String> {
        broken.iter().map(|(_, rule)| rule.clone()).collect()
    };
    let minor = unguarded("minor");
    assert!(minor.iter().all(|(it, _)| *it == Invariant::StemCellsNeverForMinors));
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
    assert!(pregnant.iter().all(|(it, _)| *it == Invariant::StemCellsNeverInPregnancy));
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
    assert_eq!(broken(&pending), [(unapproved, "mva-stem-cell-pending".to_owned())]);
    // The private plan's approval is none of WSIB's.
    let another = changed(|it| {
        rule(it, "private-stem-cell-approved")["then"] = outcome("wsib", "ready");
    });
    assert_eq!(broken(&another), [(unapproved, "private-stem-cell-approved".to_owned())]);
}

#[test]
fn what_ohip_insures_is_charged_to_nobody_else() {
    let without = changed(|it| remove(it, "rules", "ohip-insured"));
    let broken = broken(&without);
    assert!(broken.iter().all(|(it, _)| *it == Invariant::OhipInsuredNeverCharged));
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
    let unlawful = proof.unlawful.iter().find(|it| &*it.rule == "no-rule").unwrap();
    assert_eq!(unlawful.invariant, Invariant::WorkNeverBilledToThePatient);
    assert_eq!(unlawful.payer, Payer::Uncovered);
    assert_eq!(unlawful.detail, "`no-rule` makes the item `uncovered` and `ready`.");
}

#[test]
fn a_rulebook_without_rules_is_one_hole() {
    let proof = prove(&changed(|it| it["rules"] = json!([])));
    let [hole] = proof.holes.as_slice() else {
        panic!("one hole: {:#?}", proof.holes)
    };
    assert_eq!(serde_json::to_value(&hole.when).unwrap(), json!({}));
}

#[test]
fn flaws_beyond_twenty_are_counted_not_listed() {
    let proof = prove(&changed(|it| {
        for index in 0..25 {
            let when = json!({"cause": ["work"], "caused_by_work": ["no"]});
            add(it, 0, &format!("dead-{index}"), when, outcome("mva", "ready"));
        }
        for id in ["mva-unapproved", "private-silent"] {
            remove(it, "rules", id);
        }
    }));
    assert_eq!((proof.shadowed.len(), proof.more_shadowed), (20, true));
    assert_eq!((proof.holes.len(), proof.more_holes), (2, false));
}

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
    assert_eq!(ours.rule, theirs.rule);
    assert_ne!(ours.billing_order, theirs.billing_order);
    assert!(difference.detail.contains(&format!("of {}", ONTARIO.version().version)));
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
        outcome.as_object_mut().unwrap().remove("required_documents");
    });
    assert!(ONTARIO.difference(&unpapered).unwrap().is_some());
    let calmer = changed(|it| {
        let findings = it["findings"].as_array_mut().unwrap();
        let observed = findings.iter_mut().find(|it| it["code"] == "accident_missing");
        observed.unwrap()["severity"] = json!("info");
    });
    let difference = ONTARIO.difference(&calmer).unwrap().unwrap();
    assert_eq!(difference.witness, None);
    assert_eq!(difference.detail, "The finding `accident_missing` matters differently.");
}
