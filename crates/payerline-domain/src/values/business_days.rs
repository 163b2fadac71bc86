//! Business days as the Statutory Accident Benefits Schedule (O. Reg. 34/10) counts them: s.3(1), s.64(24).
//!
//! The holidays are those of the Legislation Act, 2006, s.88. Easter Monday, Remembrance Day, the Civic Holiday and
//! 30 September are business days.

use jiff::civil::{Date, Weekday};

use super::time::Day;

/// Days that a proclamation made holidays, which no rule of the calendar gives. Added to, never changed.
const PROCLAIMED_HOLIDAYS: &[Date] = &[];

/// Business days are counted up to this number: one more than the longest deadline of the Schedule that a fact asks about.
pub const MAX_COUNTED: u32 = 6;

/// A span of this length has more than [`MAX_COUNTED`] business days: three weeks have 15 weekdays, and holidays are far
/// fewer than 9 of them. So long spans are not walked through.
const SURELY_LONGER_DAYS: i64 = 21;

/// Counts the business days after `from` up to and including `to`; none if `to` is not later. [`MAX_COUNTED`] stands
/// for any greater number.
pub fn business_days_after(from: Day, to: Day) -> u32 {
    let span = to.date().duration_since(from.date());
    if span.as_hours() >= SURELY_LONGER_DAYS * 24 {
        return MAX_COUNTED;
    }
    let mut counted = 0;
    let mut day = from;
    while day < to && counted < MAX_COUNTED {
        let Some(next) = day.next() else { break };
        day = next;
        counted += u32::from(is_business_day(day));
    }
    counted
}

/// Finds the business day with this number after `from`; the next one is number 1, and number 0 is `from` itself,
/// whatever day that is. At the end of the calendar it is the last day there is.
pub fn business_day_after(from: Day, number: u32) -> Day {
    let mut day = from;
    let mut left = number;
    while left > 0 {
        let Some(next) = day.next() else { break };
        day = next;
        left -= u32::from(is_business_day(day));
    }
    day
}

pub fn is_business_day(day: Day) -> bool {
    let date = day.date();
    let weekday = date.weekday();
    let is_weekend = matches!(weekday, Weekday::Saturday | Weekday::Sunday);
    !is_weekend && !is_weekday_holiday(date, weekday) && !PROCLAIMED_HOLIDAYS.contains(&date)
}

/// Whether a day from Monday to Friday is a holiday or stands in for one.
fn is_weekday_holiday(date: Date, weekday: Weekday) -> bool {
    use Weekday::{Friday, Monday, Tuesday};
    match (date.month(), date.day()) {
        // New Year's Day; on a Sunday the Monday too.
        (1, 1) => true,
        (1, 2) => weekday == Monday,
        // Family Day: the third Monday.
        (2, 15..=21) => weekday == Monday,
        (3 | 4, _) => weekday == Friday && is_good_friday(date),
        // Victoria Day: the Monday before 25 May.
        (5, 18..=24) => weekday == Monday,
        // Canada Day; when 1 July is a Sunday, 2 July instead.
        (7, 1) => true,
        (7, 2) => weekday == Monday,
        // Labour Day: the first Monday.
        (9, 1..=7) => weekday == Monday,
        // Thanksgiving: the second Monday.
        (10, 8..=14) => weekday == Monday,
        // Christmas and Boxing Day; with Christmas on a Saturday the Monday too, on a Sunday the Tuesday.
        (12, 25 | 26) => true,
        (12, 27) => matches!(weekday, Monday | Tuesday),
        _ => false,
    }
}

/// Whether a day of March or April is two days before Easter.
fn is_good_friday(date: Date) -> bool {
    let days_of_earlier_months = if date.month() == 4 { 31 } else { 0 };
    let day_counted_from_march = days_of_earlier_months + i32::from(date.day());
    day_counted_from_march == easter_counted_from_march(i32::from(date.year())) - 2
}

