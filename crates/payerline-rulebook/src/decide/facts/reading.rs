//! How a table reads claims: the parts of it on which an item's facts depend.

use crate::{
    decide::matcher::Matcher,
    table::{insurers::Insurers, rules::Table, vocabulary::Facts},
};

/// What a table says of the facts of an item.
#[derive(Debug)]
pub struct Reading {
    /// The private insurers that the table names.
    pub insurers: Insurers,
    /// Whether the table asks if WSIB covers the employer. A table from before the question reads every employer as
    /// covered, so that it decides as it always did.
    pub employer_cover: bool,
    /// When an item relies on no approval.
    without_approval: Matcher,
}

impl Reading {
    pub fn of_table(table: &Table) -> Self {
        let insurers = Insurers::collect(table.insurer_names());
        let mut conditions = table.conditions();
        Self {
            employer_cover: conditions.any(|(_, when)| when.employer_covered.is_some()),
            without_approval: Matcher::new(
                table.without_approval.iter().map(|it| &it.when),
                &insurers,
            ),
            insurers,
        }
    }

    /// True if an item with these facts relies on no approval.
    pub fn needs_no_approval(&self, facts: &Facts) -> bool {
        self.without_approval.first(facts).is_some()
    }
}
