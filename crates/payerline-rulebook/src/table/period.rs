//! Stretches of days: what a rulebook can ask about the day of an accident.

use payerline_domain::{
    parse::{fault_code::FaultCode, record::record},
    values::time::Day,
};

record! {
    /// A stretch of days, from `from` (included) to `before` (not included); either end may be left out.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Period {
        /// First day; left out: no beginning.
        pub from: Option<Day>,
        /// First day that is too late; left out: no end.
        pub before: Option<Day>,
    }
    check(_, at, faults) {
        if let (Some(from), Some(before)) = (from, before)
            && from >= before
        {
            let detail = "must be after `from`, or no day lies in between";
            faults.rule(FaultCode::OutOfRange, &at.field("before"), detail);
        }
    }
}

impl Period {
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
