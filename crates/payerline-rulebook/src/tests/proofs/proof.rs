//! What is proved of rulebooks, sound ones and flawed ones. Every witness is decided as the proof says.

use serde_json::{Value, json};

use crate::tests::ONTARIO;
use crate::{
    decide::compiled::Rulebook,
    proof::{Proof, Witness},
};
use payerline_domain::{
    claims::{
        decision::{Assessment, ItemDecision},
        item::Category,
        outside_facts::{OutsideFacts, PossibleDuplicate},
        payer::Disposition,
        submission::Submission,
    },
    parse::decode::Decode,
    preauthorizations::{Ledger, PreauthorizationEntry},
    values::{closed_enum::ClosedEnum, money::Cents, time::Day},
};

/// What a rulebook decides about the first item of a witness.
pub fn decide(rulebook: &Rulebook, witness: &Witness) -> ItemDecision {
    let (claim, approvals) = (&witness.claim, &witness.preauthorizations);
    let assessed = decide_claim(
        rulebook,
        claim,
        approvals,
        (&witness.possible_duplicates, witness.review_outdated),
        witness.today,
    );
    assessed.decision.items.into_iter().next().unwrap()
}

/// What a rulebook decides about a claim submitted on a day.
pub fn decide_claim(
    rulebook: &Rulebook,
    claim: &Value,
    preauthorizations: &[Value],
    (possible_duplicates, review_outdated): (&[PossibleDuplicate], bool),
    today: Day,
) -> Assessment {
    let claim = Submission::parse(&serde_json::to_vec(claim).unwrap(), today).unwrap();
    let entry = |it| PreauthorizationEntry::parse(&serde_json::to_vec(it).unwrap()).unwrap();
    let outside = OutsideFacts {
        today,
        ledger: Ledger {
            preauthorizations: preauthorizations.iter().map(entry).collect(),
            drawn: Vec::new(),
        },
        possible_duplicates: possible_duplicates.to_vec(),
        minor_injury_cents: Cents::default(),
        review_outdated,
    };
    rulebook.decide(&claim, &outside).unwrap()
}

/// Proves a rulebook and holds every witness against it.
pub fn prove(rulebook: &Rulebook) -> Proof {
    let proof = rulebook.prove().unwrap();
    for it in &proof.rules {
        assert_eq!(decide(rulebook, &it.witness).grounds.rule, it.rule);
    }
    for it in &proof.holes {
        let decided = decide(rulebook, &it.witness);
        assert_eq!(
            decided.grounds.rule,
            rulebook.table().otherwise.id,
            "{it:#?}"
        );
    }
    for it in &proof.catch_all {
        assert_eq!(
            decide(rulebook, &it.witness).grounds.rule,
            it.rule,
            "{it:#?}"
        );
    }
    for it in &proof.unlawful {
        let decided = decide(rulebook, &it.witness);
        assert_eq!(decided.grounds.rule, it.rule, "{it:#?}");
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
pub fn changed(change: impl FnOnce(&mut Value)) -> Rulebook {
    let mut table = serde_json::to_value(ONTARIO.table()).unwrap();
    change(&mut table);
    Rulebook::parse(&table.to_string()).unwrap()
}

/// The place of a rule, check or billing order.
pub fn place(table: &Value, section: &str, id: &str) -> usize {
    let entries = table[section].as_array().unwrap();
    entries.iter().position(|entry| entry["id"] == id).unwrap()
}

pub fn remove(table: &mut Value, section: &str, id: &str) {
    let place = place(table, section, id);
    table[section].as_array_mut().unwrap().remove(place);
}

pub fn rule<'t>(table: &'t mut Value, id: &str) -> &'t mut Value {
    let place = place(table, "rules", id);
    &mut table["rules"][place]
}

/// Puts a rule before all others.
pub fn first(table: &mut Value, when: Value, then: Value) {
    add(table, 0, "the-new-one", when, then);
}

pub fn add(table: &mut Value, place: usize, id: &str, when: Value, then: Value) {
    let rule =
        json!({"id": id, "when": when, "then": then, "because": "A test.", "basis": "A test."});
    table["rules"].as_array_mut().unwrap().insert(place, rule);
}

pub fn outcome(payer: &str, disposition: &str) -> Value {
    json!({"decide": {"payer": payer, "disposition": disposition}})
}

#[test]
fn the_shipped_rulebook_is_proved() {
    let proof = prove(&ONTARIO);
    assert!(proof.sound);
    let proved = proof.rules.iter().map(|it| &it.rule);
    assert!(proved.eq(ONTARIO.table().rules.iter().map(|it| &it.id)));
}

/// Categories of an item, all but some.
fn categories_but(these: &[&str]) -> Value {
    let words = Category::ALL.iter().map(|it| it.word());
    words.filter(|it| !these.contains(it)).collect()
}

#[test]
fn a_hole_is_described_as_widely_as_it_is() {
    let proof = prove(&changed(|it| remove(it, "rules", "private-silent")));
    assert!(!proof.sound && !proof.more_holes);
    let [hole] = proof.holes.as_slice() else {
        panic!("one hole: {:#?}", proof.holes)
    };
    // Of the categories that other services have, missed appointments have rules of their own.
    let categories = [
        "stem_cell_therapy",
        "platelet_rich_plasma",
        "missed_appointment",
    ];
    assert_eq!(
        serde_json::to_value(&hole.when).unwrap(),
        json!({
            "service": ["other"],
            "category": categories_but(&categories),
            "ohip_insured": ["no", "unknown"],
            "requested_by": ["patient"],
            "cause": ["none", "other"],
            "private": ["active"],
            "private_plan": ["silent"],
        })
    );
    assert_eq!(hole.detail, "No rule matches; only `no-rule` is left.");
    assert!(hole.witness.facts.contains(
        &"The private plan is active and does not say whether it covers the service.".to_owned()
    ));
}

