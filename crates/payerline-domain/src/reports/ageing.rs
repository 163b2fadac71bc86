//! What is outstanding, by how long ago the claim was sent.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::{Tabular, period::ReportPeriod};
use crate::{
    claims::payers_due::BilledParty,
    values::{closed_enum::string_enum, time::Day},
};

string_enum! {
    /// How many days ago something was sent.
    AgeBand {
        /// 0 to 30 days.
        UpTo30 = "0-30",
        /// 31 to 60 days.
        UpTo60 = "31-60",
        /// 61 to 90 days.
        UpTo90 = "61-90",
        /// More than 90 days.
        Over90 = "over_90",
    }
}

impl AgeBand {
    /// The band of so many days.
    pub fn of(days: i64) -> Self {
        match days {
            ..=30 => Self::UpTo30,
            31..=60 => Self::UpTo60,
            61..=90 => Self::UpTo90,
            _ => Self::Over90,
        }
    }
}

/// The open claims that somebody was sent on a day, added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AgeingSum {
    pub sent_to: BilledParty,
    pub sent_on: Day,
    pub claims: i64,
    pub outstanding_cents: i64,
}

/// What is outstanding of claims that were sent and are not settled, by who was sent them and how long ago.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AgeingReport {
    #[serde(flatten)]
    pub period: ReportPeriod,
    /// The day up to which ages are counted: today in Ontario.
    pub as_of: Day,
    /// A row for each payer and age that has claims.
    pub data: Vec<AgeingRow>,
    /// What all rows come to.
    pub totals: AgeingTotals,
}

/// The claims that a payer was sent so long ago.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AgeingRow {
    /// Who was sent the claims last.
    pub payer: BilledParty,
    /// How many days ago.
    pub age_days: AgeBand,
    /// How many claims.
    #[schema(minimum = 0, example = 41)]
    pub claims: i64,
    /// What of them is outstanding, in Canadian cents.
    #[schema(minimum = 0, example = 1830000)]
    pub outstanding_cents: i64,
}

/// What is outstanding in all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct AgeingTotals {
    /// How many claims.
    #[schema(minimum = 0, example = 187)]
    pub claims: i64,
    /// What of them is outstanding, in Canadian cents.
    #[schema(minimum = 0, example = 7420000)]
    pub outstanding_cents: i64,
}

impl AgeingTotals {
    fn add(&mut self, sum: &AgeingSum) {
        self.claims += sum.claims;
        self.outstanding_cents += sum.outstanding_cents;
    }
}

impl AgeingReport {
    /// Adds the days up to ages.
    pub fn new(period: ReportPeriod, as_of: Day, sums: &[AgeingSum]) -> Self {
        let mut rows: BTreeMap<(BilledParty, AgeBand), AgeingTotals> = BTreeMap::new();
        let mut totals = AgeingTotals::default();
        for sum in sums {
            let age = AgeBand::of(sum.sent_on.days_until(as_of));
            rows.entry((sum.sent_to, age)).or_default().add(sum);
            totals.add(sum);
        }
        let row = |((payer, age_days), sum): ((BilledParty, AgeBand), AgeingTotals)| AgeingRow {
            payer,
            age_days,
            claims: sum.claims,
            outstanding_cents: sum.outstanding_cents,
        };
        Self {
            period,
            as_of,
            data: rows.into_iter().map(row).collect(),
            totals,
        }
    }
}

impl Tabular for AgeingReport {
    type Row = AgeingRow;

    const FIELDS: &'static [&'static str] = &["payer", "age_days", "claims", "outstanding_cents"];

    fn period(&self) -> ReportPeriod {
        self.period
    }

    fn rows(&self) -> &[AgeingRow] {
        &self.data
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_age_has_its_band() {
        for (days, band) in [
            (-1, AgeBand::UpTo30),
            (0, AgeBand::UpTo30),
            (30, AgeBand::UpTo30),
            (31, AgeBand::UpTo60),
            (60, AgeBand::UpTo60),
            (61, AgeBand::UpTo90),
            (90, AgeBand::UpTo90),
            (91, AgeBand::Over90),
            (4000, AgeBand::Over90),
        ] {
            assert_eq!(AgeBand::of(days), band, "{days}");
        }
    }

    #[test]
    fn days_are_added_up_to_ages() {
        let day = |text: &str| Day::parse(text).unwrap();
        let period = ReportPeriod {
            from: day("2026-01-01"),
            to: day("2026-06-30"),
        };
        let sum = |sent_on: &str, claims| AgeingSum {
            sent_to: BilledParty::Mva,
            sent_on: day(sent_on),
            claims,
            outstanding_cents: claims * 1000,
        };
        let sums = [
            sum("2026-05-31", 1),
            sum("2026-06-30", 2),
            sum("2026-05-30", 4),
        ];
        let report = AgeingReport::new(period, day("2026-06-30"), &sums);
        let rows: Vec<(AgeBand, i64)> = report
            .data
            .iter()
            .map(|it| (it.age_days, it.claims))
            .collect();
        assert_eq!(rows, [(AgeBand::UpTo30, 3), (AgeBand::UpTo60, 4)]);
        assert_eq!(report.totals.outstanding_cents, 7000);
        let nothing = AgeingReport::new(period, day("2026-06-30"), &[]);
        assert_eq!((nothing.data.len(), nothing.totals.claims), (0, 0));
    }
}
