//! Reviews: a person confirms or overrides what was decided about a claim, and settles findings.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    billing::{BillTo, BillingOrder},
    decision::{Allocation, Decision, Finding, ItemDecision, Severity, allocate},
    payer::{Disposition, Payer},
    submission::{MAX_ITEMS, Submission},
};
use crate::{
    laws::Invariant,
    parse::{decode::note_duplicates, record::record},
    values::{
        ids::{ClaimId, KeyId},
        text::{Label, Prose},
        time::Timestamp,
    },
};

const MAX_SETTLED: usize = 100;
const MAX_EXCEPTIONS: usize = 7;

record! {
    /// What a person says of a decision.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct ReviewRequest {
        /// Why, in a sentence that can be read years later: 1 to 2,000 characters.
        #[schema(value_type = String, min_length = 1, max_length = 2000, example = "The patient's card was seen; OHIP does not insure this examination.")]
        pub reason: Arc<str> as Prose,
        /// Items of which something else is said than of the whole claim.
        #[schema(max_items = 500)]
        pub items: Vec<ItemReview> [0..=MAX_ITEMS] = default,
        /// The payer of all other items; left out: as it stands.
        pub payer: Option<Payer>,
        /// The disposition of all other items; left out: what it is without the findings that are settled.
        pub disposition: Option<Disposition>,
        /// The codes of the findings that are settled: they no longer keep the claim from being `ready`.
        #[schema(max_items = 100, example = json!(["ohip_insured_unknown"]))]
        pub settles: Vec<Label> [0..=MAX_SETTLED] = default,
        /// Laws that do not hold here, each with the evidence for it. They are recorded for the admin.
        #[schema(max_items = 7)]
        pub exceptions: Vec<LawException> [0..=MAX_EXCEPTIONS] = default,
    }
    built(review, at, faults) {
        note_duplicates(review.items.iter().map(|it| &it.sequence), &at.field("items"), faults);
        note_duplicates(&review.settles, &at.field("settles"), faults);
        note_duplicates(review.exceptions.iter().map(|it| &it.law), &at.field("exceptions"), faults);
    }
}

record! {
    /// What is said of one item.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct ItemReview {
        /// The item's number, from 1.
        #[schema(minimum = 1, maximum = 500, example = 1)]
        pub sequence: u16,
        pub payer: Payer,
        pub disposition: Disposition,
    }
}

record! {
    /// A law that does not hold for a claim, and the evidence for it.
    #[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
    pub struct LawException {
        pub law: Invariant,
        /// What shows it: 1 to 2,000 characters.
        #[schema(value_type = String, min_length = 1, max_length = 2000, example = "WSIB's letter of 12 May 2026: the worker is not insured.")]
        pub evidence: Arc<str> as Prose,
    }
}

/// What a person decided about a claim. It stands beside the decision, which stays as it was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Review {
    /// Why.
    #[schema(value_type = String, example = "The patient's card was seen; OHIP does not insure this examination.")]
    pub reason: Arc<str>,
    /// When.
    pub reviewed_at: Timestamp,
    /// The key of who reviewed it.
    pub reviewed_by: KeyId,
    /// The items as they are since then.
    pub items: Vec<ReviewedItem>,
    /// What was decided about them, as far as it was not settled.
    pub decided: Vec<DecidedItem>,
    /// The codes of the findings that are settled.
    #[schema(example = json!(["ohip_insured_unknown"]))]
    pub settles: Vec<String>,
    /// The findings of these codes that the claim had when they were settled. Another one of the same code is not settled.
    pub findings: Vec<SettledFinding>,
    /// Laws that do not hold here, each with the evidence for it.
    pub exceptions: Vec<LawException>,
    /// True if the claim was decided again and the decision is no longer what was reviewed: the review does not count
    /// any more, and the claim has the finding `review_outdated`.
    pub outdated: bool,
}

/// A finding that a person settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SettledFinding {
    /// Its code.
    #[schema(example = "ohip_insured_unknown")]
    pub code: String,
    /// Where it was: an RFC 6901 JSON Pointer into the submission.
    #[schema(example = "/items/0")]
    pub pointer: String,
    /// The id of another claim that it was about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub related_claim: Option<ClaimId>,
}

