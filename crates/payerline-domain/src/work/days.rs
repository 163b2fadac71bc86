//! Reckoning with days. At the ends of the calendar it is the first or last day there is.

use jiff::{Span, ToSpan};

use crate::values::{business_days::business_day_after, time::Day};

fn plus(day: Day, span: Span) -> Day {
    Day::from(day.date().saturating_add(span))
}

pub fn plus_days(day: Day, days: i32) -> Day {
    plus(day, days.days())
}

pub fn plus_weeks(day: Day, weeks: i32) -> Day {
    plus(day, weeks.weeks())
}

/// The same day of a later month, or its last day if it has no such day: three months after 30 November is 28 February.
pub fn plus_months(day: Day, months: i32) -> Day {
    plus(day, months.months())
}

/// The same day of a later year; 28 February for 29 February.
pub fn plus_years(day: Day, years: i16) -> Day {
    plus(day, years.years())
}

/// The working rule for what comes in.
pub fn next_business_day(day: Day) -> Day {
    business_day_after(day, 1)
}
