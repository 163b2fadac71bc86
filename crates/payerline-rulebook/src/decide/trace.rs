//! The trace of a decision: for each item every rule that was tried, with each condition's wanted and actual value.

use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

use super::{compiled::Rulebook, facts::ClaimFacts};
use crate::table::{condition::Condition, vocabulary::Facts};
use payerline_domain::claims::{outside_facts::OutsideFacts, submission::Submission};

/// How one item was decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ItemTrace {
    /// The item's number, from 1.
    #[schema(minimum = 1, example = 1)]
    pub sequence: u16,
    /// The rules in the order in which they were tried, up to the one that fired.
    pub rules: Vec<TriedRule>,
}

/// One rule held against one item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TriedRule {
    /// The rule.
    #[schema(value_type = String, example = "mva-stem-cell-unapproved")]
    pub rule: Arc<str>,
    /// Whether it fired: all its conditions hold.
    pub fired: bool,
    /// Its conditions.
    pub conditions: Vec<Condition>,
}

impl Rulebook {
    /// Tells how each item of a claim is decided.
    pub fn trace(&self, submission: &Submission, outside: &OutsideFacts) -> Vec<ItemTrace> {
        let claim = ClaimFacts::gather(submission, outside, &self.reading);
        claim
            .items
            .iter()
            .map(|item| ItemTrace {
                sequence: item.sequence,
                rules: self.tried(&item.facts),
            })
            .collect()
    }

    fn tried(&self, facts: &Facts) -> Vec<TriedRule> {
        let first = self.rules.first(facts);
        let count = first.map_or(usize::MAX, |place| place.saturating_add(1));
        let rules = self.table.rules.iter().enumerate().take(count);
        let tried = rules.map(|(place, rule)| TriedRule {
            rule: rule.id.clone(),
            fired: first == Some(place),
            conditions: rule.when.conditions(facts, &self.reading.insurers),
        });
        let otherwise = first.is_none().then(|| TriedRule {
            rule: self.table.otherwise.id.clone(),
            fired: true,
            conditions: Vec::new(),
        });
        tried.chain(otherwise).collect()
    }
}
