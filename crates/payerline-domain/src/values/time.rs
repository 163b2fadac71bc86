//! Days (of services, births, accidents) and timestamps (of receipt).

use std::fmt;

use jiff::{
    ToSpan,
    civil::Date,
    tz::{self, TimeZone},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use utoipa::ToSchema;

use crate::parse::{
    compare::compare_as_whole,
    decode::{self, Decode},
    fault::{At, Faults},
    fault_code::FaultCode,
    json::Node,
};

/// Ontario's time zone, built into the binary: a container needs no zone files.
static TORONTO: TimeZone = tz::get!("America/Toronto");

/// A calendar day, `YYYY-MM-DD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, ToSchema)]
#[schema(value_type = String, format = Date, example = "2026-06-01")]
pub struct Day(Date);

impl Day {
    /// Reads exactly `YYYY-MM-DD`, a day of the calendar from year 1 on.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let mut number = |length: usize| {
            let digits = parts.next()?;
            let all_digits = digits.len() == length && digits.bytes().all(|b| b.is_ascii_digit());
            if all_digits {
                digits.parse::<i16>().ok()
            } else {
                None
            }
        };
        let (year, month, day) = (number(4)?, number(2)?, number(2)?);
        if parts.next().is_some() || year < 1 {
            return None;
        }
        Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?)
            .ok()
            .map(Self)
    }

    /// The day that it is in Ontario at a time.
    pub fn in_ontario(time: Timestamp) -> Self {
        Self(time.0.to_zoned_datetime(TORONTO.clone()).date())
    }

    /// When this day begins in Ontario.
    pub fn begins(self) -> Option<Timestamp> {
        let start = self.0.to_zoned_datetime(TORONTO.clone()).ok()?;
        Some(Timestamp(start.timestamp()))
    }

    /// The day after; `None` at the end of the calendar.
    pub fn next(self) -> Option<Self> {
        self.0.tomorrow().ok().map(Self)
    }

    /// How many days later another day is; negative if it is earlier.
    pub fn days_until(self, other: Self) -> i64 {
        other.0.duration_since(self.0).as_hours() / 24
    }

    /// The day so many days later; `None` at the end of the calendar.
    pub fn days_later(self, days: i32) -> Option<Self> {
        self.0.checked_add(days.days()).ok().map(Self)
    }

    /// The same day of the next year; 28 February for 29 February. `None` at the end of the calendar.
    pub fn a_year_later(self) -> Option<Self> {
        self.0.checked_add(1.year()).ok().map(Self)
    }

    /// Whole years lived on `day` by somebody born on this one. Somebody born on
    /// 29 February is a year older on 1 March of a common year.
    pub fn age_on(self, day: Self) -> i16 {
        let years = day.0.year() - self.0.year();
        let birthday_is_ahead = (day.0.month(), day.0.day()) < (self.0.month(), self.0.day());
        years - i16::from(birthday_is_ahead)
    }

    pub fn date(self) -> Date {
        self.0
    }
}

impl From<Date> for Day {
    fn from(date: Date) -> Self {
        Self(date)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, out)
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom("no date of the form YYYY-MM-DD"))
    }
}

impl Decode for Day {
    fn decode(node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let day = Self::parse(decode::read_text(node, at, faults)?);
        if day.is_none() {
            let detail = "must be a day of the calendar, written YYYY-MM-DD";
            faults.rule(FaultCode::InvalidDate, at, detail);
        }
        day
    }
}

compare_as_whole!(Day);

/// A point in time, UTC, to the microsecond (what both databases keep).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, ToSchema)]
// Clients generated from the document know it by this name.
#[schema(as = Instant, value_type = String, format = DateTime, example = "2026-06-01T14:03:22.123456Z")]
pub struct Timestamp(jiff::Timestamp);

impl Timestamp {
    pub const EPOCH: Self = Self(jiff::Timestamp::UNIX_EPOCH);
    /// No time is later.
    pub const LAST: Self = Self(jiff::Timestamp::MAX);

    /// Counts from 1970 on; `None` beyond the calendar.
    pub fn from_microseconds(microseconds: i64) -> Option<Self> {
        jiff::Timestamp::from_microsecond(microseconds)
            .ok()
            .map(Self)
    }

    pub fn microseconds(self) -> i64 {
        self.0.as_microsecond()
    }

    /// Reads an RFC 3339 time with an offset, such as `2026-06-01T10:00:00-04:00`.
    pub fn parse(text: &str) -> Option<Self> {
        let timestamp: jiff::Timestamp = text.parse().ok()?;
        Self::from_microseconds(timestamp.as_microsecond())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:.6}", self.0)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom("no RFC 3339 time"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    #[test]
    fn only_real_days_in_the_one_form_are_read() {
        for text in ["2024-02-29", "0001-01-01", "9999-12-31"] {
            assert_eq!(day(text).to_string(), text);
        }
        for text in [
            "2026-02-29",
            "2026-2-3",
            "20260203",
            "2026-02-03T00:00",
            "0000-01-01",
            "+026-01-01",
            "2026-13-01",
            "",
            "２026-01-01",
            "2026-01-01-",
        ] {
            assert_eq!(Day::parse(text), None, "{text}");
        }
    }

    #[test]
    fn age_counts_whole_years() {
        let born = day("2008-06-02");
        assert_eq!(born.age_on(day("2026-06-01")), 17);
        assert_eq!(born.age_on(day("2026-06-02")), 18);
        let leap = day("2008-02-29");
        assert_eq!(leap.age_on(day("2026-02-28")), 17);
        assert_eq!(leap.age_on(day("2026-03-01")), 18);
    }

    #[test]
    fn the_day_in_ontario_is_not_the_day_in_greenwich() {
        let late = Timestamp::parse("2026-07-01T03:59:59Z").unwrap();
        assert_eq!(Day::in_ontario(late), day("2026-06-30"));
        let midnight = Timestamp::parse("2026-07-01T04:00:00Z").unwrap();
        assert_eq!(Day::in_ontario(midnight), day("2026-07-01"));
        assert_eq!(day("2026-07-01").begins(), Some(midnight));
        assert_eq!(midnight.to_string(), "2026-07-01T04:00:00.000000Z");
    }
}
