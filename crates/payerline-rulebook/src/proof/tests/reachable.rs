//! The list of what cannot be, held against real claims in both directions.

use proptest::prelude::*;

use super::{CUT_OFTEN, reachable_point, space_and_verdicts};
use crate::{
    decide::facts::ClaimFacts,
    proof::{diagram::Diagrams, verdicts::Verdict, witness::witness},
    table::{
        insurers::Insurers,
        vocabulary::{Facts, Impossible, impossible},
    },
    tests::{
        decided::{golden::CASES, properties::many},
        generate::claim_and_ledger,
        holds,
    },
};
use payerline_domain::{
    claims::submission::Submission,
    parse::decode::Decode,
    preauthorizations::{Ledger, PreauthorizationEntry},
};

/// The insurers of which facts are in these tests.
fn insurers() -> &'static Insurers {
    &CUT_OFTEN.insurers
}

/// Why no claim has these facts, as the list says.
fn why_not(facts: &Facts) -> Vec<&'static str> {
    let insurers = insurers();
    let list = impossible(insurers);
    let violated = list.iter().filter(|it| holds(&it.when, facts, insurers));
    violated.map(|it| it.because).collect()
}

/// The facts of the first item of a witness with these facts, gathered as for any claim.
fn there_and_back(facts: &Facts) -> Facts {
    let witness = witness(facts, insurers());
    let body = serde_json::to_vec(&witness.claim).unwrap();
    let claim = Submission::parse(&body, witness.today)
        .unwrap_or_else(|why| panic!("{why:?}\n{facts:#?}\n{:#}", witness.claim));
    let entry = |it| PreauthorizationEntry::parse(&serde_json::to_vec(it).unwrap()).unwrap();
    let ledger = Ledger {
        preauthorizations: witness.preauthorizations.iter().map(entry).collect(),
    };
    ClaimFacts::gather(&claim, &ledger, insurers()).items[0].facts
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_048, ..many() })]

    #[test]
    fn no_real_claim_has_facts_that_cannot_be(given in claim_and_ledger()) {
        for item in ClaimFacts::gather(&given.submission, &given.ledger, insurers()).items {
            let why_not = why_not(&item.facts);
            prop_assert!(why_not.is_empty(), "{why_not:?}\n{:#?}", item.facts);
        }
    }
}

#[test]
fn no_golden_case_has_facts_that_cannot_be() {
    for (name, case) in CASES.iter() {
        let ledger = Ledger {
            preauthorizations: case.preauthorizations.clone(),
        };
        for item in ClaimFacts::gather(&case.claim, &ledger, insurers()).items {
            assert_eq!(why_not(&item.facts), [""; 0], "{name}");
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
                assert_eq!(there_and_back(&facts), facts);
                pairs += 1;
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
