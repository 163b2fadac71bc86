//! A claim with its decision, before it is stored or after it was decided again.

use std::sync::Arc;

use payerline_domain::{
    claims::{decision::Assessment, submission::Submission},
    preauthorizations::Ledger,
};
use payerline_rulebook::{Rulebook, decide::trace::ItemTrace, explain::Explanation};

use crate::app::error::AppError;

pub struct DecidedClaim {
    pub submission: Submission,
    /// The approvals that the claim names, as they stood.
    pub ledger: Ledger,
    pub assessment: Assessment,
    pub rulebook: Arc<Rulebook>,
}

impl DecidedClaim {
    pub fn decide(
        rulebook: Arc<Rulebook>,
        submission: Submission,
        ledger: Ledger,
    ) -> Result<Self, AppError> {
        let assessment = rulebook
            .decide(&submission, &ledger)
            .ok_or_else(missing_items)?;
        Ok(Self {
            submission,
            ledger,
            assessment,
            rulebook,
        })
    }

    /// Lists the rules that were tried for each item.
    pub fn trace(&self) -> Vec<ItemTrace> {
        self.rulebook.trace(&self.submission, &self.ledger)
    }

    /// Says why the claim was decided so, and what would change the decision.
    pub fn explain(&self) -> Explanation {
        self.rulebook
            .explain(&self.submission, &self.ledger, &self.assessment)
    }
}

/// Cannot happen, since [`Submission::parse`] demands an item; the types do not say so.
pub fn missing_items() -> AppError {
    AppError::Internal("the claim has no items".into())
}
