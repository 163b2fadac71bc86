//! How long claims take from one step of their life to the next.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Tabular, histogram::Histogram, period::ReportPeriod};
use crate::values::closed_enum::{ClosedEnum, string_enum};

string_enum! {
    /// From where to where days are counted.
    TurnaroundSpan {
        /// From its receipt to the last decision or review of a claim that can be billed.
        ReceivedToDecided = "received_to_decided",
        /// From that to the day on which the first payer was sent the claim.
        DecidedToSent = "decided_to_sent",
        /// From that to the first answer of an insurer.
        SentToAnswered = "sent_to_answered",
        /// From that to the last payment of a claim that is paid.
        AnsweredToPaid = "answered_to_paid",
        /// From the receipt of a claim that is paid to its last payment.
        ReceivedToPaid = "received_to_paid",
    }
}

/// How long claims take, step by step. Both ends of a span must be known: a claim that was not sent has only the first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TurnaroundReport {
    #[serde(flatten)]
    pub period: ReportPeriod,
    /// A row for each span, always all of them.
    pub data: Vec<TurnaroundRow>,
}

/// How long claims took for a span, in whole days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TurnaroundRow {
    /// From where to where.
    pub span: TurnaroundSpan,
    /// How many claims have come so far.
    #[schema(minimum = 0, example = 3120)]
    pub claims: u64,
    /// The median in days, by nearest rank: half of the claims took no longer. Null if there are none.
    #[schema(required = true, minimum = 0, example = 4)]
    pub median_days: Option<u32>,
    /// The 90th percentile in days, by nearest rank: nine of ten claims took no longer. Null if there are none.
    #[schema(required = true, minimum = 0, example = 21)]
    pub p90_days: Option<u32>,
}

/// How many claims took so many days for a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TurnaroundSum {
    pub span: TurnaroundSpan,
    pub days: u32,
    pub claims: u64,
}

impl TurnaroundReport {
    /// Finds the median and the 90th percentile of each span.
    pub fn new(period: ReportPeriod, sums: &[TurnaroundSum]) -> Self {
        let row = |span: TurnaroundSpan| {
            let mut days = Histogram::default();
            for sum in sums.iter().filter(|it| it.span == span) {
                days.add(sum.days, sum.claims);
            }
            TurnaroundRow {
                span,
                claims: days.count(),
                median_days: days.median(),
                p90_days: days.percentile(90),
            }
        };
        let data = TurnaroundSpan::ALL.iter().copied().map(row).collect();
        Self { period, data }
    }
}

impl Tabular for TurnaroundReport {
    type Row = TurnaroundRow;

    const FIELDS: &'static [&'static str] = &["span", "claims", "median_days", "p90_days"];

    fn period(&self) -> ReportPeriod {
        self.period
    }

    fn rows(&self) -> &[TurnaroundRow] {
        &self.data
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::time::Day;

    #[test]
    fn each_span_has_its_percentiles() {
        let day = Day::parse("2026-06-01").unwrap();
        let period = ReportPeriod { from: day, to: day };
        let sum = |span, days, claims| TurnaroundSum { span, days, claims };
        let sent = TurnaroundSpan::SentToAnswered;
        let sums = [
            sum(sent, 3, 5),
            sum(sent, 10, 4),
            sum(sent, 60, 1),
            sum(TurnaroundSpan::DecidedToSent, 0, 1),
        ];
        let report = TurnaroundReport::new(period, &sums);
        let rows: Vec<_> = report
            .data
            .iter()
            .map(|it| (it.claims, it.median_days, it.p90_days))
            .collect();
        let none = (0, None, None);
        let expected = [
            none,
            (1, Some(0), Some(0)),
            (10, Some(3), Some(10)),
            none,
            none,
        ];
        assert_eq!(rows, expected);
    }
}
