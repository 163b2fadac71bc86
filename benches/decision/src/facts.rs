//! The facts of an item in words, as an engine is handed them.

use payerline_rulebook::table::vocabulary::Facts;

/// The day of the accident, the one fact that is a number: such as 20260701.
pub const ACCIDENT_DATE: &str = "accident_date";
/// The payer, of which the engines are told once it is decided.
pub const PAYER: &str = "payer";
/// What stands for the payer until then.
const NOT_DECIDED: &str = "";
/// No accident, as its day.
pub const NO_DAY: i32 = 0;

/// The facts that are words; the last one is the payer.
pub const WORDS: &[&str] = Facts::NAMES;

/// The facts of an item in words; its payer, not decided yet, is none.
pub fn in_words(facts: &Facts) -> [(&'static str, &'static str); WORDS.len()] {
    let mut words = facts.words();
    if let Some((_, payer)) = words.last_mut() {
        *payer = NOT_DECIDED;
    }
    words
}

/// The day of the accident as a number.
pub fn accident_date(facts: &Facts) -> i32 {
    facts.accident_date.map_or(NO_DAY, |day| {
        let date = day.date();
        i32::from(date.year()) * 10_000 + i32::from(date.month()) * 100 + i32::from(date.day())
    })
}
