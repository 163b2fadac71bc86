//! A claim with what was decided about it, before it is stored or after it was decided again.

use std::sync::Arc;

use payerline_domain::{
    claims::{decision::Assessment, submission::Submission},
    preauthorizations::Ledger,
};
use payerline_rulebook::{Rulebook, decide::trace::ItemTrace, explain::Explanation};

use crate::app::error::AppError;

/// A claim and its decision.
pub struct Considered {
    pub submission: Submission,
    /// The approvals that the claim names, as they stood.
    pub ledger: Ledger,
    pub assessment: Assessment,
    /// The rulebook that decided.
    pub rulebook: Arc<Rulebook>,
}

impl Considered {
    /// Decides a claim.
    pub fn decide(
        rulebook: Arc<Rulebook>,
        submission: Submission,
        ledger: Ledger,
    ) -> Result<Self, AppError> {
        let assessment = rulebook.decide(&submission, &ledger).ok_or_else(no_items)?;
        Ok(Self {
            submission,
            ledger,
            assessment,
            rulebook,
        })
    }

    /// How each item was decided.
    pub fn trace(&self) -> Vec<ItemTrace> {
        self.rulebook.trace(&self.submission, &self.ledger)
    }

    /// Why it was decided so, and what would change it.
    pub fn explain(&self) -> Explanation {
        self.rulebook
            .explain(&self.submission, &self.ledger, &self.assessment)
    }
}

/// A submission has an item, so this does not happen; the types below do not say so.
pub fn no_items() -> AppError {
    AppError::Internal("the claim has no items".into())
}
