//! The facts from outside a submission on which its decision rests: kept with the claim and read back
//! strictly, so that the decision can be made again.

use serde::Serialize;

use super::submission::MAX_PREAUTHORIZATIONS;
use crate::{
    parse::{
        decode::{Decode, Fields, read_list, read_required},
        fault::{At, Faults},
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

impl Decode for OutsideFacts {
    fn decode(node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let fields = Fields::match_names(node, &["today", "preauthorizations"], at, faults)?;
        let [today, preauthorizations] = fields.values;
        let today = read_required(today, Day::decode, &at.field("today"), faults);
        let at_list = at.field("preauthorizations");
        let preauthorizations = read_required(
            preauthorizations,
            |node, at, faults| read_list(node, at, 0..=MAX_PREAUTHORIZATIONS, faults),
            &at_list,
            faults,
        );
        fields.note_strangers(at, faults);
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
        assert!(OutsideFacts::parse(br#"{"today":"2026-09-01","preauthorizations":[]}"#).is_ok());
        for text in [
            "",
            "{}",
            r#"{"today":"2026-09-01"}"#,
            r#"{"preauthorizations":[]}"#,
            r#"{"today":"2026-09-31","preauthorizations":[]}"#,
            r#"{"today":"2026-09-01","preauthorizations":[{}]}"#,
            r#"{"today":"2026-09-01","preauthorizations":[],"more":1}"#,
        ] {
            assert!(OutsideFacts::parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}
