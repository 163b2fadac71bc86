//! Whether two rulebooks decide every claim alike, and where they do not.

use std::time::{Duration, Instant};

use serde_json::json;

use super::proof::{changed, decide_claim, place, remove, rule};
use crate::{
    decide::compiled::Rulebook,
    proof::{Aspect, Differences, DifferentDecision},
    table::findings::Observation,
    tests::ONTARIO,
};
use payerline_domain::{
    claims::{
        billing::BillTo,
        decision::{Assessment, Severity},
        payer::{Disposition, Payer},
    },
    values::closed_enum::ClosedEnum,
};

/// More steps than any rulebook here needs.
const STEPS: u64 = 2_000_000;

/// The differences between two rulebooks, each example decided by both as it says.
pub fn differences(from: &Rulebook, to: &Rulebook) -> Differences {
    let found = from.differences(to, STEPS);
    for it in &found.differences {
        assert_decided_differently(from, to, it);
    }
    found
}

/// The most important difference between two rulebooks.
pub fn first_difference(from: &Rulebook, to: &Rulebook) -> DifferentDecision {
    differences(from, to)
        .differences
        .into_iter()
        .next()
        .unwrap()
}

pub fn decide_alike(from: &Rulebook, to: &Rulebook) -> bool {
    let found = from.differences(to, STEPS);
    found.complete && found.differences.is_empty()
}

fn assert_decided_differently(from: &Rulebook, to: &Rulebook, it: &DifferentDecision) {
    let sides = [(from, &it.from), (to, &it.to)].map(|(rulebook, said)| {
        let (claim, approvals) = (&it.example.claim, &it.example.preauthorizations);
        let assessed = decide_claim(
            rulebook,
            claim,
            approvals,
            (&it.example.possible_duplicates, it.example.review_outdated),
            it.example.today,
        );
        let first = &assessed.decision.items[0];
        assert_eq!(first.payer, said.payer, "{it:#?}");
        assert_eq!(first.disposition, said.disposition, "{it:#?}");
        assert_eq!(first.grounds.rule, said.rule, "{it:#?}");
        assessed
    });
    let [ours, theirs] = sides.each_ref().map(parts);
    let differing = (Aspect::ALL.iter().zip(ours).zip(theirs))
        .filter(|((_, one), other)| one != other)
        .map(|((aspect, _), _)| *aspect);
    assert_eq!(differing.collect::<Vec<_>>(), it.differs_in, "{it:#?}");
    assert!(!it.differs_in.is_empty() && !it.situation.is_empty());
}

/// What is decided about the first item and found about the claim, in the order of the aspects.
fn parts(assessed: &Assessment) -> [String; 5] {
    let item = &assessed.decision.items[0];
    let findings = assessed.decision.findings.iter();
    let mut findings: Vec<(String, String, Severity)> = findings
        .map(|it| (it.code.to_string(), it.pointer.clone(), it.severity))
        .collect();
    findings.sort();
    let third_party = item.bill_to == Some(BillTo::ThirdParty);
    [
        format!("{:?}", item.payer),
        format!("{:?}", item.disposition),
        format!(
            "{:?} {:?} {third_party}",
            item.billing_order.payers(),
            item.coverage
        ),
        format!("{:?}", item.grounds.required_documents),
        format!("{findings:?}"),
    ]
}

#[test]
fn a_rulebook_decides_every_claim_as_itself() {
    assert!(decide_alike(&ONTARIO, &ONTARIO));
}

#[test]
fn words_and_names_make_no_difference() {
    let reworded = changed(|it| {
        it["version"] = json!("2027.1");
        rule(it, "uncovered")["because"] = json!("You pay.");
        rule(it, "uncovered")["id"] = json!("patient-pays");
        it["findings"][0]["detail"] = json!("Too young.");
    });
    assert!(decide_alike(&ONTARIO, &reworded));
}

#[test]
fn a_difference_is_shown_on_a_claim() {
    let other = changed(|it| {
        let order = place(it, "billing_orders", "bill-private-first-before-july-2026");
        it["billing_orders"][order]["when"]["accident_date"] = json!({"before": "2026-07-02"});
    });
    let found = differences(&ONTARIO, &other);
    assert!(found.complete, "{found:#?}");
    assert!(!found.differences.is_empty());
    for it in found.differences {
        assert_eq!(it.example.claim["accident"]["date"], "2026-07-01");
        assert_eq!(it.differs_in, [Aspect::BillingOrder]);
        assert_eq!(it.from, it.to);
        assert!(
            it.situation.contains("on 2026-07-01 is reported"),
            "{}",
            it.situation
        );
    }
}

