//! The diagram says of every combination what the list of the impossible and the rules say of it.

use proptest::{prelude::*, test_runner::TestRunner};

use super::{CUT_OFTEN, nearly_reachable_point, reachable_point, space_and_verdicts};
use crate::{
    decide::{
        compiled::Rulebook,
        prepared::{CompiledOutcome, CompiledRule},
    },
    proof::{
        diagram::Point,
        space::Space,
        verdicts::{Verdict, Verdicts},
    },
    table::vocabulary::{ApprovalState, Facts, When, impossible},
    tests::{decided::properties::many, holds},
};

/// What should be said, found without a diagram.
fn expected(rulebook: &Rulebook, facts: &Facts) -> Verdict {
    let insurers = &rulebook.reading.insurers;
    let is_impossible = impossible(insurers)
        .iter()
        .any(|it| holds(&it.when, facts, insurers));
    let mut needless = rulebook.table().without_approval.iter();
    let relies_needlessly = facts.approval.preauthorization != ApprovalState::None
        && needless.any(|it| holds(&it.when, facts, insurers));
    if is_impossible || relies_needlessly {
        return Verdict::Unreachable;
    }
    match rulebook.first_ruling(facts) {
        Some(ruling) => {
            let mut rules = rulebook.table().rules.iter();
            let (CompiledRule::Follow(grounds)
            | CompiledRule::Decide(CompiledOutcome { grounds, .. })) = ruling;
            let place = rules.position(|it| it.id == grounds.rule);
            Verdict::Rule(place.unwrap())
        }
        None => Verdict::Otherwise,
    }
}

fn check(
    rulebook: &Rulebook,
    (space, verdicts): &(Space, Verdicts),
    points: &impl Strategy<Value = Point>,
) {
    let config = ProptestConfig {
        cases: 2_048,
        ..many()
    };
    let checked = TestRunner::new(config).run(points, |point| {
        let said = verdicts.root.answers(&space.only(&point).extent());
        let facts = space.facts(&point);
        let expected = expected(rulebook, &facts);
        prop_assert_eq!(said, vec![&expected]);
        Ok(())
    });
    checked.unwrap();
}

#[test]
fn combinations_that_can_be_or_just_cannot_have_their_verdict() {
    let made = space_and_verdicts(&CUT_OFTEN);
    check(&CUT_OFTEN, &made, &nearly_reachable_point(&made.0, &made.1));
}

#[test]
fn every_combination_that_can_be_has_the_verdict_of_the_first_rule_that_matches() {
    let made = space_and_verdicts(&CUT_OFTEN);
    check(&CUT_OFTEN, &made, &reachable_point(&made.0, &made.1));
}

#[test]
fn conditions_are_read_back_from_where_they_hold() {
    let table = CUT_OFTEN.table();
    let space = Space::new(&[table]);
    for rule in &table.rules {
        let region = space.region(&rule.when);
        let read = space.conditions(&region);
        assert_eq!(space.region(&read), region, "{}", rule.id);
    }
    let everything = space.conditions(&space.everything());
    assert_eq!(everything, When::default());
}
