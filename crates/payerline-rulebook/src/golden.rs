//! Golden cases: claims with what must be decided about them, as somebody who runs a clinic writes them.
//!
//! ```json
//! {
//!   "title": "Stem cells after a car accident wait for an OCF-18.",
//!   "today": "2026-08-10",
//!   "claim": {"…": "as it is submitted"},
//!   "preauthorizations": [{"…": "what the ledger says of the approvals that it names"}],
//!   "expect": {
//!     "payer": "mva", "disposition": "needs_preauthorization",
//!     "rule": "mva-stem-cell-unapproved", "billing_order": ["mva"], "findings": ["experimental_exclusion"],
//!     "items": [{"payer": "mva", "disposition": "needs_preauthorization", "rule": "…", "billing_order": ["mva"],
//!       "coverage": 0, "required_documents": ["ocf_18"]}]
//!   }
//! }
//! ```
//!
//! Of what is expected only payer and disposition must be said. Lists are complete: `findings` names
//! every finding, each as often as it is found, in any order; `items` has one entry an item.

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::decide::compiled::Rulebook;
use payerline_domain::{
    claims::{
        billing::BillTo,
        decision::{Assessment, Document, ItemDecision},
        outside_facts::{OutsideFacts, PossibleDuplicate},
        payer::{Disposition, Payer},
        submission::{MAX_ITEMS, MAX_PREAUTHORIZATIONS, Submission, check_days},
    },
    parse::{
        decode::{self, Decode},
        fault::{At, Faults, Refusal, Source},
        fault_code::FaultCode,
        json::Node,
        record::record,
    },
    preauthorizations::{Ledger, PreauthorizationEntry},
    values::{
        money::Cents,
        text::{Label, Line},
        time::Day,
    },
};

/// Cases that a rulebook can carry at most.
pub const MAX_CASES: usize = 200;
/// Findings that a case can list at most: as many as a claim of all items can have of one kind.
const MAX_FINDINGS: usize = MAX_ITEMS;
/// Payers or documents that a case can list at most; there are fewer.
const MAX_WORDS: usize = 10;

record! {
    /// A claim with what must be decided about it.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct GoldenCase {
        /// What the case shows, in a sentence.
        #[schema(value_type = String, example = "Stem cells after a car accident wait for an OCF-18.")]
        pub title: Line,
        /// The day on which the claim is submitted.
        #[schema(value_type = String, format = Date, example = "2026-08-10")]
        pub today: Day,
        /// The claim.
        pub claim: Submission,
        /// What the ledger says of the approvals that it names. Left out: nothing.
        pub preauthorizations: Vec<PreauthorizationEntry> [0..=MAX_PREAUTHORIZATIONS] = Vec::new(),
        /// Other claims of the clinic that have the same services. Left out: none.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        pub possible_duplicates: Vec<PossibleDuplicate> [0..=MAX_ITEMS] = Vec::new(),
        /// What must be decided.
        pub expect: Expectation,
    }
    check(node, at, faults) {
        if let (Some(claim), Some(today)) = (node.get("claim"), today) {
            check_days(claim, &at.field("claim"), today, faults);
        }
        check_numbers(&preauthorizations, at, faults);
        if let (Some(claim), Some(expect)) = (&claim, &expect) {
            check_items(claim, expect, at, faults);
        }
    }
}

record! {
    /// What must be decided about a claim. What is left out is not compared.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Expectation {
        /// The payer of the claim.
        pub payer: Payer,
        /// The disposition of the claim.
        pub disposition: Disposition,
        /// The rule behind the item from which the claim has its payer.
        #[schema(value_type = Option<String>, example = "mva-stem-cell-unapproved")]
        pub rule: Option<Label>,
        /// Who is billed, first to last.
        pub billing_order: Option<Vec<Payer>> [0..=MAX_WORDS],
        /// The codes of all findings.
        #[schema(value_type = Option<Vec<String>>, example = json!(["experimental_exclusion"]))]
        pub findings: Option<Vec<Label>> [0..=MAX_FINDINGS],
        /// What must be decided about each item, in order.
        pub items: Option<Vec<ItemExpectation>> [0..=MAX_ITEMS],
    }
}

record! {
    /// What must be decided about one item. What is left out is not compared.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct ItemExpectation {
        /// Its payer.
        pub payer: Payer,
        /// Its disposition.
        pub disposition: Disposition,
        /// The rule that decides.
        #[schema(value_type = Option<String>, example = "mva-stem-cell-unapproved")]
        pub rule: Option<Label>,
        /// Who is billed, first to last.
        pub billing_order: Option<Vec<Payer>> [0..=MAX_WORDS],
        /// The index in `coverages` of the insurance that is billed first.
        pub coverage: Option<Index>,
        /// What has to be sent or obtained.
        pub required_documents: Option<Vec<Document>> [0..=MAX_WORDS],
        /// Who is billed where no insurer pays.
        pub bill_to: Option<BillTo>,
    }
}

/// An index in `coverages`, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(value_type = usize, minimum = 0, example = 0)]
pub struct Index(usize);

