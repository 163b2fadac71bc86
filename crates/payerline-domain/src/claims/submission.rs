//! A claim as a billing system submits it. Holding a [`Submission`] is proof that it is valid.

use super::{
    accident::Accident,
    coverage::Coverage,
    item::Item,
    people::{Patient, Provider},
    procedure::Procedure,
};
use crate::{
    parse::{
        compare,
        decode::{self, Decode},
        fault::{At, Fault, Faults, Refusal, Source},
        json::{self, Node},
        record::record,
    },
    values::{digest::sha256, ids::ClaimId, money::Cents, text::Label, time::Day},
};

pub const MAX_ITEMS: usize = 500;
pub const MAX_COVERAGES: usize = 20;
pub const MAX_PREAUTHORIZATIONS: usize = 50;
pub const MAX_DIAGNOSES: usize = 100;

/// Most submissions are shorter than this as JSON with all defaults.
const USUAL_BYTES: usize = 2048;

/// Births before this year are typing errors.
const FIRST_YEAR_OF_BIRTH: i16 = 1900;

record! {
    /// One invoice for one patient at one provider.
    #[derive(Debug, Clone, PartialEq, Eq)]
    #[serde(deny_unknown_fields)]
    pub struct Submission {
        /// The billing system's own id of the claim, unique in the clinic. It makes retries safe: the
        /// same content sent again answers with the stored claim.
        pub external_id: Label,
        /// Who was treated.
        pub patient: Patient,
        /// Who treated.
        pub provider: Provider,
        /// The accident behind the treatment, if there was one.
        pub accident: Option<Accident>,
        /// The patient's insurances; an empty list if there is none.
        #[schema(max_items = 20)]
        pub coverages: Vec<Coverage> [0..=MAX_COVERAGES],
        /// Diagnoses.
        #[schema(max_items = 100)]
        pub diagnoses: Vec<Diagnosis> [0..=MAX_DIAGNOSES] = Vec::new(),
        /// The billed services, numbered by `sequence` from 1 in this order.
        #[schema(min_items = 1, max_items = 500)]
        pub items: Vec<Item> [1..=MAX_ITEMS],
        /// How a stem-cell treatment was carried out.
        pub procedure: Option<Procedure>,
        /// Numbers of the payer's prior approvals that this claim relies on, as in the clinic's ledger.
        #[schema(value_type = Vec<String>, max_items = 50, example = json!(["OCF18-88123"]))]
        pub preauthorizations: Vec<Label> [0..=MAX_PREAUTHORIZATIONS] = Vec::new(),
        /// The id of the claim that this one corrects and takes the place of. It must be a claim of the same patient
        /// that is not void, not paid (also not in part), and not replaced by another.
        pub replaces: Option<ClaimId>,
    }
    compared by field;
}

record! {
    /// One diagnosis.
    #[derive(Debug, Clone, PartialEq, Eq)]
    #[serde(deny_unknown_fields)]
    pub struct Diagnosis {
        /// The list the code is from, such as `icd-10-ca`.
        #[schema(value_type = String, min_length = 1, max_length = 64, example = "icd-10-ca")]
        pub system: Label,
        /// The code.
        #[schema(value_type = String, min_length = 1, max_length = 64, example = "M17.1")]
        pub code: Label,
    }
    compared by field;
}

impl Submission {
    /// Parses a submission that comes in; `today` is the day in Ontario.
    ///
    /// # Errors
    /// Every fault at once: of shape, or, when the shape is right, of the rules.
    pub fn parse(body: &[u8], today: Day) -> Result<Self, Refusal> {
        let node = decode::parse_tree(body)?;
        let mut faults = Faults::default();
        let submission = Self::decode(&node, &At::ROOT, &mut faults);
        check_days(&node, &At::ROOT, today, &mut faults);
        faults.settle(submission)
    }

    /// Reads back a submission that was accepted before, by the rules of its day.
    ///
    /// # Errors
    /// Every fault at once of what was no submission at any time.
    pub fn read_stored(text: &[u8]) -> Result<Self, Refusal> {
        <Self as Decode>::read_stored(text)
    }

    /// Lists the places at which a stored submission has other content than this one.
    pub fn find_differences(&self, stored: &Self) -> Vec<Fault> {
        compare::find_differences(self, stored)
    }

    /// First and last day of service; `None` only for a claim without items, which does not parse.
    pub fn service_period(&self) -> Option<(Day, Day)> {
        let days = || self.items.iter().map(|item| item.service_date);
        Some((days().min()?, days().max()?))
    }

    /// The sum of the items' amounts.
    pub fn total(&self) -> Cents {
        self.items.iter().map(Item::amount).sum()
    }

    /// SHA-256 over the submission written as JSON with defaults filled in and fields in the
    /// documented order: two bodies with the same digest have the same content.
    pub fn content_digest(&self) -> Result<[u8; 32], serde_json::Error> {
        Ok(sha256(json::to_vec(self, USUAL_BYTES)?))
    }
}

/// Checks the dates against each other: nothing before birth, no accident after the treatment it led to. They are read
/// from the tree, so that they are reported together with faults in other fields. What is stored was checked when it
/// came in.
pub fn check_days(body: &Node<'_>, at: &At<'_>, today: Day, faults: &mut Faults) {
    if faults.source() == Source::Stored {
        return;
    }
    let birth = body
        .get("patient")
        .and_then(|it| read_day(it, "birth_date"));
    let accident = body.get("accident").and_then(|it| read_day(it, "date"));
    let items = match body.get("items") {
        Some(Node::List(items)) => items.as_slice(),
        _ => &[],
    };
    if let Some(birth) = birth {
        check_birth(
            birth,
            &at.field("patient").field("birth_date"),
            today,
            faults,
        );
    }
    let at_items = at.field("items");
    let mut earliest = None;
    for (index, item) in items.iter().enumerate() {
        let Some(service) = read_day(item, "service_date") else {
            continue;
        };
        earliest = Some(earliest.map_or(service, |earliest: Day| earliest.min(service)));
        if birth.is_some_and(|birth| service < birth) {
            let at = at_items.index(index);
            let detail = "must not be before the patient's birth date";
            faults.rule("before_birth", &at.field("service_date"), detail);
        }
    }
    let (at, date) = (at.field("accident"), "date");
    if let (Some(accident), Some(earliest)) = (accident, earliest)
        && accident > earliest
    {
        let detail = "must not be after the earliest service date";
        faults.rule("accident_after_service", &at.field(date), detail);
    }
    if accident.is_some_and(|accident| accident > today) {
        faults.rule("in_the_future", &at.field(date), NOT_AFTER_TODAY);
    }
}

const NOT_AFTER_TODAY: &str = "must not be after today (America/Toronto)";

fn check_birth(birth: Day, at: &At<'_>, today: Day, faults: &mut Faults) {
    if birth > today {
        faults.rule("in_the_future", at, NOT_AFTER_TODAY);
    }
    if birth.date().year() < FIRST_YEAR_OF_BIRTH {
        let detail = format!("must not be before {FIRST_YEAR_OF_BIRTH}");
        faults.rule("too_early", at, detail);
    }
}

fn read_day(node: &Node<'_>, field: &str) -> Option<Day> {
    match node.get(field) {
        Some(Node::Text(text)) => Day::parse(text),
        _ => None,
    }
}
