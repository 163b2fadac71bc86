//! The decision table as data, as it is written in JSON. `flaws` checks its parts against each
//! other, `decide::compiled` makes a rulebook of it.

use std::sync::Arc;

use serde::Serialize;
use utoipa::ToSchema;

use super::{insurers::InsurerName, vocabulary::When};
use payerline_domain::{
    claims::{
        decision::{BillingSequence, Document, Severity},
        payer::{Disposition, Payer},
    },
    parse::{
        decode::{Decode, Fields, note_duplicates, read_optional, read_text},
        fault::{At, Faults},
        json::Node,
        record::record,
    },
    values::{
        closed_enum::string_enum,
        names::{Slug, VersionName},
        text::{Label, Prose},
    },
};

pub const MAX_RULES: usize = 500;
pub const MAX_CHECKS: usize = 200;
pub const MAX_BILLING_ORDERS: usize = 100;
pub const MAX_FINDINGS: usize = 200;
pub const MAX_DOCUMENTS: usize = 10;
/// Longest JSON Pointer of a finding, in characters.
pub const MAX_POINTER_LENGTH: usize = 200;

record! {
    /// A decision table: rules are tried in order, the first that matches decides (hit policy FIRST);
    /// then every check that matches tightens, and the first matching billing order says whom to bill.
    // Outside of `rulebook` a table can only be had by reading one, so holding one is proof that it has no flaw.
    #[derive(Debug, Clone, PartialEq, Eq)]
    #[schema(as = DecisionTable)]
    pub struct Table {
        /// Its name.
        #[schema(value_type = String, min_length = 1, max_length = 64, example = "ontario")]
        pub(crate) name: Label,
        /// Its version: 1 to 64 characters of `A` to `Z`, `a` to `z`, `0` to `9`, `.`, `_` and `-`, not only one or two dots.
        pub(crate) version: VersionName,
        /// What it is for and where its rows come from.
        #[schema(
            min_length = 1,
            max_length = 2000,
            example = "Ontario's rules, and Maple Life covers platelet-rich plasma."
        )]
        pub(crate) note: String as Prose,
        /// The rules, in the order in which they are tried.
        #[schema(max_items = 500)]
        pub(crate) rules: Vec<Rule> [0..=MAX_RULES],
        /// What is decided when no rule matches.
        pub(crate) otherwise: Otherwise,
        /// Checks that only tighten: the payer stays.
        #[schema(max_items = 200)]
        pub(crate) checks: Vec<Check> [0..=MAX_CHECKS],
        /// Whom to bill, once the payer is decided. Each payer needs one that asks about nothing but the payer.
        #[schema(max_items = 100)]
        pub(crate) billing_orders: Vec<BillingRule> [0..=MAX_BILLING_ORDERS],
        /// Every finding that rules, checks and Payerline's own observations can report.
        #[schema(max_items = 200)]
        pub(crate) findings: Vec<FindingText> [0..=MAX_FINDINGS],
    }
    built(table, at, faults) {
        for flaw in table.flaws() {
            flaw.note(at, faults);
        }
    }
}

record! {
    /// One line of reasoning.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Rule {
        /// A stable name.
        #[schema(value_type = String, min_length = 1, max_length = 64, pattern = "^[a-z0-9_-]+$", example = "mva-plasma-approved")]
        pub id: Arc<str> as Slug,
        /// When it matches.
        pub when: When,
        /// What it decides.
        pub then: Then,
        /// Why, in a sentence that staff can read to a patient.
        #[schema(value_type = String, min_length = 1, max_length = 2000, example = "Maple Life covers platelet-rich plasma, so your plan is billed.")]
        pub because: Arc<str> as Prose,
        /// What it rests on.
        #[schema(value_type = String, min_length = 1, max_length = 2000, example = "Maple Life's letter to the clinic")]
        pub basis: Arc<str> as Prose,
    }
    check(_, at, faults) {
        if when.as_ref().is_some_and(|when| when.payer.is_some()) {
            let detail = "a rule decides the payer, so it cannot ask about it; leave it out, or make this a check";
            let at = at.field("when");
            faults.rule("payer_in_rule", &at.field("payer"), detail);
        }
    }
}

/// What a rule decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Then {
    /// A payer and a disposition.
    Decide(Outcome),
    /// The payer, disposition, billing order and coverage of the claim's strictest stem-cell item.
    Follow(Leader),
}

