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
use utoipa::ToSchema;

use crate::decide::compiled::Rulebook;
use payerline_domain::{
    claims::{
        decision::{Assessment, Document, ItemDecision},
        payer::{Disposition, Payer},
        submission::{MAX_ITEMS, MAX_PREAUTHORIZATIONS, Submission, check_days},
    },
    parse::{
        decode::{self, Decode},
        fault::{At, Faults, Refusal, Source},
        json::Node,
        record::record,
    },
    preauthorizations::{Ledger, PreauthorizationEntry},
    values::{
        closed_enum::ClosedEnum,
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
        let ledger = Ledger {
            preauthorizations: self.preauthorizations.clone(),
        };
        let mut compared = Comparison::default();
        // No valid claim is without items, so each is assessed.
        if let Some(assessed) = rulebook.decide(&self.claim, &ledger) {
            self.expect.compare(&assessed, &mut compared);
        }
        compared.mismatches
    }
}

impl Expectation {
    fn compare(&self, assessed: &Assessment, compared: &mut Comparison) {
        let at = At::ROOT.field("expect");
        let at = &at;
        let decided = &assessed.decision.items;
        compared.word(at, "payer", self.payer, assessed.payer);
        compared.word(at, "disposition", self.disposition, assessed.disposition);
        let behind = decided.iter().find(|item| item.payer == assessed.payer);
        compared.rule(at, self.rule.as_ref(), behind);
        let billed = assessed.billing_order.payers();
        compared.words(at, "billing_order", self.billing_order.as_deref(), billed);
        if let Some(expected) = &self.findings {
            let found = assessed.decision.findings.iter().map(|it| &*it.code);
            let expected = sorted(expected.iter().map(Label::as_str));
            compared.texts(at, "findings", expected, sorted(found));
        }
        let at_items = at.field("items");
        for (index, (expected, item)) in self.items.iter().flatten().zip(decided).enumerate() {
            expected.compare(item, &at_items.index(index), compared);
        }
    }
}

impl ItemExpectation {
    fn compare(&self, item: &ItemDecision, at: &At<'_>, compared: &mut Comparison) {
        compared.word(at, "payer", self.payer, item.payer);
        compared.word(at, "disposition", self.disposition, item.disposition);
        compared.rule(at, self.rule.as_ref(), Some(item));
        let billed = item.billing_order.payers();
        compared.words(at, "billing_order", self.billing_order.as_deref(), billed);
        if let Some(Index(expected)) = self.coverage {
            let actual = item.coverage.map_or("none".to_owned(), |it| it.to_string());
            compared.texts(at, "coverage", expected.to_string(), actual);
        }
        let documents = self.required_documents.as_deref();
        compared.words(
            at,
            "required_documents",
            documents,
            &item.grounds.required_documents,
        );
    }
}

fn sorted<'t>(words: impl Iterator<Item = &'t str>) -> String {
    let mut words: Vec<&str> = words.collect();
    words.sort_unstable();
    words.join(", ")
}

/// What was compared so far.
#[derive(Default)]
struct Comparison {
    mismatches: Vec<Mismatch>,
}

impl Comparison {
    fn texts(&mut self, at: &At<'_>, field: &str, expected: String, actual: String) {
        if expected != actual {
            self.mismatches.push(Mismatch {
                pointer: at.field(field).pointer(),
                expected,
                actual,
            });
        }
    }

    fn word<T: ClosedEnum>(&mut self, at: &At<'_>, field: &str, expected: T, actual: T) {
        self.words(at, field, Some(&[expected]), &[actual]);
    }

    fn words<T: ClosedEnum>(
        &mut self,
        at: &At<'_>,
        field: &str,
        expected: Option<&[T]>,
        actual: &[T],
    ) {
        let text = |words: &[T]| {
            let words: Vec<&str> = words.iter().map(|word| word.word()).collect();
            words.join(", ")
        };
        if let Some(expected) = expected {
            self.texts(at, field, text(expected), text(actual));
        }
    }

    fn rule(&mut self, at: &At<'_>, expected: Option<&Label>, actual: Option<&ItemDecision>) {
        if let (Some(expected), Some(actual)) = (expected, actual) {
            let actual = actual.grounds.rule.to_string();
            self.texts(at, "rule", expected.to_string(), actual);
        }
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
            faults.rule("duplicate", &list.index(index).field("number"), detail);
        }
    }
}

fn check_items(claim: &Submission, expect: &Expectation, at: &At<'_>, faults: &mut Faults) {
    let (given, expected) = (claim.items.len(), expect.items.as_ref().map(Vec::len));
    if expected.is_some_and(|expected| expected != given) {
        let detail = format!("must have one entry for each of the claim's {given} items");
        let expect = at.field("expect");
        faults.rule("wrong_number", &expect.field("items"), detail);
    }
}

impl Decode for Index {
    fn decode(node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let index = decode::read_integer(node, 0..=i64::from(u8::MAX), at, faults)?;
        usize::try_from(index).ok().map(Self)
    }
}
