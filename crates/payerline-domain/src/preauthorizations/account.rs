//! The account of an approval: what items of claims draw of it, and what claims take of the Minor Injury Guideline's cap.

use serde::Serialize;
use utoipa::ToSchema;

use crate::values::{ids::ClaimId, money::Cents, text::Label, time::Day};

/// What claims have drawn of an approval. A claim that draws or releases changes neither the version nor the time of the
/// approval's last change.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Account {
    /// The amounts, in Canadian cents, of the items of claims that are `ready` or sent and rely on it.
    #[schema(value_type = i64, minimum = 0, example = 90000)]
    pub reserved_cents: Cents,
    /// What the payer has paid of it, in Canadian cents.
    #[schema(value_type = i64, minimum = 0, example = 0)]
    pub consumed_cents: Cents,
    /// What is left of it, in Canadian cents: negative if more is drawn than is approved, since it was lowered, the
    /// claims are older than accounts, or the payer paid more than was reserved, such as after a refusal.
    #[schema(example = 410000)]
    pub left_cents: i64,
}

impl Account {
    pub fn new(approved: Cents, reserved_cents: Cents, consumed_cents: Cents) -> Self {
        let drawn = reserved_cents + consumed_cents;
        Self {
            reserved_cents,
            consumed_cents,
            left_cents: approved.get() - drawn.get(),
        }
    }

    pub fn drawn(&self) -> Cents {
        self.reserved_cents + self.consumed_cents
    }
}

/// How many claims that name an approval were decided again when it was entered or last changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct ClaimRedecisions {
    /// Claims that were decided again, whether or not another decision came out.
    #[schema(minimum = 0, example = 3)]
    pub decided: i64,
    /// Those of them that have another decision now.
    #[schema(minimum = 0, example = 1)]
    pub changed: i64,
    /// Claims that are still to be decided again, in the background.
    #[schema(minimum = 0, example = 0)]
    pub waiting: i64,
}

/// What an item of a claim that is `ready` draws of the approval that it relies on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemDraw {
    /// The item's number, from 1.
    pub sequence: u16,
    /// The number of the approval, as the claim writes it.
    pub number: Label,
    /// The amount of the item.
    pub cents: Cents,
    /// A person made the item `ready` although the approval does not suffice: it draws what is left.
    pub is_short: bool,
}

/// What a claim takes of the cap of the Minor Injury Guideline, which holds for all claims after one accident.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MinorInjuryCharge {
    pub accident_date: Day,
    /// Without tax.
    pub cents: Cents,
    /// What other claims have taken.
    pub others: Cents,
}

impl MinorInjuryCharge {
    /// What the Minor Injury Guideline pays at most, without tax (SABS s.18(1)).
    const CAP_CENTS: i64 = 350_000;

    /// Whether this claim and others, which have so much, add up to more than is paid.
    pub fn exceeds_cap(&self, others: Cents) -> bool {
        (self.cents + others).get() > Self::CAP_CENTS
    }
}

/// What an item of a claim has drawn of an approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Draw {
    /// The claim.
    pub claim_id: ClaimId,
    /// The billing system's id of the claim.
    #[schema(value_type = String, example = "INV-2026-000123")]
    pub external_id: Label,
    /// The item's number, from 1.
    #[schema(minimum = 1, example = 1)]
    pub sequence: u16,
    /// What is reserved for it, in Canadian cents.
    #[schema(value_type = i64, minimum = 0, example = 90000)]
    pub reserved_cents: Cents,
    /// What was paid of it, in Canadian cents.
    #[schema(value_type = i64, minimum = 0, example = 0)]
    pub consumed_cents: Cents,
}
