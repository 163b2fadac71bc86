//! The facts from outside a submission on which its decision rests: kept with the claim and read back
//! strictly, so that the decision can be made again.

use serde::Serialize;

use super::submission::PREAUTHORIZATIONS_MOST;
use crate::{
    parse::{
        decode::{self, Decode, Fields},
        fault::{At, Faults, Refusal},
        json::Node,
    },
    preauthorizations::Ledger,
    values::time::Day,
};

/// What a decision used from outside its submission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OutsideFacts {
    /// The day in Ontario on which the claim was parsed.
    pub today: Day,
    /// What the ledger said of the approvals that the claim names.
    #[serde(flatten)]
    pub ledger: Ledger,
}

impl OutsideFacts {
    /// Reads what was written.
    ///
    /// # Errors
    /// When it is anything else than such facts, whole and without more.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let node = decode::tree(text.as_bytes())?;
        let mut faults = Faults::default();
        let facts = Self::decode(&node, &At::ROOT, &mut faults);
        faults.settle(facts)
    }
}

impl Decode for OutsideFacts {
    fn decode(node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::of(node, at, faults)?;
        let today = fields.required("today");
        let preauthorizations = fields.list("preauthorizations", 0, PREAUTHORIZATIONS_MOST);
        fields.finish();
        Some(Self {
            today: today?,
            ledger: Ledger {
                preauthorizations: preauthorizations?,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anything_but_such_facts_is_refused() {
        assert!(OutsideFacts::parse(r#"{"today":"2026-09-01","preauthorizations":[]}"#).is_ok());
        for text in [
            "",
            "{}",
            r#"{"today":"2026-09-01"}"#,
            r#"{"preauthorizations":[]}"#,
            r#"{"today":"2026-09-31","preauthorizations":[]}"#,
            r#"{"today":"2026-09-01","preauthorizations":[{}]}"#,
            r#"{"today":"2026-09-01","preauthorizations":[],"more":1}"#,
        ] {
            assert!(OutsideFacts::parse(text).is_err(), "{text}");
        }
    }
}
