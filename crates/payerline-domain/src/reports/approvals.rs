//! Approvals, by what they are and how they stand.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Tabular, period::ReportPeriod};
use crate::{
    preauthorizations::{PreauthorizationKind, PreauthorizationStatus},
    values::time::Day,
};

/// How many days ahead an approval is said to end soon.
pub const ENDING_SOON_DAYS: i32 = 14;

/// The approvals that were entered in a period, and what claims have drawn of them until now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ApprovalsReport {
    #[serde(flatten)]
    pub period: ReportPeriod,
    /// The day from which on approvals end soon: today in Ontario.
    pub as_of: Day,
    /// A row for each kind and status that has approvals.
    pub data: Vec<ApprovalsRow>,
}

/// The approvals of a kind with a status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ApprovalsRow {
    /// What they are.
    pub kind: PreauthorizationKind,
    /// How they stand.
    pub status: PreauthorizationStatus,
    /// How many.
    #[schema(minimum = 0, example = 96)]
    pub approvals: i64,
    /// What is approved, or asked for, in Canadian cents.
    #[schema(minimum = 0, example = 9600000)]
    pub approved_cents: i64,
    /// What claims that are `ready` or sent have reserved of it, in Canadian cents.
    #[schema(minimum = 0, example = 1250000)]
    pub reserved_cents: i64,
    /// What the payers have paid of it, in Canadian cents.
    #[schema(minimum = 0, example = 3100000)]
    pub consumed_cents: i64,
    /// What is left of it, in Canadian cents; negative if more is drawn than is approved.
    #[schema(example = 5250000)]
    pub left_cents: i64,
    /// How many of them end within 14 days: approved or confirmed, and `valid_to` is today or one of the 14 days after.
    #[schema(minimum = 0, example = 5)]
    pub ending_soon: i64,
    /// What is left of those, in Canadian cents.
    #[schema(example = 420000)]
    pub ending_soon_left_cents: i64,
}

impl ApprovalsReport {
    /// Puts the rows in the order of kinds and statuses.
    pub fn new(period: ReportPeriod, as_of: Day, mut data: Vec<ApprovalsRow>) -> Self {
        data.sort_unstable_by_key(|it| (it.kind, it.status));
        Self {
            period,
            as_of,
            data,
        }
    }
}

impl Tabular for ApprovalsReport {
    type Row = ApprovalsRow;

    const FIELDS: &'static [&'static str] = &[
        "kind",
        "status",
        "approvals",
        "approved_cents",
        "reserved_cents",
        "consumed_cents",
        "left_cents",
        "ending_soon",
        "ending_soon_left_cents",
    ];

    fn period(&self) -> ReportPeriod {
        self.period
    }

    fn rows(&self) -> &[ApprovalsRow] {
        &self.data
    }
}
