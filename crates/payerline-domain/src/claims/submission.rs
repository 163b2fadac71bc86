//! A claim as a billing system submits it. Holding a [`Submission`] is proof that it is valid.

use super::{
    accident::{Accident, Onset},
    coverage::Coverage,
    item::{Item, RequestedBy},
    metadata::Metadata,
    people::{Patient, Provider, ThirdParty},
    procedure::Procedure,
};
use crate::{
    parse::{
        compare,
        decode::{self, Decode},
        fault::{At, Fault, Faults, Refusal, Source},
        fault_code::FaultCode,
        json::{self, Node},
        record::record,
    },
    values::{
        closed_enum::ClosedEnum, digest::sha256, ids::ClaimId, money::Cents, text::Label, time::Day,
    },
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
        /// Who else asked for services and pays them. An item `requested_by: third_party` needs it.
        pub third_party: Option<ThirdParty>,
        /// Diagnoses.
        #[schema(max_items = 100)]
        pub diagnoses: Vec<Diagnosis> [0..=MAX_DIAGNOSES] = Vec::new(),
        /// The billed services, numbered by `sequence` from 1 in this order.
        #[schema(min_items = 1, max_items = 500)]
        pub items: Vec<Item> [1..=MAX_ITEMS],
        /// The invoice's total in Canadian cents, for control: it must equal the sum of the items' amounts, so that no
        /// item gets lost on the way. Left out: nothing is compared.
        #[schema(value_type = Option<i64>, minimum = 0, example = 450000)]
        pub invoice_total_cents: Option<Cents> as InvoiceTotal,
        /// What your system notes down on the claim for itself: at most 20 pairs of a name (1 to 40 characters of `A` to
        /// `Z`, `a` to `z`, `0` to `9`, `_`, `.` and `-`) and a text (at most 500 characters). It is answered with the
        /// submission and never looked at: not by rules, and not where a claim sent again is compared with the stored one,
        /// of which the first is kept.
        #[serde(skip_serializing_if = "Metadata::is_not_written")]
        pub metadata: Metadata = Metadata::default(),
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
    check(node, at, faults) {
        if faults.source() == Source::Incoming {
            check_third_party(node, at, faults);
            check_total(node, invoice_total_cents, at, faults);
        }
    }
}

/// A total that is compared with the sum of the items, which may be above the limit of a price.
struct InvoiceTotal(Cents);

impl Decode for InvoiceTotal {
    fn decode(node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let cents = decode::read_integer(node, 0..=i64::MAX, at, faults)?;
        Some(Self(Cents::from_stored(cents)))
    }
}

impl From<InvoiceTotal> for Cents {
    fn from(total: InvoiceTotal) -> Self {
        total.0
    }
}

record! {
    /// One diagnosis.
    #[derive(Debug, Clone, PartialEq, Eq)]
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

/// An item of a third party needs the third party. Read from the tree, as the dates are.
fn check_third_party(body: &Node<'_>, at: &At<'_>, faults: &mut Faults) {
    let is_given = !matches!(body.get("third_party"), None | Some(Node::Null));
    let is_third_partys = |item: &Node<'_>| {
        let word = RequestedBy::ThirdParty.word();
        matches!(item.get("requested_by"), Some(Node::Text(text)) if text == word)
    };
    if !is_given && items(body).iter().any(is_third_partys) {
        let detail = "an item is requested by a third party; say who it is";
        faults.rule(
            FaultCode::ThirdPartyMissing,
            &at.field("third_party"),
            detail,
        );
    }
}

/// The invoice's total must be the sum of its items, if it is given and all amounts are valid. They are read from the
/// tree, so that faults in other fields do not hide a wrong total.
fn check_total(body: &Node<'_>, total: Option<Cents>, at: &At<'_>, faults: &mut Faults) {
    let items = items(body);
    let Some(total) = total.filter(|_| items.len() <= MAX_ITEMS) else {
        return;
    };
    let amounts = items.iter().map(Item::read_amount);
    let sum: Option<Cents> = amounts.sum();
    if sum.is_some_and(|sum| sum != total) {
        let detail =
            "is not the sum of the items' amounts; an item may be missing, or an amount wrong";
        faults.rule(
            FaultCode::TotalMismatch,
            &at.field("invoice_total_cents"),
            detail,
        );
    }
}

fn items<'n, 'a>(body: &'n Node<'a>) -> &'n [Node<'a>] {
    match body.get("items") {
        Some(Node::List(items)) => items,
        _ => &[],
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
    let latest = today.a_year_later();
    for (index, item) in items(body).iter().enumerate() {
        let Some(service) = read_day(item, "service_date") else {
            continue;
        };
        earliest = Some(earliest.map_or(service, |earliest: Day| earliest.min(service)));
        let at = at_items.index(index);
        if birth.is_some_and(|birth| service < birth) {
            let detail = "must not be before the patient's birth date";
            faults.rule(FaultCode::BeforeBirth, &at.field("service_date"), detail);
        }
        if latest.is_some_and(|latest| service > latest) {
            let detail = "must not be more than a year after today (America/Toronto)";
            faults.rule(FaultCode::TooLate, &at.field("service_date"), detail);
        }
    }
    check_subscribers(body, at, today, faults);
    let (at, date) = (at.field("accident"), "date");
    // An illness that came on slowly is treated before it is reported.
    let is_gradual = body
        .get("accident")
        .and_then(|it| it.get("onset"))
        .is_some_and(|onset| matches!(onset, Node::Text(word) if word == Onset::Gradual.word()));
    if !is_gradual
        && let (Some(accident), Some(earliest)) = (accident, earliest)
        && accident > earliest
    {
        let detail = "must not be after the earliest service date";
        faults.rule(FaultCode::AccidentAfterService, &at.field(date), detail);
    }
    if accident.is_some_and(|accident| accident > today) {
        faults.rule(FaultCode::InTheFuture, &at.field(date), NOT_AFTER_TODAY);
    }
}

/// Subscribers are born as patients are.
fn check_subscribers(body: &Node<'_>, at: &At<'_>, today: Day, faults: &mut Faults) {
    let Some(Node::List(coverages)) = body.get("coverages") else {
        return;
    };
    let at = at.field("coverages");
    for (index, coverage) in coverages.iter().enumerate() {
        let subscriber = coverage.get("subscriber");
        if let Some(birth) = subscriber.and_then(|it| read_day(it, "birth_date")) {
            let at = at.index(index);
            let at = at.field("subscriber");
            check_birth(birth, &at.field("birth_date"), today, faults);
        }
    }
}

const NOT_AFTER_TODAY: &str = "must not be after today (America/Toronto)";

fn check_birth(birth: Day, at: &At<'_>, today: Day, faults: &mut Faults) {
    if birth > today {
        faults.rule(FaultCode::InTheFuture, at, NOT_AFTER_TODAY);
    }
    if birth.date().year() < FIRST_YEAR_OF_BIRTH {
        let detail = format!("must not be before {FIRST_YEAR_OF_BIRTH}");
        faults.rule(FaultCode::TooEarly, at, detail);
    }
}

fn read_day(node: &Node<'_>, field: &str) -> Option<Day> {
    match node.get(field) {
        Some(Node::Text(text)) => Day::parse(text),
        _ => None,
    }
}
