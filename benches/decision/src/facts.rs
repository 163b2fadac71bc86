//! The facts of an item in words, as an engine is handed them.

use payerline_domain::values::closed_enum::ClosedEnum;
use payerline_rulebook::table::conditions::Facts;

/// The day of the accident, the one fact that is a number: such as 20260701.
pub const ACCIDENT_DATE: &str = "accident_date";
/// The payer, of which the engines are told once it is decided.
pub const PAYER: &str = "payer";
/// What stands for the payer until then.
const NOT_DECIDED: &str = "";
/// No accident, as its day.
pub const NO_DAY: i32 = 0;

macro_rules! words {
    ($($fact:ident),+ $(,)?) => {
        /// The facts that are words.
        pub const WORDS: &[&str] = &[$(stringify!($fact),)+ PAYER];

        /// The facts of an item in words; its payer, not decided yet, is none.
        pub fn in_words(facts: &Facts) -> [(&'static str, &'static str); WORDS.len()] {
            [$((stringify!($fact), facts.$fact.word()),)+ (PAYER, NOT_DECIDED)]
        }
    };
}

words! {
    service, category, ohip_insured, cause, caused_by_work, wsia_election, accident_place, auto, minor_injury_guideline,
    wsib, wsib_claim_number, private, private_plan, active_private_plan, preauthorization, preauthorization_kind, age,
    pregnant, procedure_described, image_guidance, asepsis, antibiotic_prophylaxis, health_canada_authorization,
}

/// The day of the accident as a number.
pub fn accident_date(facts: &Facts) -> i32 {
    facts.accident_date.map_or(NO_DAY, |day| {
        let date = day.date();
        i32::from(date.year()) * 10_000 + i32::from(date.month()) * 100 + i32::from(date.day())
    })
}