impl From<&Finding> for SettledFinding {
    fn from(finding: &Finding) -> Self {
        Self {
            code: finding.code.to_string(),
            pointer: finding.pointer.clone(),
            related_claim: finding.related_claim,
        }
    }
}

/// An item as it was reviewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReviewedItem {
    /// The item's number, from 1.
    #[schema(minimum = 1, example = 1)]
    pub sequence: u16,
    pub payer: Payer,
    pub disposition: Disposition,
    /// Who is billed where no insurer is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bill_to: Option<BillTo>,
    /// The index in `coverages` (from 0) of the insurance that is billed first, or null.
    #[schema(example = 1)]
    pub coverage: Option<usize>,
    /// Who is billed, in this order; empty when no insurer is.
    pub billing_order: BillingOrder,
}

/// What was decided about an item before a person looked at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DecidedItem {
    /// The item's number, from 1.
    #[schema(minimum = 1, example = 1)]
    pub sequence: u16,
    pub payer: Payer,
    pub disposition: Disposition,
}

impl From<&ItemDecision> for DecidedItem {
    fn from(item: &ItemDecision) -> Self {
        Self {
            sequence: item.sequence,
            payer: item.payer,
            disposition: item.disposition,
        }
    }
}

impl From<&ItemDecision> for ReviewedItem {
    fn from(item: &ItemDecision) -> Self {
        Self {
            sequence: item.sequence,
            payer: item.payer,
            disposition: item.disposition,
            bill_to: item.bill_to,
            coverage: item.coverage,
            billing_order: item.billing_order,
        }
    }
}

impl Review {
    /// Reads the stored form.
    pub fn from_stored(json: &str) -> serde_json::Result<Self> {
        serde_json::from_str(json)
    }

    /// True if what a claim is decided to be, as far as it is not settled, is what was reviewed or what the review says, and
    /// no finding is new of which another one was settled.
    pub fn still_counts(&self, decided: &[ItemDecision], findings: &[Finding]) -> bool {
        let agrees = |now: &ItemDecision| {
            let was = self.decided.iter().find(|it| it.sequence == now.sequence);
            let is = self.items.iter().find(|it| it.sequence == now.sequence);
            was.is_some_and(|was| (was.payer, was.disposition) == (now.payer, now.disposition))
                || is.is_some_and(|is| (is.payer, is.disposition) == (now.payer, now.disposition))
        };
        let is_new = |finding: &Finding| {
            finding.severity == Severity::Review
                && self.settles.iter().any(|code| **code == *finding.code)
                && !self.settles(finding)
        };
        decided.len() == self.decided.len()
            && decided.iter().all(agrees)
            && !findings.iter().any(is_new)
    }

    /// True if the review settles a finding.
    pub fn settles(&self, finding: &Finding) -> bool {
        self.findings.contains(&SettledFinding::from(finding))
    }
}

/// How a claim stands: by its decision, or by the review of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    pub payer: Payer,
    pub disposition: Disposition,
    pub billing_order: BillingOrder,
    pub allocations: Vec<Allocation>,
    pub items: Vec<ReviewedItem>,
}

impl Standing {
    /// Rolls the items up to the claim. `None` only for a claim without items.
    pub fn find(
        submission: &Submission,
        decision: &Decision,
        review: Option<&Review>,
    ) -> Option<Self> {
        // Whatever the rulebook says of it, a person looks at a claim whose review is outdated.
        let is_outdated = review.is_some_and(|it| it.outdated);
        let review = review.filter(|it| !it.outdated);
        let items: Vec<ReviewedItem> = match review {
            Some(review) => review.items.clone(),
            None => decision.items.iter().map(ReviewedItem::from).collect(),
        };
        let first = items.iter().min_by_key(|item| item.payer)?;
        let strictest = items.iter().map(|item| item.disposition).max()?;
        let is_open = has_open_findings(&decision.findings, review);
        Some(Self {
            payer: first.payer,
            disposition: if is_open || is_outdated {
                Disposition::NeedsReview
            } else {
                strictest
            },
            billing_order: first.billing_order,
            allocations: allocate(submission, items.iter().map(|item| item.payer)),
            items,
        })
    }
}

/// True if a finding makes a person look at the claim, and nobody settled it.
pub fn has_open_findings(findings: &[Finding], review: Option<&Review>) -> bool {
    findings.iter().any(|finding| {
        finding.severity == Severity::Review && !review.is_some_and(|it| it.settles(finding))
    })
}
