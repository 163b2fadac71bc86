//! A stored decision, as far as columns follow from it.

use std::sync::Arc;

use payerline_domain::{
    claims::{
        billing::{BillingOrder, BillingSequence},
        decision::{Decision, Finding, Grounds, ItemDecision, RulebookVersion, Severity},
        payer::{Disposition, Payer},
    },
    values::closed_enum::ClosedEnum,
};
use serde::Deserialize;

/// The parts of a stored decision from which columns follow.
#[derive(Deserialize)]
pub struct DecisionOutline {
    rulebook: RulebookOutline,
    items: Vec<ItemOutline>,
    findings: Vec<FindingOutline>,
}

#[derive(Deserialize)]
struct RulebookOutline {
    name: Arc<str>,
    version: Arc<str>,
    sha256: Arc<str>,
}

#[derive(Deserialize)]
struct ItemOutline {
    sequence: u16,
    payer: Payer,
    disposition: Disposition,
    rule: Arc<str>,
    billing_order: Vec<Payer>,
}

#[derive(Deserialize)]
struct FindingOutline {
    code: Arc<str>,
    severity: Severity,
    pointer: String,
}

impl From<DecisionOutline> for Decision {
    fn from(outline: DecisionOutline) -> Self {
        let RulebookOutline {
            name,
            version,
            sha256,
        } = outline.rulebook;
        Self {
            rulebook: Arc::new(RulebookVersion {
                name,
                version,
                sha256,
            }),
            items: outline.items.into_iter().map(ItemDecision::from).collect(),
            findings: outline.findings.into_iter().map(Finding::from).collect(),
        }
    }
}

impl From<ItemOutline> for ItemDecision {
    fn from(item: ItemOutline) -> Self {
        let known = |sequence: &&BillingSequence| {
            BillingOrder(**sequence).payers() == item.billing_order.as_slice()
        };
        let order = BillingSequence::ALL.iter().find(known);
        Self {
            sequence: item.sequence,
            payer: item.payer,
            disposition: item.disposition,
            grounds: Arc::new(Grounds {
                rule: item.rule,
                because: Arc::default(),
                basis: Arc::default(),
                required_documents: Vec::new(),
            }),
            bill_to: None,
            coverage: None,
            preauthorization: None,
            billing_order: BillingOrder(*order.unwrap_or(&BillingSequence::Nobody)),
        }
    }
}

impl From<FindingOutline> for Finding {
    fn from(finding: FindingOutline) -> Self {
        Self {
            code: finding.code,
            severity: finding.severity,
            detail: Arc::default(),
            pointer: finding.pointer,
            related_claim: None,
        }
    }
}
