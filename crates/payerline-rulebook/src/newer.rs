//! What a table lacks of a newer one, such as the shipped one after an upgrade.

use std::collections::BTreeSet;

use serde::Serialize;
use utoipa::ToSchema;

use crate::decide::compiled::Rulebook;

/// What the shipped version looks at and another version does not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NewInShipped {
    /// The shipped version.
    #[schema(example = "2026.3")]
    pub version: String,
    /// The facts that its rules and checks ask about.
    #[schema(example = json!(["requested_by"]))]
    pub facts: Vec<String>,
    /// The findings that it can report.
    #[schema(example = json!(["ohip_insured_unknown"]))]
    pub findings: Vec<String>,
}

impl Rulebook {
    /// Lists what the shipped version has and this one lacks; `None` if it lacks nothing.
    pub fn new_in_shipped(&self, shipped: &Self) -> Option<NewInShipped> {
        let lacking = |all: fn(&Self) -> BTreeSet<String>| {
            let (ours, theirs) = (all(self), all(shipped));
            theirs.difference(&ours).cloned().collect::<Vec<_>>()
        };
        let (facts, findings) = (lacking(Self::asked_facts), lacking(Self::finding_codes));
        (!facts.is_empty() || !findings.is_empty()).then(|| NewInShipped {
            version: shipped.version.version.to_string(),
            facts,
            findings,
        })
    }

    fn asked_facts(&self) -> BTreeSet<String> {
        let asked = self.table.conditions().flat_map(|(_, when)| when.asked());
        asked.map(|it| it.fact.to_owned()).collect()
    }

    fn finding_codes(&self) -> BTreeSet<String> {
        let codes = self.table.findings.iter().map(|it| it.code.to_string());
        codes.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::ONTARIO;

    #[test]
    fn a_table_of_2026_2_lacks_what_2026_3_looks_at() {
        let before = include_str!("tests/fixtures/ontario-2026.2.json");
        let before = Rulebook::parse(before).unwrap();
        let lacking = before.new_in_shipped(&ONTARIO).unwrap();
        for fact in ["requested_by", "likely_ohip_insured", "employer_covered"] {
            assert!(lacking.facts.contains(&fact.to_owned()), "{lacking:?}");
        }
        assert!(lacking.findings.contains(&"possible_duplicate".to_owned()));
        assert_eq!(ONTARIO.new_in_shipped(&ONTARIO), None);
        assert_eq!(ONTARIO.new_in_shipped(&before), None);
    }
}
