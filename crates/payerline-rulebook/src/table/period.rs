//! Stretches of days: what a rulebook can ask about the day of an accident.

use serde::Serialize;
use utoipa::ToSchema;

use payerline_domain::values::time::Day;

/// A stretch of days, from `from` (included) to `before` (not included); either end may be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Period {
    /// First day; left out: no beginning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Day>,
    /// First day that is too late; left out: no end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Day>,
}

impl Period {
    /// Whether a day lies in it.
    pub fn contains(self, day: Day) -> bool {
        self.from.is_none_or(|from| from <= day) && self.before.is_none_or(|before| day < before)
    }

    /// The period in words.
    pub fn describe(self) -> String {
        match (self.from, self.before) {
            (Some(from), Some(before)) => format!("from {from}, before {before}"),
            (Some(from), None) => format!("from {from}"),
            (None, Some(before)) => format!("before {before}"),
            (None, None) => "any day".to_owned(),
        }
    }
}
