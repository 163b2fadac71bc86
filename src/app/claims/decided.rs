//! A claim with its decision, before it is stored or after it was decided again.

use std::sync::Arc;

use payerline_domain::claims::{
    decision::{Assessment, ItemDecision},
    outside_facts::OutsideFacts,
    payer::{Disposition, Payer},
    payers_due::PayersDue,
    review::{DecidedItem, Review},
    submission::Submission,
};
use payerline_domain::laws::Invariant;
use payerline_rulebook::{
    Rulebook,
    decide::{review::ReviewedClaim, trace::ItemTrace},
    explain::Explanation,
};

use crate::app::error::AppError;

pub struct DecidedClaim {
    pub submission: Submission,
    /// What the decision rests on beside the submission.
    pub outside: OutsideFacts,
    pub assessment: Assessment,
    pub rulebook: Arc<Rulebook>,
}

impl DecidedClaim {
    pub fn decide(
        rulebook: Arc<Rulebook>,
        submission: Submission,
        outside: OutsideFacts,
    ) -> Result<Self, AppError> {
        let assessment = rulebook
            .decide(&submission, &outside)
            .ok_or_else(missing_items)?;
        Ok(Self {
            submission,
            outside,
            assessment,
            rulebook,
        })
    }

    /// The review as it is for what is decided now. It still counts if what is decided without the findings that it settles
    /// is what was reviewed, and what it says breaks no law that it does not except. Its items are then billed as they would
    /// be now.
    pub fn renew(&self, review: &Review) -> Review {
        let reviewed = self.apply(review);
        let is_excepted = |law: &Invariant| review.exceptions.iter().any(|it| it.law == *law);
        let findings = &self.assessment.decision.findings;
        let counts = review.still_counts(&reviewed.decided, findings)
            && reviewed.broken.iter().all(|(law, _)| is_excepted(law));
        if !counts {
            return Review {
                outdated: true,
                ..review.clone()
            };
        }
        Review {
            outdated: false,
            items: reviewed.items,
            decided: reviewed.decided.iter().map(DecidedItem::from).collect(),
            ..review.clone()
        }
    }

    /// Who is billed in turn: by the review, if it counts, or by the decision.
    pub fn find_payers_due(&self, review: Option<&Review>) -> PayersDue {
        match review.filter(|review| !review.outdated) {
            Some(review) => self.apply(review).payers_due,
            None => self.assessment.payers_due.clone(),
        }
    }

    /// The laws by which the patient is not billed for items, each with the item's number. What a review settles counts.
    pub fn find_laws_against_patient(&self, review: Option<&Review>) -> Vec<(u16, Invariant)> {
        let settled = review.map_or(&[][..], |review| &review.settles);
        let (submission, outside) = (&self.submission, &self.outside);
        let billed = |_: &ItemDecision| (Payer::Uncovered, Disposition::Ready);
        let reviewed = self.rulebook.review(submission, outside, settled, billed);
        let broken = reviewed.broken.into_iter();
        broken.map(|(law, sequence)| (sequence, law)).collect()
    }

    fn apply(&self, review: &Review) -> ReviewedClaim {
        let (submission, outside) = (&self.submission, &self.outside);
        self.rulebook
            .review(submission, outside, &review.settles, |decided| {
                let mut items = review.items.iter();
                let said = items.find(|it| it.sequence == decided.sequence);
                said.map_or((decided.payer, decided.disposition), |it| {
                    (it.payer, it.disposition)
                })
            })
    }

    /// Lists the rules that were tried for each item.
    pub fn trace(&self) -> Vec<ItemTrace> {
        self.rulebook.trace(&self.submission, &self.outside)
    }

    /// Says why the claim was decided so, and what would change the decision.
    pub fn explain(&self) -> Explanation {
        self.rulebook
            .explain(&self.submission, &self.outside, &self.assessment)
    }
}

/// Cannot happen, since [`Submission::parse`] demands an item; the types do not say so.
pub fn missing_items() -> AppError {
    AppError::Internal("the claim has no items".into())
}
