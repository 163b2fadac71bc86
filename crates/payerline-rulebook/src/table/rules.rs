//! The decision table as data, as it is written in JSON. `flaws` checks its parts against each
//! other, `decide::compiled` makes a rulebook of it.

use std::sync::Arc;

use serde::Serialize;
use utoipa::ToSchema;

use super::{
    findings::{FindingAt, FindingText},
    insurers::InsurerName,
    vocabulary::When,
};
use payerline_domain::{
    claims::{
        billing::{BillTo, BillingSequence},
        decision::Document,
        payer::{Disposition, Payer},
    },
    parse::{
        decode::{Decode, Fields, note_duplicates, read_optional},
        fault::{At, Faults},
        fault_code::FaultCode,
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
pub const MAX_WITHOUT_APPROVAL: usize = 50;
pub const MAX_BILLING_ORDERS: usize = 100;
pub const MAX_FINDINGS: usize = 200;
pub const MAX_DOCUMENTS: usize = 10;

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
        /// When an item relies on no prior approval, whatever the claim names.
        #[schema(max_items = 50)]
        #[serde(skip_serializing_if = "Vec::is_empty")]
        pub(crate) without_approval: Vec<WithoutApproval> [0..=MAX_WITHOUT_APPROVAL] = Vec::new(),
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
        #[schema(value_type = DocumentedThen)]
        pub then: Then,
        /// Why, in a sentence that staff can read to a patient.
        #[schema(value_type = String, min_length = 1, max_length = 2000, example = "Maple Life covers platelet-rich plasma, so your plan is billed.")]
        pub because: Arc<str> as Prose,
        /// What is added to the reason while the item is `ready`, such as that the patient is billed. It is left out
        /// where a check makes the item stricter.
        #[schema(value_type = Option<String>, min_length = 1, max_length = 2000, example = "So this is billed to you.")]
        pub when_ready: Option<Arc<str>> as Prose,
        /// What it rests on.
        #[schema(value_type = String, min_length = 1, max_length = 2000, example = "Maple Life's letter to the clinic")]
        pub basis: Arc<str> as Prose,
    }
    check(_, at, faults) {
        if when.as_ref().is_some_and(|when| when.payer.is_some()) {
            let detail = "a rule decides the payer, so it cannot ask about it; leave it out, or make this a check";
            let at = at.field("when");
            faults.rule(FaultCode::PayerInRule, &at.field("payer"), detail);
        }
    }
}

/// What a rule decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Then {
    /// A payer and a disposition.
    Decide(Outcome),
    /// The payer, disposition, billing order and coverage of the claim's strictest stem-cell item.
    Follow(Leader),
}

/// What a rule decides: exactly one of `decide` and `follow`.
// [`Then`] as the documentation describes it: most generated clients cannot tell alternatives apart by their fields.
#[derive(Serialize, ToSchema)]
#[schema(as = Then)]
#[serde(deny_unknown_fields)]
pub struct DocumentedThen {
    /// A payer and a disposition.
    decide: Option<Outcome>,
    /// The payer, disposition, billing order and coverage of the claim's strictest stem-cell item.
    follow: Option<Leader>,
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
            faults.shape(FaultCode::OneOf, at, detail);
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
        /// Who is billed where no insurer pays; counts while the item is `uncovered` and `ready`.
        pub bill_to: Option<BillTo>,
        /// The coverage that is billed first, where it is not the one that belongs to the payer: the federal
        /// programme; only with `private`.
        pub billed_coverage: Option<BilledCoverage>,
    }
    check(_, at, faults) {
        note_duplicates(&required_documents, &at.field("required_documents"), faults);
        if billed_coverage.is_some() && payer != Some(Payer::Private) {
            let detail = "is only for the payer `private`; leave it out";
            faults.rule(FaultCode::OtherPayer, &at.field("billed_coverage"), detail);
        }
    }
}

string_enum! {
    /// A coverage that is billed though it is of no payer's own kind.
    BilledCoverage {
        /// The federal programme.
        Federal = "federal",
    }
}

record! {
    /// A case in which an item relies on no prior approval, and does not count against one.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct WithoutApproval {
        /// A stable name.
        #[schema(value_type = String, min_length = 1, max_length = 64, pattern = "^[a-z0-9_-]+$", example = "missed-appointment")]
        pub id: Arc<str> as Slug,
        /// When it is so. Approvals are looked up afterwards, and the payer is decided later, so it asks about neither.
        pub when: When,
        /// What it rests on.
        #[schema(value_type = String, min_length = 1, max_length = 2000, example = "SABS (O. Reg. 34/10) s.38(2)")]
        pub basis: Arc<str> as Prose,
    }
    check(_, at, faults) {
        let asked = when.as_ref().map(|it| {
            [
                ("payer", it.payer.is_some()),
                ("preauthorization", it.preauthorization.is_some()),
                ("preauthorization_kind", it.preauthorization_kind.is_some()),
            ]
        });
        for (fact, _) in asked.into_iter().flatten().filter(|(_, is_asked)| *is_asked) {
            let detail = "is not known yet where this is asked; leave it out";
            faults.rule(FaultCode::AskedTooEarly, &at.field("when").field(fact), detail);
        }
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
        #[schema(value_type = String, min_length = 1, max_length = 2000, example = "The clinic's treatment information: not recommended for children")]
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
        let without_approval = self.without_approval.iter().map(|it| (&it.id, &it.when));
        rules.chain(checks).chain(orders).chain(without_approval)
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