/// One thing that was decided otherwise than a case expects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Mismatch {
    /// What was expected: a JSON Pointer into the case.
    #[schema(example = "/expect/items/0/payer")]
    pub pointer: String,
    /// What the case expects.
    #[schema(example = "mva")]
    pub expected: String,
    /// What was decided.
    #[schema(example = "uncovered")]
    pub actual: String,
}

impl GoldenCase {
    /// Parses a list of cases that is shipped or stored.
    ///
    /// # Errors
    /// Every fault at once.
    pub fn parse_list(body: &[u8]) -> Result<Vec<Self>, Refusal> {
        let node = decode::parse_tree(body)?;
        let mut faults = Faults::new(Source::Stored);
        let cases = decode::read_list(&node, &At::ROOT, 0..=MAX_CASES, &mut faults);
        faults.settle(cases)
    }

    /// Lets a rulebook decide the claim; what it decides otherwise than expected. Nothing: the case
    /// passes.
    pub fn mismatches(&self, rulebook: &Rulebook) -> Vec<Mismatch> {
        let mut mismatches = Vec::new();
        // No valid claim is without items, so each is assessed.
        if let Some(assessed) = rulebook.decide(&self.claim, &self.outside_facts()) {
            let mut expected = self.expect.clone();
            // Findings may be listed in any order.
            if let Some(findings) = &mut expected.findings {
                findings.sort_by(|one, other| one.as_str().cmp(other.as_str()));
            }
            // An expectation can always be written; the serializer's signature says that it may not.
            let expected = serde_json::to_value(&expected).unwrap_or_default();
            let at = At::ROOT.field("expect");
            compare(&expected, &decided(&assessed), &at, &mut mismatches);
        }
        mismatches
    }
}

impl GoldenCase {
    /// What the decision rests on beside the claim.
    pub fn outside_facts(&self) -> OutsideFacts {
        OutsideFacts {
            today: self.today,
            ledger: Ledger {
                preauthorizations: self.preauthorizations.clone(),
                drawn: Vec::new(),
            },
            possible_duplicates: self.possible_duplicates.clone(),
            minor_injury_cents: Cents::default(),
            review_outdated: false,
        }
    }
}

/// What was decided, written as an expectation is.
fn decided(assessed: &Assessment) -> Value {
    let items = &assessed.decision.items;
    let behind = items.iter().find(|item| item.payer == assessed.payer);
    let findings = assessed.decision.findings.iter();
    let mut findings: Vec<_> = findings.map(|it| &it.code).collect();
    findings.sort_unstable();
    let of_item = |item: &ItemDecision| {
        json!({
            "payer": item.payer,
            "disposition": item.disposition,
            "rule": item.grounds.rule,
            "billing_order": item.billing_order.payers(),
            "coverage": item.coverage,
            "required_documents": item.grounds.required_documents,
            "bill_to": item.bill_to,
        })
    };
    json!({
        "payer": assessed.payer,
        "disposition": assessed.disposition,
        "rule": behind.map(|item| &item.grounds.rule),
        "billing_order": assessed.billing_order.payers(),
        "findings": findings,
        "items": items.iter().map(of_item).collect::<Vec<_>>(),
    })
}

/// Notes where what was decided is not as expected. What is not expected is not compared.
fn compare(expected: &Value, actual: &Value, at: &At<'_>, mismatches: &mut Vec<Mismatch>) {
    match (expected, actual) {
        (Value::Object(expected), _) => {
            for (name, expected) in expected {
                let actual = actual.get(name).unwrap_or(&Value::Null);
                compare(expected, actual, &at.field(name), mismatches);
            }
        }
        (Value::Array(expected), Value::Array(actual)) if actual.iter().any(Value::is_object) => {
            for (index, (expected, actual)) in expected.iter().zip(actual).enumerate() {
                compare(expected, actual, &at.index(index), mismatches);
            }
        }
        _ => {
            let (expected, actual) = (in_words(expected), in_words(actual));
            if expected != actual {
                mismatches.push(Mismatch {
                    pointer: at.pointer(),
                    expected,
                    actual,
                });
            }
        }
    }
}

/// A word, a number or a list of words as text.
fn in_words(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::String(word) => word.clone(),
        Value::Array(words) => words.iter().map(in_words).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// A number is unique in a clinic's ledger.
fn check_numbers(entries: &[PreauthorizationEntry], at: &At<'_>, faults: &mut Faults) {
    for (index, entry) in entries.iter().enumerate() {
        if entries
            .iter()
            .take(index)
            .any(|it| it.number == entry.number)
        {
            let list = at.field("preauthorizations");
            let detail = "a number is unique in the ledger; this one is there before";
            faults.rule(
                FaultCode::Duplicate,
                &list.index(index).field("number"),
                detail,
            );
        }
    }
}

fn check_items(claim: &Submission, expect: &Expectation, at: &At<'_>, faults: &mut Faults) {
    let (given, expected) = (claim.items.len(), expect.items.as_ref().map(Vec::len));
    if expected.is_some_and(|expected| expected != given) {
        let detail = format!("must have one entry for each of the claim's {given} items");
        let expect = at.field("expect");
        faults.rule(FaultCode::WrongNumber, &expect.field("items"), detail);
    }
}

impl Decode for Index {
    fn decode(node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let index = decode::read_integer(node, 0..=i64::from(u8::MAX), at, faults)?;
        usize::try_from(index).ok().map(Self)
    }
}