#[test]
fn a_hole_between_two_days_has_its_days() {
    let missing = json!({"from": "2026-07-01", "before": "2026-08-01"});
    let proof = prove(&changed(|it| {
        let unapproved = rule(it, "mva-plasma-unapproved");
        unapproved["when"]["accident_date"] = json!({"before": "2026-07-01"});
        let mut later = unapproved.clone();
        later["id"] = json!("mva-plasma-unapproved-later");
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

/// Without the first rule there is one hole, without the second there are several.
#[test]
fn rules_that_fill_holes_need_just_their_conditions() {
    for (missing, are_several) in [("mva-plasma-unapproved", false), ("mva-unapproved", true)] {
        let holey = |it: &mut Value| remove(it, "rules", missing);
        let Proof {
            holes, more_holes, ..
        } = prove(&changed(holey));
        assert_eq!((holes.len() > 1, more_holes), (are_several, false));
        let filled = changed(|it| {
            holey(it);
            for (index, hole) in holes.iter().enumerate() {
                let (id, when) = (
                    format!("filler-{index}"),
                    serde_json::to_value(&hole.when).unwrap(),
                );
                add(it, 40 + index, &id, when, outcome("mva", "needs_review"));
            }
        });
        assert!(prove(&filled).sound, "{missing}");
    }
}

#[test]
fn a_catch_all_hides_no_hole() {
    for when in [
        json!({}),
        json!({"pregnant": ["yes", "no"]}),
        json!({"private": ["none", "active", "pending"]}),
    ] {
        let proof = prove(&changed(|it| {
            for id in [
                "wsib-no-claim-number-mental-stress",
                "wsib-no-claim-number",
                "wsib-no-claim-number-other",
            ] {
                remove(it, "rules", id);
            }
            let last = it["rules"].as_array().unwrap().len();
            add(it, last, "rest", when, outcome("uncovered", "needs_review"));
        }));
        assert!(proof.holes.is_empty() && !proof.sound);
        let [caught] = proof.catch_all.as_slice() else {
            panic!("one catch-all: {:#?}", proof.catch_all)
        };
        assert_eq!(&*caught.rule, "rest");
        assert!(
            caught
                .witness
                .facts
                .contains(&"The WSIB coverage is active, without a claim number.".to_owned())
        );
    }
}

#[test]
fn a_shadowed_rule_names_what_hides_it() {
    let proof = prove(&changed(|it| {
        let when = json!({"cause": ["auto", "work"], "private": ["active"], "auto": ["denied", "none"],
            "wsib": ["denied", "none"], "ohip_insured": ["no"], "service": ["other"],
            "requested_by": ["patient"]});
        let behind = place(it, "rules", "wsib-coverage-missing") + 1;
        add(it, behind, "hidden", when, outcome("private", "ready"));
    }));
    assert!(!proof.sound);
    let [shadowed] = proof.shadowed.as_slice() else {
        panic!("one shadowed rule: {:?}", proof.shadowed)
    };
    assert_eq!(&*shadowed.rule, "hidden");
    assert_eq!(
        shadowed
            .hidden_by
            .iter()
            .map(|it| &**it)
            .collect::<Vec<_>>(),
        [
            "auto-denied-private",
            "wsib-denied-private",
            "auto-coverage-missing",
            "wsib-coverage-missing"
        ]
    );
    assert!(shadowed.never.is_empty());
    assert!(proof.rules.iter().all(|it| &*it.rule != "hidden"));
}

#[test]
fn a_rule_that_no_claim_meets_says_why() {
    let why = |when: Value| {
        let proof = prove(&changed(|it| {
            first(it, when, outcome("mva", "needs_review"))
        }));
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
        why(json!({"accident_date": {"before": "0001-01-01"}})),
        ["no day lies in its period of accident dates"]
    );
    assert_eq!(
        why(
            json!({"service": ["plasma"], "preauthorization": ["approved"], "private": ["none"],
            "cause": ["none"]})
        ),
        ["without an insurer of the accident and a private plan nobody gives an approval"]
    );
    assert_eq!(
        why(json!({"category": ["missed_appointment"], "preauthorization": ["approved"]})),
        ["by `appointment-missed` the item relies on no approval"]
    );
}

#[test]
fn what_follows_where_there_may_be_nothing_to_follow_is_a_hole() {
    let proof = prove(&changed(|it| {
        let follow = json!({"follow": "strictest_stem_cell_item"});
        first(
            it,
            json!({"category": ["consultation"], "age": ["minor"]}),
            follow,
        );
    }));
    assert!(
        proof.holes[0]
            .detail
            .starts_with("`the-new-one` follows a stem-cell item, but")
    );
    // Beside stem cells it decides, so it is not shadowed; but no claim shows it for certain.
    assert!(proof.shadowed.is_empty());
    assert!(proof.rules.iter().all(|it| &*it.rule != "the-new-one"));
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
            add(
                it,
                0,
                &format!("dead-{index}"),
                when,
                outcome("mva", "ready"),
            );
        }
        for id in ["mva-plasma-unapproved", "private-silent"] {
            remove(it, "rules", id);
        }
    }));
    assert_eq!((proof.shadowed.len(), proof.more_shadowed), (20, true));
    assert_eq!((proof.holes.len(), proof.more_holes), (2, false));
}