/// Who is billed counts, also where no insurer is and where it is not the payer's own coverage.
#[test]
fn who_is_billed_makes_a_difference() {
    let to_patient = changed(|it| {
        rule(it, "third-party")["then"]["decide"]["bill_to"] = json!("patient");
    });
    let unnamed = changed(|it| {
        let outcome = &mut rule(it, "federal-program")["then"]["decide"];
        outcome.as_object_mut().unwrap().remove("billed_coverage");
    });
    for other in [to_patient, unnamed] {
        let difference = first_difference(&ONTARIO, &other);
        assert_eq!(difference.differs_in, [Aspect::BillingOrder]);
    }
    // Tables that do not say so bill the patient for what is ready and has no payer.
    let unsaid = changed(|it| {
        let outcome = &mut rule(it, "uncovered")["then"]["decide"];
        outcome.as_object_mut().unwrap().remove("bill_to");
    });
    assert!(decide_alike(&ONTARIO, &unsaid));
}

/// Where a table has items rely on no approval, it reads claims in another way; words and order make no difference.
#[test]
fn tables_that_read_claims_alike_are_compared_completely() {
    let reworded = changed(|it| {
        let entries = it["without_approval"].as_array_mut().unwrap();
        entries.reverse();
        entries[0]["id"] = json!("another-name");
        entries[0]["basis"] = json!("Another source.");
    });
    assert!(decide_alike(&ONTARIO, &reworded));
    let relying = changed(|it| remove(it, "without_approval", "appointment-missed"));
    let found = differences(&ONTARIO, &relying);
    assert!(!found.complete, "{found:#?}");
    let unasked = changed(|it| remove(it, "checks", "employer-not-covered"));
    assert!(!differences(&ONTARIO, &unasked).complete);
}

#[test]
fn findings_and_documents_make_a_difference() {
    let quieter = changed(|it| {
        let check = place(it, "checks", "experimental-exclusion");
        it["checks"][check]["when"]["age"] = json!(["adult"]);
    });
    let difference = first_difference(&ONTARIO, &quieter);
    assert_eq!(difference.differs_in, [Aspect::Findings]);
    assert!(difference.situation.contains("The patient is under 18."));
    let unpapered = changed(|it| {
        let outcome = &mut rule(it, "wsib-no-claim-number")["then"]["decide"];
        outcome
            .as_object_mut()
            .unwrap()
            .remove("required_documents");
    });
    let difference = first_difference(&ONTARIO, &unpapered);
    assert_eq!(difference.differs_in, [Aspect::RequiredDocuments]);
}

/// Each finding that Payerline reports by itself has an example.
#[test]
fn the_severity_of_every_observation_makes_a_difference() {
    for observation in Observation::ALL.iter().map(|it| it.word()) {
        let louder = changed(|it| {
            let findings = it["findings"].as_array_mut().unwrap();
            let observed = findings.iter_mut().find(|it| it["code"] == observation);
            let observed = observed.unwrap();
            let is_info = observed["severity"] == "info";
            observed["severity"] = json!(if is_info { "review" } else { "info" });
        });
        let found = differences(&ONTARIO, &louder);
        let [difference] = found.differences.as_slice() else {
            panic!("{observation}: {found:#?}")
        };
        assert!(found.complete);
        assert_eq!(difference.differs_in, [Aspect::Findings]);
        let told = ONTARIO.table().finding(observation).unwrap();
        assert_eq!(difference.situation, *told.detail);
    }
}

#[test]
fn changes_of_the_payer_come_first() {
    let changed = changed(|it| {
        let check = place(it, "checks", "experimental-exclusion");
        it["checks"][check]["when"]["age"] = json!(["adult"]);
        rule(it, "uncovered")["then"]["decide"]["payer"] = json!("private");
    });
    let found = differences(&ONTARIO, &changed);
    let first = &found.differences[0];
    assert!(first.differs_in.contains(&Aspect::Payer));
    assert_eq!(
        (first.from.payer, first.to.payer),
        (Payer::Uncovered, Payer::Private)
    );
    let order: Vec<Aspect> = found
        .differences
        .iter()
        .map(|it| it.differs_in[0])
        .collect();
    assert!(order.is_sorted(), "{order:?}");
    assert!(order.contains(&Aspect::Findings));
}

