//! The facts from outside a submission on which its decision rests: kept with the claim and read back
//! strictly, so that the decision can be made again.

use serde::Serialize;
use utoipa::ToSchema;

use super::submission::{MAX_ITEMS, MAX_PREAUTHORIZATIONS};
use crate::{
    parse::{
        decode::{self, Decode, Fields, read_list, read_optional, read_required},
        fault::{At, Faults},
        fault_code::FaultCode,
        json::Node,
    },
    preauthorizations::Ledger,
    values::{ids::ClaimId, money::Cents, time::Day},
};

/// What a decision used from outside its submission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OutsideFacts {
    /// The day in Ontario on which the claim was parsed.
    pub today: Day,
    /// What the ledger said of the approvals that the claim names.
    #[serde(flatten)]
    pub ledger: Ledger,
    /// Items of the claim that another claim has too, in the order of the items. Not written if there are none: facts
    /// of former builds have no such member.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub possible_duplicates: Vec<PossibleDuplicate>,
    /// What other claims of the patient have under the Minor Injury Guideline after the same accident, without tax. Not
    /// written if it is nothing.
    #[serde(skip_serializing_if = "is_nothing")]
    pub minor_injury_cents: Cents,
    /// The claim was reviewed, and the review does not count any more. Not written if that is not so.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub review_outdated: bool,
}

fn is_nothing(cents: &Cents) -> bool {
    *cents == Cents::default()
}

/// An item that stood in another claim of the clinic when the decision was made.
// Closed in its schema: `decode` refuses unknown fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PossibleDuplicate {
    /// The item's index, from 0.
    #[schema(minimum = 0, maximum = 499, example = 0)]
    pub item: u16,
    /// The earliest claim that has such an item.
    pub claim: ClaimId,
}

impl Decode for OutsideFacts {
    fn decode(node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let names = [
            "today",
            "preauthorizations",
            "drawn",
            "possible_duplicates",
            "minor_injury_cents",
            "review_outdated",
        ];
        let fields = Fields::match_names(node, &names, at, faults)?;
        let [
            today,
            preauthorizations,
            drawn,
            possible_duplicates,
            minor_injury_cents,
            review_outdated,
        ] = fields.values;
        let today = read_required(today, Day::decode, &at.field("today"), faults);
        let at_list = at.field("preauthorizations");
        let preauthorizations = read_required(
            preauthorizations,
            |node, at, faults| read_list(node, at, 0..=MAX_PREAUTHORIZATIONS, faults),
            &at_list,
            faults,
        );
        let drawn = read_optional(
            drawn,
            |node, at, faults| read_list(node, at, 1..=MAX_PREAUTHORIZATIONS, faults),
            &at.field("drawn"),
            faults,
        );
        let at_list = at.field("possible_duplicates");
        let possible_duplicates = read_optional(
            possible_duplicates,
            |node, at, faults| read_list(node, at, 1..=MAX_ITEMS, faults),
            &at_list,
            faults,
        )
        .unwrap_or_default();
        note_disorder(&possible_duplicates, &at_list, faults);
        let at_cents = at.field("minor_injury_cents");
        let minor_injury_cents = read_optional(
            minor_injury_cents,
            |node, at, faults| decode::read_integer(node, 0..=i64::MAX / 2, at, faults),
            &at_cents,
            faults,
        );
        let at_review = at.field("review_outdated");
        let review_outdated = read_optional(review_outdated, bool::decode, &at_review, faults);
        fields.note_strangers(at, faults);
        Some(Self {
            today: today?,
            ledger: Ledger {
                preauthorizations: preauthorizations?,
                drawn: drawn.unwrap_or_default(),
            },
            possible_duplicates,
            minor_injury_cents: Cents::from_stored(minor_injury_cents.unwrap_or_default()),
            review_outdated: review_outdated.unwrap_or_default(),
        })
    }
}

/// Notes items that do not stand behind the one before.
fn note_disorder(duplicates: &[PossibleDuplicate], at: &At<'_>, faults: &mut Faults) {
    let follows = |pair: &[PossibleDuplicate]| matches!(pair, [one, next] if one.item < next.item);
    if !duplicates.windows(2).all(follows) {
        faults.rule(
            FaultCode::OutOfOrder,
            at,
            "must be in the order of the items",
        );
    }
}

impl Decode for PossibleDuplicate {
    fn decode(node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let fields = Fields::match_names(node, &["item", "claim"], at, faults)?;
        let [item, claim] = fields.values;
        let item = read_required(item, read_index, &at.field("item"), faults);
        let claim = read_required(claim, ClaimId::decode, &at.field("claim"), faults);
        fields.note_strangers(at, faults);
        Some(Self {
            item: item?,
            claim: claim?,
        })
    }
}

fn read_index(node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<u16> {
    let last = i64::try_from(MAX_ITEMS - 1).unwrap_or(i64::MAX);
    let index = decode::read_integer(node, 0..=last, at, faults)?;
    u16::try_from(index).ok()
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

    const CLAIM: &str = "01980a6e-2c4f-7d31-a5b0-6f3e5c1d2b7a";

    fn facts(duplicates: &str) -> String {
        format!(
            r#"{{"today":"2026-09-01","preauthorizations":[],"possible_duplicates":{duplicates}}}"#
        )
    }

    #[test]
    fn possible_duplicates_are_read_back_as_they_were_written() {
        let without = r#"{"today":"2026-09-01","preauthorizations":[]}"#;
        let two = facts(&format!(
            r#"[{{"item":0,"claim":"{CLAIM}"}},{{"item":499,"claim":"{CLAIM}"}}]"#
        ));
        for (text, count) in [(without, 0), (&*two, 2)] {
            let read = OutsideFacts::read_stored(text.as_bytes()).unwrap();
            assert_eq!(read.possible_duplicates.len(), count);
            assert_eq!(serde_json::to_string(&read).unwrap(), text);
        }
    }

    #[test]
    fn anything_but_such_duplicates_is_refused() {
        let one = |item: &str| format!(r#"{{"item":{item},"claim":"{CLAIM}"}}"#);
        for duplicates in [
            "[]".to_owned(),
            "{}".to_owned(),
            "[{}]".to_owned(),
            r#"[{"item":0}]"#.to_owned(),
            r#"[{"item":0,"claim":"INV-1"}]"#.to_owned(),
            format!("[{}]", one("-1")),
            format!("[{}]", one("500")),
            format!("[{},{}]", one("1"), one("1")),
            format!("[{},{}]", one("1"), one("0")),
            format!(r#"[{{"item":0,"claim":"{CLAIM}","more":1}}]"#),
        ] {
            let text = facts(&duplicates);
            assert!(OutsideFacts::parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}
