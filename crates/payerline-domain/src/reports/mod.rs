//! Reports: what the claims and approvals of a period come to. The store adds up what it can; what it reads becomes tables
//! here.

pub mod ageing;
pub mod approvals;
pub mod denials;
pub mod histogram;
pub mod outcomes;
pub mod payer_mix;
pub mod period;
pub mod progress;
pub mod turnaround;

use serde::Serialize;

use self::period::ReportPeriod;

/// A report as a table.
pub trait Tabular {
    type Row: Serialize;

    /// The names of a row's fields, in their order: the first line of CSV, also where there is no row.
    const FIELDS: &'static [&'static str];

    fn period(&self) -> ReportPeriod;

    fn rows(&self) -> &[Self::Row];
}