impl Decode for Then {
    fn decode(node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let fields = Fields::match_names(node, &["decide", "follow"], at, faults)?;
        let [decide, follow] = fields.values;
        let is_given = |value: Option<&Node<'_>>| !matches!(value, None | Some(Node::Null));
        let one_is_given = is_given(decide) != is_given(follow);
        let decide = read_optional(decide, Outcome::decode, &at.field("decide"), faults);
        let follow = read_optional(follow, Leader::decode, &at.field("follow"), faults);
        if !one_is_given {
            let detail = "must have exactly one of `decide` and `follow`";
            faults.shape("one_of", at, detail);
        }
        fields.note_strangers(at, faults);
        match (decide, follow) {
            (Some(outcome), None) => Some(Self::Decide(outcome)),
            (None, Some(leader)) => Some(Self::Follow(leader)),
            _ => None,
        }
    }
}

string_enum! {
    /// Which item another one follows.
    Leader {
        /// The strictest stem-cell item of the claim.
        StrictestStemCellItem = "strictest_stem_cell_item",
    }
}

record! {
    /// A payer and what happens next.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Outcome {
        /// Who is responsible.
        pub payer: Payer,
        /// What happens next.
        pub disposition: Disposition,
        /// What has to be sent or obtained; each once.
        #[schema(max_items = 10)]
        #[serde(skip_serializing_if = "Vec::is_empty")]
        pub required_documents: Vec<Document> [0..=MAX_DOCUMENTS] = Vec::new(),
        /// What is noticed on the side.
        pub finding: Option<FindingAt>,
    }
    check(_, at, faults) {
        note_duplicates(&required_documents, &at.field("required_documents"), faults);
    }
}

record! {
    /// What is decided when no rule matches: a person looks.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Otherwise {
        /// A stable name.
        #[schema(value_type = String, min_length = 1, max_length = 64, pattern = "^[a-z0-9_-]+$", example = "mva-plasma-approved")]
        pub id: Arc<str> as Slug,
        /// Who is responsible.
        pub payer: Payer,
        /// What happens next.
        pub disposition: Disposition,
        /// Why.
        #[schema(value_type = String, min_length = 1, max_length = 2000, example = "No rule covers this, so a person decides.")]
        pub because: Arc<str> as Prose,
        /// What it rests on.
        #[schema(value_type = String, min_length = 1, max_length = 2000, example = "Payerline: what no rule names is reviewed")]
        pub basis: Arc<str> as Prose,
    }
}

record! {
    /// Something that, after the rules, makes an item stricter or is worth a finding.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Check {
        /// A stable name.
        #[schema(value_type = String, min_length = 1, max_length = 64, pattern = "^[a-z0-9_-]+$", example = "mva-plasma-approved")]
        pub id: Arc<str> as Slug,
        /// When it matches.
        pub when: When,
        /// The disposition is at least this strict.
        pub at_least: Option<Disposition>,
        /// Why a person looks first: a sentence that is added to the rule's when the check makes an
        /// item stricter.
        #[schema(
            min_length = 1,
            max_length = 2000,
            example = "A person looks first, because the patient is under 18."
        )]
        pub because: Option<String> as Prose,
        /// What is noticed.
        pub finding: Option<FindingAt>,
        /// What it rests on.
        #[schema(value_type = String, min_length = 1, max_length = 2000, example = "The product's source document: not recommended for children")]
        pub basis: Arc<str> as Prose,
    }
}

record! {
    /// Whom to bill in which case.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct BillingRule {
        /// A stable name.
        #[schema(value_type = String, min_length = 1, max_length = 64, pattern = "^[a-z0-9_-]+$", example = "mva-plasma-approved")]
        pub id: Arc<str> as Slug,
        /// When it matches; `payer` is the decided one.
        pub when: When,
        /// Whom to bill, first to last.
        pub order: BillingSequence,
        /// What it rests on.
        #[schema(value_type = String, min_length = 1, max_length = 2000, example = "SABS, O. Reg. 34/10, s.47(2)")]
        pub basis: Arc<str> as Prose,
    }
}

record! {
    /// A finding and where it points.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct FindingAt {
        /// The finding's code, one of the table's `findings`.
        #[schema(value_type = String, min_length = 1, max_length = 64, pattern = "^[a-z0-9_-]+$", example = "not_recommended_minor")]
        pub code: Arc<str> as Slug,
        /// A JSON Pointer into the submission; `{item}` stands for the item's index.
        #[schema(max_length = 200, example = "/items/{item}/service_date")]
        pub pointer: String as FindingPointer,
    }
}

