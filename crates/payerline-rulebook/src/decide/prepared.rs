//! What rules and checks come to, made ready once, so that whoever decides an item only picks it up.

use std::sync::Arc;

use crate::table::rules::{Check, FindingAt, FindingText, Otherwise, Rule, Table, Then};
use payerline_domain::claims::{
    decision::{Document, Grounds},
    payer::{Disposition, Payer},
};

/// What stands for an item's index in a finding's pointer.
const ITEM: &str = "{item}";

/// What a rule says of an item.
#[derive(Debug)]
pub enum CompiledRule {
    /// It decides.
    Decide(CompiledOutcome),
    /// The item follows another, on these grounds.
    Follow(Arc<Grounds>),
}

/// A payer, a disposition and all that goes with them.
#[derive(Debug)]
pub struct CompiledOutcome {
    /// Who is responsible.
    pub payer: Payer,
    /// What happens next.
    pub disposition: Disposition,
    /// Why, and what has to be sent or obtained.
    pub grounds: Arc<Grounds>,
    /// What is noticed on the side.
    pub finding: Option<CompiledFinding>,
}

/// What a check says of an item.
#[derive(Debug)]
pub struct CompiledCheck {
    /// The disposition is at least this strict.
    pub at_least: Option<Disposition>,
    /// A sentence that is added when the check sets a least disposition.
    pub because: Option<String>,
    /// What is noticed.
    pub finding: Option<CompiledFinding>,
}

/// A finding that a rule or check reports.
#[derive(Debug)]
pub struct CompiledFinding {
    /// How it reads.
    pub text: FindingText,
    /// Its pointer, cut at each place where the item's index goes.
    pieces: Vec<String>,
}

impl CompiledRule {
    /// A rule of a table.
    pub fn of(rule: &Rule, table: &Table) -> Self {
        let grounds = |documents: &[Document]| {
            Arc::new(Grounds {
                rule: rule.id.clone(),
                because: rule.because.clone(),
                basis: rule.basis.clone(),
                required_documents: documents.to_vec(),
            })
        };
        match &rule.then {
            Then::Decide(outcome) => Self::Decide(CompiledOutcome {
                payer: outcome.payer,
                disposition: outcome.disposition,
                grounds: grounds(&outcome.required_documents),
                finding: CompiledFinding::of(outcome.finding.as_ref(), table),
            }),
            Then::Follow(_) => Self::Follow(grounds(&[])),
        }
    }

    /// The rule and its reasons.
    pub fn grounds(&self) -> &Arc<Grounds> {
        match self {
            Self::Decide(outcome) => &outcome.grounds,
            Self::Follow(grounds) => grounds,
        }
    }
}

impl From<&Otherwise> for CompiledOutcome {
    fn from(otherwise: &Otherwise) -> Self {
        Self {
            payer: otherwise.payer,
            disposition: otherwise.disposition,
            grounds: Arc::new(Grounds {
                rule: otherwise.id.clone(),
                because: otherwise.because.clone(),
                basis: otherwise.basis.clone(),
                required_documents: Vec::new(),
            }),
            finding: None,
        }
    }
}

impl CompiledCheck {
    /// A check of a table.
    pub fn of(check: &Check, table: &Table) -> Self {
        Self {
            at_least: check.at_least,
            because: check.because.clone(),
            finding: CompiledFinding::of(check.finding.as_ref(), table),
        }
    }
}

impl CompiledFinding {
    fn of(finding: Option<&FindingAt>, table: &Table) -> Option<Self> {
        let finding = finding?;
        Some(Self {
            text: table.finding(&finding.code)?.clone(),
            pieces: finding.pointer.split(ITEM).map(str::to_owned).collect(),
        })
    }

    /// Where it points for the item of a number.
    pub fn pointer(&self, sequence: u16) -> String {
        match self.pieces.as_slice() {
            [whole] => whole.clone(),
            pieces => pieces.join(&sequence.saturating_sub(1).to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::ONTARIO;

    #[test]
    fn a_finding_points_at_its_item_wherever_its_pointer_says_so() {
        for (pointer, at_the_third) in [
            ("", ""),
            ("/procedure", "/procedure"),
            ("/items/{item}", "/items/2"),
            ("/items/{item}/notes/{item}", "/items/2/notes/2"),
        ] {
            let finding = FindingAt {
                code: ONTARIO.table.findings[0].code.clone(),
                pointer: pointer.to_owned(),
            };
            let compiled = CompiledFinding::of(Some(&finding), &ONTARIO.table).unwrap();
            assert_eq!(compiled.pointer(3), at_the_third);
        }
    }
}
