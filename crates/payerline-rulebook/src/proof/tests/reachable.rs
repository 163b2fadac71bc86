//! The list of what cannot be, held against real claims in both directions.

use proptest::prelude::*;

use super::{CUT_OFTEN, reachable_point, space_and_verdicts};
use crate::{
    decide::facts::ClaimFacts,
    proof::{diagram::Diagrams, verdicts::Verdict, witness::witness},
    table::{
        insurers::Insurers,
        vocabulary::{BusinessDays, Facts, Impossible, LikelyInsured, impossible},
    },
    tests::{
        decided::{golden::CASES, properties::many},
        generate::claim_and_ledger,
        holds,
    },
};
use payerline_domain::{
    claims::{outside_facts::OutsideFacts, profession::Profession, submission::Submission},
    parse::decode::Decode,
    preauthorizations::{Ledger, PreauthorizationEntry},
    values::{money::Cents, time::Day},
};

/// The insurers of which facts are in these tests.
fn insurers() -> &'static Insurers {
    &CUT_OFTEN.reading.insurers
}

/// Why no claim has these facts, as the list and the rulebook say.
fn why_not(facts: &Facts) -> Vec<String> {
    let insurers = insurers();
    let impossible = impossible(insurers).into_iter();
    let impossible = impossible.map(|it| (it.when, it.because.to_owned()));
    let never_read = CUT_OFTEN.never_read().into_iter();
    let list = impossible.chain(never_read.map(|it| (it.when, it.because)));
    let violated = list.filter(|(when, _)| holds(when, facts, insurers));
    violated.map(|(_, because)| because).collect()
}

/// False for days that the list does not tell apart, which no claim has: services in the first days after an accident
/// long ago, and a nurse practitioner's from before April 2026 long after an accident.
fn has_usual_days(facts: &Facts) -> bool {
    let is_usual = |day: Day| (1930..9000).contains(&day.date().year());
    let is_early = facts.item.profession == Profession::NursePractitioner
        && facts.health.likely_ohip_insured != LikelyInsured::NursePractitioner;
    facts.accident_date.is_none_or(is_usual)
        && !(is_early && facts.accident.business_days == BusinessDays::Later)
}

/// The facts of the first item of a witness with these facts, gathered as for any claim.
fn there_and_back(facts: &Facts) -> Facts {
    let witness = witness(facts, insurers());
    let body = serde_json::to_vec(&witness.claim).unwrap();
    let claim = Submission::parse(&body, witness.today)
        .unwrap_or_else(|why| panic!("{why:?}\n{facts:#?}\n{:#}", witness.claim));
    let entry = |it| PreauthorizationEntry::parse(&serde_json::to_vec(it).unwrap()).unwrap();
    let outside = OutsideFacts {
        today: witness.today,
        ledger: Ledger {
            preauthorizations: witness.preauthorizations.iter().map(entry).collect(),
            drawn: Vec::new(),
        },
        possible_duplicates: witness.possible_duplicates.clone(),
        minor_injury_cents: Cents::default(),
        review_outdated: witness.review_outdated,
    };
    ClaimFacts::gather(&claim, &outside, &CUT_OFTEN.reading).items[0].facts
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_048, ..many() })]

    #[test]
    fn no_real_claim_has_facts_that_cannot_be(given in claim_and_ledger()) {
        for item in ClaimFacts::gather(&given.submission, &given.outside, &CUT_OFTEN.reading).items {
            let why_not = why_not(&item.facts);
            prop_assert!(why_not.is_empty(), "{why_not:?}\n{:#?}", item.facts);
        }
    }
}

#[test]
fn no_golden_case_has_facts_that_cannot_be() {
    for (name, case) in CASES.iter() {
        let outside = case.outside_facts();
        for item in ClaimFacts::gather(&case.claim, &outside, &CUT_OFTEN.reading).items {
            assert!(why_not(&item.facts).is_empty(), "{name}");
        }
    }
}

#[test]
fn facts_that_can_be_are_those_of_a_claim() {
    let (space, verdicts) = space_and_verdicts(&CUT_OFTEN);
    let config = ProptestConfig {
        cases: 2_048,
        ..many()
    };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let checked = runner.run(&reachable_point(&space, &verdicts), |point| {
        let facts = space.facts(&point);
        prop_assume!(has_usual_days(&facts));
        prop_assert_eq!(there_and_back(&facts), facts);
        Ok(())
    });
    checked.unwrap();
}

/// Whatever two values of two facts go together, a claim with both is made.
#[test]
fn two_values_that_go_together_are_those_of_a_claim() {
    let (space, verdicts) = space_and_verdicts(&CUT_OFTEN);
    let is_a_claim = |it: &Verdict| *it != Verdict::Unreachable;
    let slices: Vec<_> = space.slices(|_, _| true).collect();
    let mut pairs = 0;
    for (index, one) in slices.iter().enumerate() {
        for other in &slices[index..] {
            let within = one.and(other).extent();
            if let Some((point, _)) = verdicts.root.find(&within, space.order(), &is_a_claim) {
                let facts = space.facts(&point);
                if has_usual_days(&facts) {
                    assert_eq!(there_and_back(&facts), facts);
                    pairs += 1;
                }
            }
        }
    }
    assert!(pairs > 2_000, "{pairs} pairs");
}

/// Nothing on the list follows from the rest of it.
#[test]
fn nothing_is_listed_in_vain() {
    let (space, _) = space_and_verdicts(&CUT_OFTEN);
    let list = impossible(insurers());
    let regions: Vec<_> = list
        .iter()
        .map(|Impossible { when, .. }| space.region(when))
        .collect();
    for (index, own) in regions.iter().enumerate() {
        let others = regions.iter().enumerate().filter(|(it, _)| *it != index);
        let mut diagrams = Diagrams::default();
        let mut left = diagrams.leaf(true).unwrap();
        for (_, other) in others {
            left = diagrams.update(&left, &other.extent(), |_| false).unwrap();
        }
        let own = left.answers(&own.extent());
        assert!(own.contains(&&true), "{}", list[index].because);
    }
}
