//! Rules and findings, prepared once so that deciding an item only looks them up.

use std::sync::Arc;

use crate::table::{
    findings::{FindingAt, FindingText},
    rules::{BilledCoverage, Otherwise, Rule, Table, Then},
};
use payerline_domain::claims::{
    billing::BillTo,
    decision::{Document, Grounds},
    payer::{Disposition, Payer},
};

/// Stands for an item's index in a finding's pointer.
const ITEM: &str = "{item}";

#[derive(Debug)]
pub enum CompiledRule {
    Decide(CompiledOutcome),
    /// The item follows another, on these grounds.
    Follow(Arc<Grounds>),
}

/// The outcome of a rule, with its grounds and its finding.
#[derive(Debug)]
pub struct CompiledOutcome {
    pub payer: Payer,
    pub disposition: Disposition,
    /// Why, and what has to be sent or obtained.
    pub grounds: Arc<Grounds>,
    /// The same with what is only true while the item is `ready`.
    pub grounds_when_ready: Arc<Grounds>,
    pub finding: Option<CompiledFinding>,
    /// Who is billed while the item is `ready`.
    pub bill_to: Option<BillTo>,
    pub billed_coverage: Option<BilledCoverage>,
}

/// A finding that a rule or check reports.
#[derive(Debug)]
pub struct CompiledFinding {
    pub text: FindingText,
    /// The pointer, split where the item's index goes.
    pieces: Vec<String>,
}

impl CompiledRule {
    pub fn compile(rule: &Rule, table: &Table) -> Self {
        let grounds = |because: &Arc<str>, documents: &[Document]| {
            Arc::new(Grounds {
                rule: rule.id.clone(),
                because: because.clone(),
                basis: rule.basis.clone(),
                required_documents: documents.to_vec(),
            })
        };
        match &rule.then {
            Then::Decide(outcome) => {
                let plain = grounds(&rule.because, &outcome.required_documents);
                let when_ready = rule.when_ready.as_ref().map(|more| {
                    let because = format!("{} {more}", rule.because).into();
                    grounds(&because, &outcome.required_documents)
                });
                Self::Decide(CompiledOutcome {
                    payer: outcome.payer,
                    disposition: outcome.disposition,
                    grounds_when_ready: when_ready.unwrap_or_else(|| plain.clone()),
                    grounds: plain,
                    finding: CompiledFinding::compile(outcome.finding.as_ref(), table),
                    bill_to: outcome.bill_to,
                    billed_coverage: outcome.billed_coverage,
                })
            }
            Then::Follow(_) => Self::Follow(grounds(&rule.because, &[])),
        }
    }
}

impl From<&Otherwise> for CompiledOutcome {
    fn from(otherwise: &Otherwise) -> Self {
        let grounds = Arc::new(Grounds {
            rule: otherwise.id.clone(),
            because: otherwise.because.clone(),
            basis: otherwise.basis.clone(),
            required_documents: Vec::new(),
        });
        Self {
            payer: otherwise.payer,
            disposition: otherwise.disposition,
            grounds_when_ready: grounds.clone(),
            grounds,
            finding: None,
            bill_to: None,
            billed_coverage: None,
        }
    }
}

impl CompiledFinding {
    pub fn compile(finding: Option<&FindingAt>, table: &Table) -> Option<Self> {
        let finding = finding?;
        Some(Self {
            text: table.finding(&finding.code)?.clone(),
            pieces: finding.pointer.split(ITEM).map(str::to_owned).collect(),
        })
    }

    /// The JSON Pointer for the item of this number.
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
            let compiled = CompiledFinding::compile(Some(&finding), &ONTARIO.table).unwrap();
            assert_eq!(compiled.pointer(3), at_the_third);
        }
    }
}