#[test]
fn claims_that_differ_in_the_same_way_are_one_situation() {
    let strict = changed(|it| {
        let check = json!({"id": "all-reviewed", "when": {}, "at_least": "needs_review", "basis": "A test."});
        it["checks"].as_array_mut().unwrap().push(check);
    });
    let found = differences(&ONTARIO, &strict);
    assert!(found.complete, "{found:#?}");
    let mut seen = Vec::new();
    for it in &found.differences {
        assert_eq!(it.to.disposition, Disposition::NeedsReview);
        assert_eq!(it.from.payer, it.to.payer);
        // A third party is no longer billed either.
        let key = (it.from.payer, it.from.disposition, it.differs_in.clone());
        assert!(!seen.contains(&key) || it.example.claim["items"][1].is_object());
        seen.push(key);
    }
}

#[test]
fn at_most_twenty_differences_are_listed() {
    let reviewed = changed(|it| {
        let rule = json!({"id": "adults-reviewed", "when": {"age": ["adult"]},
            "then": {"decide": {"payer": "uncovered", "disposition": "needs_review"}},
            "because": "A person looks.", "basis": "A test."});
        it["rules"].as_array_mut().unwrap().insert(0, rule);
    });
    let found = differences(&ONTARIO, &reviewed);
    assert_eq!(found.differences.len(), 20);
    assert!(!found.complete);
}

/// What follows is decided as its leader, so whether an example exists depends on the leader.
#[test]
fn a_difference_of_what_follows_is_shown_with_a_leader_of_the_payer_in_question() {
    for payer in ["mva", "wsib", "private", "uncovered"] {
        let strict = changed(|it| {
            let when = json!({"service": ["follows_stem_cells"], "payer": [payer]});
            let finding =
                json!({"code": "not_recommended_minor", "pointer": "/items/{item}/category"});
            let check =
                json!({"id": "looked-at", "when": when, "finding": finding, "basis": "A test."});
            it["checks"].as_array_mut().unwrap().push(check);
        });
        let difference = first_difference(&ONTARIO, &strict);
        assert_eq!(difference.from.payer.word(), payer);
    }
}

#[test]
fn a_comparison_ends_after_its_steps() {
    let other = changed(|it| rule(it, "uncovered")["then"]["decide"]["payer"] = json!("private"));
    let found = ONTARIO.differences(&other, 1_000);
    assert_eq!(
        found,
        Differences {
            differences: Vec::new(),
            complete: false
        }
    );
}

/// The shipped rules behind many that ask for four facts at random.
fn entangled(count: u64, seed: u64) -> Rulebook {
    let mut state = seed;
    let mut draw = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    let facts = [
        (
            "cause",
            vec!["none", "auto", "work", "auto_at_work", "other"],
        ),
        ("auto", vec!["none", "active", "pending", "denied"]),
        ("wsib", vec!["none", "active", "pending", "denied"]),
        ("private", vec!["none", "active", "pending"]),
        (
            "private_plan",
            vec!["none", "lists", "silent", "lists_others"],
        ),
        (
            "preauthorization",
            vec![
                "none",
                "denied",
                "expired",
                "pending",
                "insufficient",
                "approved",
            ],
        ),
        ("age", vec!["minor", "adult"]),
        ("pregnant", vec!["yes", "no"]),
        ("asepsis", vec!["yes", "no"]),
        ("accident_place", vec!["none", "ontario", "elsewhere"]),
    ];
    changed(|it| {
        for number in 0..count {
            let mut when = serde_json::Map::new();
            for _ in 0..4 {
                let (fact, values) = &facts[draw(facts.len())];
                when.insert((*fact).to_owned(), json!([values[draw(values.len())]]));
            }
            let payer = ["mva", "wsib", "private", "uncovered"][draw(4)];
            let rule = json!({"id": format!("random-{number}"), "when": when,
                "then": {"decide": {"payer": payer, "disposition": "needs_review"}},
                "because": "A test.", "basis": "A test."});
            it["rules"].as_array_mut().unwrap().insert(0, rule);
        }
    })
}

/// Prints how long comparisons of very entangled rules take, with the steps that the service allows. To repeat it:
/// `cargo test --release -p payerline-rulebook --lib comparisons_take -- --ignored --nocapture`.
#[test]
#[ignore = "measures time"]
fn comparisons_take_less_than_two_seconds() {
    for count in [0, 50, 100, 200, 450] {
        let (one, other) = (entangled(count, 1), entangled(count, 2));
        for (from, to) in [(&*ONTARIO, &one), (&one, &other)] {
            let begun = Instant::now();
            let found = from.differences(to, 500_000);
            let took = begun.elapsed();
            let (listed, complete) = (found.differences.len(), found.complete);
            eprintln!("{count} rules: {listed} listed, complete: {complete}, {took:?}");
            assert!(took < Duration::from_secs(2));
        }
    }
}
