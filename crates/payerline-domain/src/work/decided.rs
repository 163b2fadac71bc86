//! A stored decision, read as far as the work queue needs it. Decisions of all editions are read: what a rulebook did not
//! write, or writes in words that are not known here, counts as not said.

use std::borrow::Cow;

use serde::Deserialize;

use crate::claims::decision::Document;
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

impl FindingText<'_> {
    /// The index of the item that it points to.
    pub fn item(&self) -> Option<usize> {
        let rest = self.pointer.strip_prefix("/items/")?;
        rest.split('/').next()?.parse().ok()
    }
}