/// Easter Sunday as a day of March; 32 is 1 April. The algorithm is the anonymous one of 1876 for the Gregorian
/// calendar (Meeus, Astronomical Algorithms, chapter 8), with its variables under their usual names.
fn easter_counted_from_march(year: i32) -> i32 {
    let a = year % 19;
    let (b, c) = (year / 100, year % 100);
    let (d, e) = (b / 4, b % 4);
    let f = (b + 8) / 25;
    let g = (b - f + 1) / 3;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    22 + h + l - 7 * m
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    fn days_from(first: Day) -> impl Iterator<Item = Day> {
        std::iter::successors(Some(first), |day| day.next())
    }

    fn days_of(year: i16) -> impl Iterator<Item = Day> {
        let first = Day::from(Date::new(year, 1, 1).unwrap());
        days_from(first).take_while(move |day| day.date().year() == year)
    }

    fn is_weekday(day: Day) -> bool {
        !matches!(day.date().weekday(), Weekday::Saturday | Weekday::Sunday)
    }

    /// The weekdays of a year that are no business days, as `MM-DD`.
    fn holidays(year: i16) -> Vec<String> {
        let holidays = days_of(year).filter(|day| is_weekday(*day) && !is_business_day(*day));
        holidays
            .map(|day| day.to_string()[5..].to_owned())
            .collect()
    }

    #[test]
    fn the_holidays_of_known_years_are_no_business_days() {
        for (year, known) in [
            // Canada Day is a Sunday.
            (
                2018,
                "01-01 02-19 03-30 05-21 07-02 09-03 10-08 12-25 12-26",
            ),
            // Boxing Day is a Saturday.
            (2020, "01-01 02-17 04-10 05-18 07-01 09-07 10-12 12-25"),
            // Christmas is a Saturday.
            (2021, "01-01 02-15 04-02 05-24 07-01 09-06 10-11 12-27"),
            // New Year's Day is a Saturday, Christmas a Sunday.
            (2022, "02-21 04-15 05-23 07-01 09-05 10-10 12-26 12-27"),
            // New Year's Day is a Sunday, Canada Day a Saturday.
            (2023, "01-02 02-20 04-07 05-22 09-04 10-09 12-25 12-26"),
            (
                2024,
                "01-01 02-19 03-29 05-20 07-01 09-02 10-14 12-25 12-26",
            ),
            (
                2025,
                "01-01 02-17 04-18 05-19 07-01 09-01 10-13 12-25 12-26",
            ),
            (2026, "01-01 02-16 04-03 05-18 07-01 09-07 10-12 12-25"),
            (2027, "01-01 02-15 03-26 05-24 07-01 09-06 10-11 12-27"),
            // 1 January is a Saturday.
            (2028, "02-21 04-14 05-22 09-04 10-09 12-25 12-26"),
            // Canada Day is a Sunday.
            (
                2029,
                "01-01 02-19 03-30 05-21 07-02 09-03 10-08 12-25 12-26",
            ),
        ] {
            assert_eq!(holidays(year).join(" "), known, "{year}");
        }
    }

    #[test]
    fn easter_falls_on_known_days_from_the_earliest_to_the_latest() {
        for (year, good_friday) in [
            (1818, "03-20"),
            (1943, "04-23"),
            (2000, "04-21"),
            (2008, "03-21"),
            (2019, "04-19"),
            (2030, "04-19"),
            (2038, "04-23"),
            (2285, "03-20"),
        ] {
            let found: Vec<_> = days_of(year)
                .filter(|day| [3, 4].contains(&day.date().month()) && is_good_friday(day.date()))
                .map(|day| day.to_string()[5..].to_owned())
                .collect();
            assert_eq!(found, [good_friday], "{year}");
        }
    }

    #[test]
    fn days_that_many_take_off_are_business_days_all_the_same() {
        for text in [
            "2026-04-06", // Easter Monday
            "2026-08-03", // the Civic Holiday
            "2026-09-30", // National Day for Truth and Reconciliation
            "2026-11-11", // Remembrance Day
            "2022-01-03", // after a New Year's Day on a Saturday
            "2023-07-03", // after a Canada Day on a Saturday
            "2026-12-28", // after a Boxing Day on a Saturday
        ] {
            assert!(is_business_day(day(text)), "{text}");
        }
    }

    #[test]
    fn the_first_day_is_not_counted_and_the_last_is() {
        for (from, to, counted) in [
            ("2026-06-08", "2026-06-08", 0),
            ("2026-06-09", "2026-06-08", 0),
            ("2026-06-08", "2026-06-09", 1),
            ("2026-06-08", "2026-06-15", 5),
            ("2026-06-08", "2026-06-16", 6),
            // A Saturday: Monday is the first.
            ("2026-06-06", "2026-06-12", 5),
            ("2026-06-06", "2026-06-13", 5),
            // A weekend with Canada Day.
            ("2026-06-26", "2026-07-06", 5),
            ("2026-06-26", "2026-07-07", 6),
            // Easter: Good Friday is none, Monday is one.
            ("2026-04-01", "2026-04-09", 5),
            // Christmas on a Saturday.
            ("2027-12-24", "2028-01-03", 5),
            ("0001-01-01", "9999-12-31", MAX_COUNTED),
            ("9999-12-30", "9999-12-31", 1),
        ] {
            let found = business_days_after(day(from), day(to));
            assert_eq!(found, counted, "{from} to {to}");
        }
    }

    #[test]
    fn a_business_day_is_found_by_its_number() {
        for (from, number, found) in [
            ("2026-06-06", 0, "2026-06-06"),
            ("2026-06-05", 1, "2026-06-08"),
            // Over the weekend of Canada Day, a Wednesday.
            ("2026-06-26", 4, "2026-07-03"),
            ("2026-12-24", 1, "2026-12-28"),
            ("9999-12-30", 5, "9999-12-31"),
        ] {
            assert_eq!(business_day_after(day(from), number), day(found), "{from}");
        }
    }

    #[test]
    fn numbers_and_counts_of_business_days_agree() {
        for from in days_from(day("2021-11-01")).take(500) {
            for number in 1..MAX_COUNTED {
                let found = business_day_after(from, number);
                assert!(is_business_day(found), "{from} {number}");
                assert_eq!(business_days_after(from, found), number, "{from} {number}");
            }
        }
    }

    #[test]
    fn the_count_is_the_number_of_business_days_up_to_its_limit() {
        // Two years with all that can fall together: Christmas on Saturday and on Sunday, Easter early and late.
        for from in days_from(day("2021-11-01")).take(500) {
            let mut counted = 0;
            for (span, to) in days_from(from).take(120).enumerate() {
                counted += u32::from(span > 0 && is_business_day(to));
                let expected = counted.min(MAX_COUNTED);
                assert_eq!(business_days_after(from, to), expected, "{from} to {to}");
            }
        }
    }

    #[test]
    fn every_year_has_one_of_each_movable_holiday() {
        for year in 1900..=2299 {
            let holidays = holidays(year);
            let within = |first: &str, last: &str| {
                let holidays = holidays.iter().map(String::as_str);
                holidays.filter(|it| (first..=last).contains(it)).count()
            };
            // Those that are always on a weekday, whatever stands in for the others.
            for (first, last) in [
                ("02-15", "02-21"),
                ("03-20", "04-23"),
                ("05-18", "05-24"),
                ("09-01", "09-07"),
                ("10-08", "10-14"),
            ] {
                assert_eq!(within(first, last), 1, "{year} {first}");
            }
            assert!((7..=9).contains(&holidays.len()), "{year}: {holidays:?}");
        }
    }
}
