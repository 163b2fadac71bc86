//! A payer's prior approval, as the clinic's ledger keeps it.

mod account;
mod entry;
mod ledger;

use serde::Serialize;
use utoipa::ToSchema;

pub use self::{
    account::{Account, ClaimRedecisions, Draw, ItemDraw, MinorInjuryCharge},
    entry::{
        PreauthorizationEntry, PreauthorizationKind, PreauthorizationReplacement,
        PreauthorizationStatus, Validity,
    },
    ledger::{DrawnApproval, Ledger},
};
use crate::values::{ids::PreauthorizationId, money::Cents, time::Timestamp};

/// A prior approval in the clinic's ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Preauthorization {
    /// Payerline's id of the approval.
    pub id: PreauthorizationId,
    /// What staff entered.
    #[serde(flatten)]
    pub entry: PreauthorizationEntry,
    /// What claims have drawn of it.
    #[serde(flatten)]
    pub account: Account,
    /// How many claims that name it were decided again when it last changed.
    pub redecisions: ClaimRedecisions,
    /// What items of claims have drawn, oldest claim first, at most 1,000; not in lists.
    /// `GET /v1/claims?preauthorization=` lists all claims that name it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub draws: Option<Vec<Draw>>,
    /// When it was entered.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Counts its changes from 1; the `ETag` of the approval.
    #[schema(minimum = 1, example = 1)]
    pub version: i64,
}

impl Preauthorization {
    /// An approval as it is entered.
    pub fn new(id: PreauthorizationId, entry: PreauthorizationEntry, now: Timestamp) -> Self {
        let nothing = Cents::default();
        Self {
            id,
            account: Account::new(entry.approved_cents, nothing, nothing),
            entry,
            redecisions: ClaimRedecisions::default(),
            draws: None,
            created_at: now,
            updated_at: now,
            version: 1,
        }
    }
}
