//! All rows that hold, found at once, are those of which every condition holds by itself.

use proptest::{prelude::*, sample::select};

use crate::tests::{
    decided::properties::many, generate::claim_and_ledger, holds, notation::situation,
};
use crate::{
    decide::{facts::ClaimFacts, matcher::Matcher},
    proof::tests::CUT_OFTEN,
    table::{insurers::Insurers, vocabulary::When},
};
use payerline_domain::{claims::payer::Payer, values::closed_enum::ClosedEnum};

/// All conditions of a table with several periods and insurers, several times over: more than are found at once.
fn whens() -> Vec<&'static When> {
    let whens: Vec<&When> = CUT_OFTEN.table().conditions().map(|(_, it)| it).collect();
    whens
        .iter()
        .cycle()
        .take(3 * whens.len())
        .copied()
        .collect()
}

fn insurers() -> &'static Insurers {
    &CUT_OFTEN.reading.insurers
}

proptest! {
    #![proptest_config(many())]

    #[test]
    fn the_rows_found_at_once_are_those_that_hold_one_by_one(
        given in claim_and_ledger(),
        payer in select(Payer::ALL),
        left_out in 0_usize..=64,
    ) {
        let whens = &whens()[left_out..];
        let rows = Matcher::new(whens.iter().copied(), insurers());
        let claim = ClaimFacts::gather(&given.submission, &given.outside, &CUT_OFTEN.reading);
        for item in &claim.items {
            for facts in [item.facts, item.facts.with_payer(payer)] {
                let holds = |place: &usize| holds(whens[*place], &facts, insurers());
                let expected: Vec<usize> = (0..whens.len()).filter(holds).collect();
                prop_assert_eq!(rows.first(&facts), expected.first().copied());
                prop_assert_eq!(rows.holding(&facts).collect::<Vec<_>>(), expected);
            }
        }
    }
}

#[test]
fn of_no_rows_none_holds() {
    let given = situation("consultation");
    let claim = ClaimFacts::gather(&given.submission, &given.outside, &CUT_OFTEN.reading);
    let none = Matcher::new(std::iter::empty(), insurers());
    assert_eq!(none.first(&claim.items[0].facts), None);
}