record! {
    /// How a finding reads and how much it matters.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct FindingText {
        /// A stable word for programs.
        #[schema(value_type = String, min_length = 1, max_length = 64, pattern = "^[a-z0-9_-]+$", example = "not_recommended_minor")]
        pub code: Arc<str> as Slug,
        /// How much it matters.
        pub severity: Severity,
        /// What was noticed, in a sentence.
        #[schema(value_type = String, min_length = 1, max_length = 2000, example = "Stem cells are not recommended for patients under 18.")]
        pub detail: Arc<str> as Prose,
    }
}

string_enum! {
    /// What Payerline observes about a claim as a whole, by comparing its parts with each other and
    /// with the ledger. A rulebook gives each its severity and wording.
    Observation {
        /// An auto or WSIB coverage has a claim number, but no accident is reported.
        AccidentMissing = "accident_missing",
        /// A coverage was not in force on the day that counts.
        CoverageNotInForce = "coverage_not_in_force",
        /// A WSIB claim number has no 8 digits.
        ClaimNumberUnusual = "claim_number_unusual",
        /// The ledger has no approval of this number.
        PreauthorizationUnknown = "preauthorization_unknown",
        /// The approval is no longer valid.
        PreauthorizationExpired = "preauthorization_expired",
        /// The approval was refused.
        PreauthorizationDenied = "preauthorization_denied",
        /// The approval is for another patient.
        PreauthorizationOtherPatient = "preauthorization_other_patient",
        /// The approval is of a payer that this claim does not involve.
        PreauthorizationWrongKind = "preauthorization_wrong_kind",
        /// The items that rely on the approval add up to more than it allows.
        PreauthorizationInsufficient = "preauthorization_insufficient",
        /// No item can rely on the approval: other categories, other days, or a form that does not count here.
        PreauthorizationNotApplicable = "preauthorization_not_applicable",
    }
}

/// A JSON Pointer (RFC 6901) into a submission; `{item}` in it stands for an item's index.
pub struct FindingPointer(String);

impl From<FindingPointer> for String {
    fn from(pointer: FindingPointer) -> Self {
        pointer.0
    }
}

impl Decode for FindingPointer {
    fn decode(node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let text = read_text(node, at, faults)?;
        let count = text.chars().count();
        if count > MAX_POINTER_LENGTH {
            let detail =
                format!("must have at most {MAX_POINTER_LENGTH} characters; this has {count}");
            faults.rule("too_long", at, detail);
            return None;
        }
        let is_rooted = text.is_empty() || text.starts_with('/');
        let mut after_tildes = text.split('~').skip(1);
        let is_escaped = after_tildes.all(|rest| rest.starts_with(['0', '1']));
        if is_rooted && is_escaped && !text.contains(char::is_control) {
            return Some(Self(text.to_owned()));
        }
        let detail = "must be a JSON Pointer into the claim, such as /patient/birth_date or /items/{item}; empty for the whole claim";
        faults.rule("invalid_pointer", at, detail);
        None
    }
}

impl Table {
    pub fn name(&self) -> &Label {
        &self.name
    }

    pub fn version(&self) -> &VersionName {
        &self.version
    }

    pub(crate) fn finding(&self, code: &str) -> Option<&FindingText> {
        self.findings.iter().find(|text| &*text.code == code)
    }

    /// The conditions of its rules, checks and billing orders, each with the name of what has them.
    pub(crate) fn conditions(&self) -> impl Iterator<Item = (&Arc<str>, &When)> {
        let rules = self.rules.iter().map(|it| (&it.id, &it.when));
        let checks = self.checks.iter().map(|it| (&it.id, &it.when));
        let orders = self.billing_orders.iter().map(|it| (&it.id, &it.when));
        rules.chain(checks).chain(orders)
    }

    /// The private insurers that they name, as often as they do.
    pub(crate) fn insurer_names(&self) -> impl Iterator<Item = InsurerName> {
        let asked = self.conditions().flat_map(|(_, when)| when.insurer_names());
        asked.cloned()
    }

    pub fn note(&self) -> &str {
        &self.note
    }

    /// The same table as another version; without a name or note it keeps those that it has. Neither decides
    /// anything, so a table without flaws stays one.
    #[must_use]
    pub fn called(self, version: VersionName, name: Option<Label>, note: Option<String>) -> Self {
        Self {
            version,
            name: name.unwrap_or(self.name),
            note: note.unwrap_or(self.note),
            ..self
        }
    }

    pub fn otherwise(&self) -> &Otherwise {
        &self.otherwise
    }

    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }
}
