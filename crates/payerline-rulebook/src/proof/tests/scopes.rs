//! Whose each fact is: an item's own, or shared by all items of a claim.

use proptest::prelude::*;

use super::CUT_OFTEN;
use crate::{
    decide::facts::ClaimFacts,
    proof::space::Space,
    table::{
        bits::{FactBits, Scope},
        conditions::Mask,
        vocabulary::{Facts, When},
    },
    tests::{decided::properties::many, generate::claim_and_ledger},
};

/// The bit of the value that a fact has.
fn bit_of(fact: &FactBits, facts: &Facts) -> Option<u32> {
    let bits = facts.bits();
    let count = u32::try_from(fact.count).unwrap();
    (fact.offset..fact.offset + count).find(|at| bits.has(*at))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_048, ..many() })]

    #[test]
    fn all_items_of_a_claim_share_its_facts(given in claim_and_ledger()) {
        let insurers = &CUT_OFTEN.reading.insurers;
        let claim = ClaimFacts::gather(&given.submission, &given.outside, &CUT_OFTEN.reading);
        let mut facts = Facts::vocabulary(insurers);
        facts.retain(|fact| fact.scope != Scope::Item);
        for pair in claim.items.windows(2) {
            let [one, other] = [&pair[0].facts, &pair[1].facts];
            for fact in &facts {
                prop_assert_eq!(bit_of(fact, one), bit_of(fact, other), "{}", fact.name);
            }
            prop_assert_eq!(one.accident_date, other.accident_date);
        }
    }
}

#[test]
fn conditions_on_an_item_ask_of_more_than_the_claim() {
    let insurers = &CUT_OFTEN.reading.insurers;
    let space = Space::new(&[CUT_OFTEN.table()]);
    let everything = When::default().compile(insurers).allowed;
    assert!(space.asks_only_of_the_claim(&When::default()));
    for fact in Facts::vocabulary(insurers) {
        for at in (fact.offset..).take(fact.count) {
            let mask = Mask {
                allowed: everything.without(at),
                accident_date: None,
            };
            let when = When::read(&mask, insurers);
            let is_shared = fact.scope != Scope::Item;
            assert_eq!(
                space.asks_only_of_the_claim(&when),
                is_shared,
                "{}",
                fact.name
            );
        }
    }
}
