//! Tests of the decision core. Every expected outcome is read off the contract, not off the code.
//!
//! `notation` writes a claim and its ledger in one line, `table` holds the rows against the shipped
//! rulebook (the rows are in the files named after what they are about), `generate` makes whole
//! claims at random for `properties`, `alike`, `parsing` and `explain`; `document` and `refusals` test
//! the rulebook as a text, `edit` changes to it, `markdown` how it reads, `matcher` that a compiled row holds when each
//! of its conditions does. To add a case, add a row.
//!
//! `golden` runs the cases in `tests/golden`. `proof`, `lawful` and `difference` test what is proved
//! of rulebooks, `insurers` what rules that name private insurers decide and what is proved of them,
//! `flawed` holds what is proved against claims at random, and `mutants` spoils the shipped rulebook
//! in every small way.

pub mod decided;
pub mod generate;
pub mod insurers;
pub mod notation;
pub mod proofs;
pub mod tables;
mod timing;

use std::sync::LazyLock;

use crate::{
    decide::compiled::Rulebook,
    table::{
        insurers::Insurers,
        vocabulary::{Facts, When},
    },
};

/// The shipped rulebook, read once.
pub(crate) static ONTARIO: LazyLock<Rulebook> = LazyLock::new(|| Rulebook::ontario().unwrap());

/// Whether every condition holds, one by one and uncompiled.
pub(crate) fn holds(when: &When, facts: &Facts, insurers: &Insurers) -> bool {
    let conditions = when.conditions(facts, insurers);
    conditions.iter().all(|condition| condition.holds)
}
