//! Whose claims they are: month by month, payer by payer.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::{
    Tabular,
    period::{Month, ReportPeriod},
};
use crate::{claims::payer::Payer, values::time::Day};

/// The claims of a day and a payer, added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PayerMixSum {
    pub received_on: Day,
    pub payer: Payer,
    pub claims: i64,
    pub billed_cents: i64,
    pub paid_cents: i64,
}

/// How many claims each payer is responsible for, month by month, and what they come to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PayerMixReport {
    #[serde(flatten)]
    pub period: ReportPeriod,
    /// A row for each month and payer that has claims, oldest month first.
    pub data: Vec<PayerMixRow>,
    /// What all rows come to.
    pub totals: PayerMixTotals,
}

/// The claims of a payer that were received in a month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PayerMixRow {
    /// The month of receipt, in Ontario.
    pub month: Month,
    /// Who is responsible for the loss.
    pub payer: Payer,
    /// How many claims.
    #[schema(minimum = 0, example = 312)]
    pub claims: i64,
    /// What they come to, in Canadian cents.
    #[schema(minimum = 0, example = 4212000)]
    pub billed_cents: i64,
    /// What of it is paid until now, by whomever, in Canadian cents.
    #[schema(minimum = 0, example = 3905000)]
    pub paid_cents: i64,
}

/// What the claims of all months and payers come to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct PayerMixTotals {
    /// How many claims.
    #[schema(minimum = 0, example = 4012)]
    pub claims: i64,
    /// What they come to, in Canadian cents.
    #[schema(minimum = 0, example = 61250000)]
    pub billed_cents: i64,
    /// What of it is paid until now, in Canadian cents.
    #[schema(minimum = 0, example = 48120000)]
    pub paid_cents: i64,
}

impl PayerMixTotals {
    fn add(&mut self, sum: &PayerMixSum) {
        self.claims += sum.claims;
        self.billed_cents += sum.billed_cents;
        self.paid_cents += sum.paid_cents;
    }
}

impl PayerMixReport {
    /// Adds the days up to months.
    pub fn new(period: ReportPeriod, sums: &[PayerMixSum]) -> Self {
        let mut rows: BTreeMap<(Month, Payer), PayerMixTotals> = BTreeMap::new();
        let mut totals = PayerMixTotals::default();
        for sum in sums {
            let key = (Month::of(sum.received_on), sum.payer);
            rows.entry(key).or_default().add(sum);
            totals.add(sum);
        }
        let row = |((month, payer), sum): ((Month, Payer), PayerMixTotals)| PayerMixRow {
            month,
            payer,
            claims: sum.claims,
            billed_cents: sum.billed_cents,
            paid_cents: sum.paid_cents,
        };
        let data = rows.into_iter().map(row).collect();
        Self {
            period,
            data,
            totals,
        }
    }
}

impl Tabular for PayerMixReport {
    type Row = PayerMixRow;

    const FIELDS: &'static [&'static str] =
        &["month", "payer", "claims", "billed_cents", "paid_cents"];

    fn period(&self) -> ReportPeriod {
        self.period
    }

    fn rows(&self) -> &[PayerMixRow] {
        &self.data
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    #[test]
    fn days_are_added_up_to_months() {
        let sum = |text: &str, payer, claims| PayerMixSum {
            received_on: day(text),
            payer,
            claims,
            billed_cents: claims * 100,
            paid_cents: claims,
        };
        let period = ReportPeriod {
            from: day("2026-05-31"),
            to: day("2026-06-30"),
        };
        let report = PayerMixReport::new(
            period,
            &[
                sum("2026-06-02", Payer::Mva, 2),
                sum("2026-05-31", Payer::Private, 5),
                sum("2026-06-30", Payer::Mva, 3),
            ],
        );
        let rows: Vec<(String, Payer, i64)> = report
            .data
            .iter()
            .map(|it| (it.month.to_string(), it.payer, it.claims))
            .collect();
        let expected = [
            ("2026-05".to_owned(), Payer::Private, 5),
            ("2026-06".to_owned(), Payer::Mva, 5),
        ];
        assert_eq!(rows, expected);
        let totals = PayerMixTotals {
            claims: 10,
            billed_cents: 1000,
            paid_cents: 10,
        };
        assert_eq!(report.totals, totals);
        let nothing = PayerMixReport::new(period, &[]);
        assert!(nothing.data.is_empty());
        assert_eq!(nothing.totals, PayerMixTotals::default());
    }
}
