//! One condition of a rule: what it asks, and how it holds for the facts of an item.

use serde::Serialize;
use utoipa::ToSchema;

use super::{
    insurers::{self, InsurerName},
    period::Period,
};
use payerline_domain::values::closed_enum::ClosedEnum;

/// One condition of a rule, held against the facts of an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Condition {
    /// The fact that is asked about.
    #[schema(example = "preauthorization")]
    pub fact: &'static str,
    /// The values that would do.
    #[schema(example = json!(["approved"]))]
    pub wanted: Vec<String>,
    /// What it is.
    #[schema(example = "pending")]
    pub actual: String,
    /// Whether the condition holds.
    pub holds: bool,
}

/// One condition for people to read, whatever is the case.
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

    /// The insurer of the private plan, who must be one of some or none of others.
    pub fn insurers(wanted: &[InsurerName], unwanted: &[InsurerName]) -> Self {
        Self {
            fact: insurers::FACT,
            wanted: InsurerName::list(wanted),
            unwanted: InsurerName::list(unwanted),
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
