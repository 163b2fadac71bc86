//! The period of a report, and its months.

use std::{fmt, iter};

use jiff::{ToSpan, civil::Date};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    parse::{
        fault::{At, Faults},
        fault_code::FaultCode,
    },
    values::{
        ids::first_uuid_at,
        time::{Day, Timestamp},
    },
};

/// The longest period, in years.
pub const MAX_YEARS: i64 = 5;

/// The days that a report is about, in Ontario.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReportPeriod {
    /// The first day of the report.
    pub from: Day,
    /// The last day of the report, itself included.
    pub to: Day,
}

impl ReportPeriod {
    /// Fills in what is left out: the year up to `to`, and today for `to`. Notes what is wrong.
    pub fn resolve(
        from: Option<Day>,
        to: Option<Day>,
        today: Day,
        faults: &mut Faults,
    ) -> Option<Self> {
        let to = to.unwrap_or(today);
        let earliest = years_before(to, MAX_YEARS)?;
        let from = from.or_else(|| years_before(to, 1))?;
        if from > to {
            let detail = "must not be before `from`; left out, it is today";
            faults.rule(FaultCode::BeforeTheStart, &At::ROOT.field("to"), detail);
        }
        if from < earliest {
            let detail =
                format!("must lie in the {MAX_YEARS} years before `to`: not before {earliest}");
            faults.rule(FaultCode::OutOfRange, &At::ROOT.field("from"), detail);
        }
        Some(Self { from, to })
    }

    /// When it begins, and the first moment after it.
    pub fn bounds(self) -> (Timestamp, Timestamp) {
        let begin = self.from.begins().unwrap_or(Timestamp::EPOCH);
        let end = self.to.next().and_then(Day::begins);
        (begin, end.unwrap_or(Timestamp::LAST))
    }

    /// The ids of what was received in it: the lowest, and the first beyond.
    pub fn ids(self) -> (Uuid, Uuid) {
        let (begin, end) = self.bounds();
        (first_uuid_at(begin), first_uuid_at(end))
    }

    /// Its months, also those that it has only a part of.
    pub fn months(self) -> impl Iterator<Item = Month> {
        let last = Month::of(self.to);
        iter::successors(Some(Month::of(self.from)), |month| month.next())
            .take_while(move |month| *month <= last)
    }
}

/// The day with which a period begins that ends on `day` and takes so many years.
fn years_before(day: Day, years: i64) -> Option<Day> {
    let earlier = day.date().checked_sub(years.years()).ok()?;
    Some(earlier.tomorrow().ok()?.into())
}

/// A month of the calendar, `YYYY-MM`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, ToSchema)]
#[schema(value_type = String, pattern = "^[0-9]{4}-[0-9]{2}$", example = "2026-06")]
pub struct Month(Date);

impl Month {
    /// The month of a day.
    pub fn of(day: Day) -> Self {
        Self(day.date().first_of_month())
    }

    fn next(self) -> Option<Self> {
        self.0.checked_add(1.month()).ok().map(Self)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:04}-{:02}", self.0.year(), self.0.month())
    }
}

impl Serialize for Month {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    fn resolve(from: Option<&str>, to: Option<&str>) -> (Option<(String, String)>, usize) {
        let mut faults = Faults::default();
        let today = day("2026-12-01");
        let period = ReportPeriod::resolve(from.map(day), to.map(day), today, &mut faults);
        let days = period.map(|it| (it.from.to_string(), it.to.to_string()));
        match faults.settle(days) {
            Ok(days) => (Some(days), 0),
            Err(crate::parse::fault::Refusal::Rules(faults)) => (None, faults.len()),
            Err(refusal) => panic!("{refusal:?}"),
        }
    }

    #[test]
    fn what_is_left_out_is_the_last_twelve_months() {
        let days = |from: &str, to: &str| (Some((from.to_owned(), to.to_owned())), 0);
        assert_eq!(resolve(None, None), days("2025-12-02", "2026-12-01"));
        let to = Some("2026-02-28");
        assert_eq!(resolve(None, to), days("2025-03-01", "2026-02-28"));
        let from = Some("2026-06-01");
        assert_eq!(resolve(from, None), days("2026-06-01", "2026-12-01"));
        assert_eq!(resolve(from, from), days("2026-06-01", "2026-06-01"));
    }

    #[test]
    fn a_period_ends_after_it_begins_and_takes_five_years_at_most() {
        assert_eq!(resolve(Some("2026-12-02"), None), (None, 1));
        assert_eq!(resolve(Some("2026-06-02"), Some("2026-06-01")), (None, 1));
        assert_eq!(resolve(Some("2021-12-01"), None), (None, 1));
        assert_eq!(resolve(Some("2021-12-02"), None).1, 0);
    }

    #[test]
    fn a_period_has_each_of_its_months() {
        let period = ReportPeriod {
            from: day("2026-11-30"),
            to: day("2027-02-01"),
        };
        let months: Vec<String> = period.months().map(|it| it.to_string()).collect();
        assert_eq!(months, ["2026-11", "2026-12", "2027-01", "2027-02"]);
    }

    #[test]
    fn the_days_of_a_period_are_ontarios() {
        let june = ReportPeriod {
            from: day("2026-06-01"),
            to: day("2026-06-30"),
        };
        let at = |text: &str| Timestamp::parse(text).unwrap();
        let bounds = (at("2026-06-01T04:00:00Z"), at("2026-07-01T04:00:00Z"));
        assert_eq!(june.bounds(), bounds);
    }
}
