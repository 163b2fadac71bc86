//! What a condition asks, for people to read: the values that would do and those that would not.

use super::{
    insurers::{self, InsurerName},
    period::Period,
};
use payerline_domain::values::closed_enum::ClosedEnum;

/// What one condition asks, whatever is the case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The fact that is asked about.
    pub fact: &'static str,
    /// The values that would do.
    pub wanted: Vec<String>,
    /// The values that would not, where they can be listed.
    pub unwanted: Vec<String>,
}

impl Asked {
    /// A fact of which one of some words must be the case.
    pub fn words<T: ClosedEnum + PartialEq>(fact: &'static str, wanted: &[T]) -> Self {
        let (wanted, unwanted) = T::ALL.iter().partition(|value| wanted.contains(value));
        let texts = |values: Vec<&T>| values.iter().map(|it| it.word().to_owned()).collect();
        Self {
            fact,
            wanted: texts(wanted),
            unwanted: texts(unwanted),
        }
    }

    /// The insurer of the private plan, who must be one of these.
    pub fn insurers(names: &[InsurerName]) -> Self {
        Self {
            fact: insurers::FACT,
            wanted: names.iter().map(|it| it.as_str().to_owned()).collect(),
            unwanted: Vec::new(),
        }
    }

    /// The insurer of the private plan, who must be none of these.
    pub fn insurers_but(names: &[InsurerName]) -> Self {
        Self {
            fact: insurers::FACT,
            wanted: Vec::new(),
            unwanted: names.iter().map(|it| it.as_str().to_owned()).collect(),
        }
    }

    /// The day of the accident, which must lie in a period.
    pub fn period(period: Period) -> Self {
        Self {
            fact: "accident_date",
            wanted: vec![period.describe()],
            unwanted: Vec::new(),
        }
    }
}
