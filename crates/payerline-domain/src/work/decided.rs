//! A stored decision, read as far as the work queue needs it. Decisions of all editions are read: what a rulebook did not
//! write, or writes in words that are not known here, counts as not said.

use std::borrow::Cow;

use serde::Deserialize;

use crate::claims::{
    decision::Document,
    payer::Payer,
    payers_due::{BilledParty, PayerDue},
};
use crate::values::{closed_enum::ClosedEnum, ids::ClaimId};

#[derive(Debug, Default, Deserialize)]
pub struct DecisionText<'d> {
    #[serde(borrow, default)]
    pub items: Vec<ItemText<'d>>,
    #[serde(borrow, default)]
    pub findings: Vec<FindingText<'d>>,
}

/// What is written of an item.
#[derive(Debug, Deserialize)]
pub struct ItemText<'d> {
    pub sequence: u16,
    #[serde(borrow, default)]
    pub payer: Cow<'d, str>,
    #[serde(borrow, default)]
    pub disposition: Cow<'d, str>,
    #[serde(borrow, default)]
    pub rule: Cow<'d, str>,
    #[serde(borrow, default)]
    pub basis: Cow<'d, str>,
    #[serde(borrow, default)]
    required_documents: Vec<Cow<'d, str>>,
    #[serde(default)]
    coverage: Option<usize>,
    #[serde(borrow, default)]
    billing_order: Vec<Cow<'d, str>>,
    #[serde(borrow, default)]
    bill_to: Option<Cow<'d, str>>,
}

/// What is written of a finding.
#[derive(Debug, Deserialize)]
pub struct FindingText<'d> {
    #[serde(borrow)]
    pub code: Cow<'d, str>,
    #[serde(borrow, default)]
    pub severity: Cow<'d, str>,
    #[serde(borrow, default)]
    pub pointer: Cow<'d, str>,
    #[serde(default)]
    pub related_claim: Option<ClaimId>,
}

impl<'d> DecisionText<'d> {
    /// Reads a decision. Of one that is none nothing is known.
    pub fn read(json: &'d str) -> Self {
        serde_json::from_str(json).unwrap_or_default()
    }
}

impl ItemText<'_> {
    pub fn documents(&self) -> impl Iterator<Item = Document> {
        let words = self.required_documents.iter();
        words.filter_map(|word| Document::from_word(word))
    }
}

impl ItemText<'_> {
    /// Who is billed for it, in turn. Of the first the insurance is known.
    pub fn payers_due(&self) -> Vec<PayerDue> {
        let bill_to = self.bill_to.as_deref().and_then(BilledParty::from_word);
        let own = Payer::from_word(&self.payer);
        let own = own.map(|payer| BilledParty::of(payer).unwrap_or(BilledParty::Patient));
        let last = bill_to.or(own);
        let insurers = self.billing_order.iter();
        let insurers = insurers.filter_map(|it| BilledParty::of(Payer::from_word(it)?));
        let payers: Vec<BilledParty> = insurers.collect();
        let payers = match payers.as_slice() {
            [] => last.into_iter().collect(),
            _ => payers,
        };
        let due = |(place, payer): (usize, BilledParty)| PayerDue {
            payer,
            coverage: self.coverage.filter(|_| place == 0),
        };
        payers.into_iter().enumerate().map(due).collect()
    }
}

impl FindingText<'_> {
    /// The index of the item that it points to.
    pub fn item(&self) -> Option<usize> {
        let rest = self.pointer.strip_prefix("/items/")?;
        rest.split('/').next()?.parse().ok()
    }
}
