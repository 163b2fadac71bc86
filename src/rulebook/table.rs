//! The rulebook as a document: a JSON decision table, read strictly and compiled once.

use std::{collections::HashSet, sync::Arc};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::{
    conditions::{Mask, When},
    insurers::Insurers,
};
use crate::domain::{
    decision::{BillingSequence, Document, RulebookVersion, Severity},
    payer::{Disposition, Payer},
    word::{Word, words},
};

/// The rulebook that ships with Payerline.
const ONTARIO: &str = include_str!("ontario.json");

/// A decision table: rules are tried in order, the first that matches decides (hit policy FIRST);
/// then every check that matches tightens, and the first matching billing order says whom to bill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// Its name.
    #[schema(value_type = String)]
    pub name: Arc<str>,
    /// Its version.
    #[schema(value_type = String)]
    pub version: Arc<str>,
    /// What it is for and where its rows come from.
    pub note: String,
    /// The rules, in the order in which they are tried.
    pub rules: Vec<Rule>,
    /// What is decided when no rule matches.
    pub otherwise: Otherwise,
    /// Checks that only tighten: the payer stays.
    pub checks: Vec<Check>,
    /// Whom to bill, once the payer is decided.
    pub billing_orders: Vec<BillingRule>,
    /// Every finding that rules, checks and Payerline's own observations can report.
    pub findings: Vec<FindingText>,
}

/// One line of reasoning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// A stable name.
    #[schema(value_type = String)]
    pub id: Arc<str>,
    /// When it matches.
    pub when: When,
    /// What it decides.
    pub then: Then,
    /// Why, in a sentence that staff can read to a patient.
    #[schema(value_type = String)]
    pub because: Arc<str>,
    /// What it rests on.
    #[schema(value_type = String)]
    pub basis: Arc<str>,
}

/// What a rule decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Then {
    /// A payer and a disposition.
    Decide(Outcome),
    /// The payer, disposition, billing order and coverage of the claim's strictest stem-cell item.
    Follow(Leader),
}

words! {
    /// Which item another one follows.
    Leader {
        /// The strictest stem-cell item of the claim.
        StrictestStemCellItem = "strictest_stem_cell_item",
    }
}

/// A payer and what happens next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// Who is responsible.
    pub payer: Payer,
    /// What happens next.
    pub disposition: Disposition,
    /// What has to be sent or obtained.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub required_documents: Vec<Document>,
    /// What is noticed on the side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finding: Option<FindingAt>,
}

/// What is decided when no rule matches: a person looks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Otherwise {
    /// A stable name.
    #[schema(value_type = String)]
    pub id: Arc<str>,
    /// Who is responsible.
    pub payer: Payer,
    /// What happens next.
    pub disposition: Disposition,
    /// Why.
    #[schema(value_type = String)]
    pub because: Arc<str>,
    /// What it rests on.
    #[schema(value_type = String)]
    pub basis: Arc<str>,
}

/// Something that, after the rules, makes an item stricter or is worth a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// A stable name.
    #[schema(value_type = String)]
    pub id: Arc<str>,
    /// When it matches.
    pub when: When,
    /// The disposition is at least this strict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<Disposition>,
    /// Why a person looks first: a sentence that is added to the rule's when the check makes an
    /// item stricter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// What is noticed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finding: Option<FindingAt>,
    /// What it rests on.
    #[schema(value_type = String)]
    pub basis: Arc<str>,
}

/// Whom to bill in which case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BillingRule {
    /// A stable name.
    #[schema(value_type = String)]
    pub id: Arc<str>,
    /// When it matches; `payer` is the decided one.
    pub when: When,
    /// Whom to bill, first to last.
    pub order: BillingSequence,
    /// What it rests on.
    #[schema(value_type = String)]
    pub basis: Arc<str>,
}

/// A finding and where it points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FindingAt {
    /// The finding's code, one of the table's `findings`.
    #[schema(value_type = String)]
    pub code: Arc<str>,
    /// A JSON Pointer into the submission; `{item}` stands for the item's index.
    pub pointer: String,
}

/// How a finding reads and how much it matters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FindingText {
    /// A stable word for programs.
    #[schema(value_type = String)]
    pub code: Arc<str>,
    /// How much it matters.
    pub severity: Severity,
    /// What was noticed, in a sentence.
    #[schema(value_type = String)]
    pub detail: Arc<str>,
}

words! {
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

/// What is wrong with a rulebook's text.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// Not JSON of a rulebook's shape.
    #[error("the rulebook is not a decision table: {0}")]
    Shape(#[from] serde_json::Error),
    /// Two things have one name.
    #[error("`{0}` is there twice")]
    Duplicate(Arc<str>),
    /// A finding is reported that the table does not describe.
    #[error("the finding `{0}` is not among the table's findings")]
    UnknownFinding(Arc<str>),
    /// A condition that nothing can meet.
    #[error("`{rule}`: the condition `{fact}` lists no value")]
    EmptyCondition {
        /// The rule, check or billing order.
        rule: Arc<str>,
        /// The condition.
        fact: &'static str,
    },
    /// A rule asks for the payer before there is one.
    #[error("`{0}`: a rule cannot ask about `payer`, which only the rules decide")]
    PayerInRule(Arc<str>),
    /// Conditions of which one says all that the other can.
    #[error("`{0}`: ask either for `private_insurer` or for `private_insurer_not`")]
    InsurersTwice(Arc<str>),
    /// More insurers than are told apart.
    #[error(
        "{named} private insurers are named; at most {} can be",
        Insurers::MOST
    )]
    TooManyInsurers {
        /// How many.
        named: usize,
    },
    /// No billing order matches a payer.
    #[error("no billing order matches every case of the payer `{0}`")]
    BillingOrderMissing(&'static str),
}

/// A rulebook, compiled and ready to decide.
#[derive(Debug)]
pub struct Rulebook {
    pub(super) table: Table,
    pub(super) version: RulebookVersion,
    /// The private insurers that it names, for which the masks are compiled.
    pub(super) insurers: Insurers,
    pub(super) rules: Vec<Mask>,
    pub(super) checks: Vec<Mask>,
    pub(super) billing_orders: Vec<Mask>,
}

impl Rulebook {
    /// The shipped rulebook `ontario`.
    ///
    /// # Errors
    /// None for a released version: a test reads it.
    pub fn ontario() -> Result<Self, TableError> {
        Self::parse(ONTARIO)
    }

    /// Reads and compiles a rulebook.
    ///
    /// # Errors
    /// What is wrong with its text.
    pub fn parse(text: &str) -> Result<Self, TableError> {
        let table: Table = serde_json::from_str(text)?;
        table.check()?;
        // The canonical form: the typed table written again, so that layout does not count.
        let digest = Sha256::digest(serde_json::to_vec(&table)?);
        let sha256: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let insurers = Insurers::of(&[&table]);
        let compile = |when: &When| when.compile(&insurers);
        Ok(Self {
            version: RulebookVersion {
                name: table.name.clone(),
                version: table.version.clone(),
                sha256: sha256.into(),
            },
            rules: table.rules.iter().map(|it| compile(&it.when)).collect(),
            checks: table.checks.iter().map(|it| compile(&it.when)).collect(),
            billing_orders: table
                .billing_orders
                .iter()
                .map(|it| compile(&it.when))
                .collect(),
            insurers,
            table,
        })
    }

    /// The table as it was written.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// Name, version and digest.
    pub fn version(&self) -> &RulebookVersion {
        &self.version
    }

    pub(super) fn finding(&self, code: &str) -> Option<&FindingText> {
        self.table.findings.iter().find(|text| &*text.code == code)
    }
}

impl Table {
    /// The conditions of its rules, checks and billing orders, each with the name of what has them.
    pub(super) fn conditions(&self) -> impl Iterator<Item = (&Arc<str>, &When)> {
        let rules = self.rules.iter().map(|it| (&it.id, &it.when));
        let checks = self.checks.iter().map(|it| (&it.id, &it.when));
        let orders = self.billing_orders.iter().map(|it| (&it.id, &it.when));
        rules.chain(checks).chain(orders)
    }

    fn check(&self) -> Result<(), TableError> {
        let conditions = || self.conditions();
        let mut names = HashSet::new();
        let ids = conditions().map(|(id, _)| id).chain([&self.otherwise.id]);
        for name in ids.chain(self.findings.iter().map(|it| &it.code)) {
            if !names.insert(name.clone()) {
                return Err(TableError::Duplicate(name.clone()));
            }
        }
        for (id, when) in conditions() {
            if let Some(fact) = when.empty_lists().first() {
                let rule = id.clone();
                return Err(TableError::EmptyCondition { rule, fact });
            }
        }
        if let Some(rule) = self.rules.iter().find(|rule| rule.when.payer.is_some()) {
            return Err(TableError::PayerInRule(rule.id.clone()));
        }
        self.check_insurers()?;
        self.check_findings()?;
        self.check_billing_orders()
    }

    fn check_insurers(&self) -> Result<(), TableError> {
        let asks_twice =
            |when: &When| when.private_insurer.is_some() && when.private_insurer_not.is_some();
        if let Some((id, _)) = self.conditions().find(|(_, when)| asks_twice(when)) {
            return Err(TableError::InsurersTwice(id.clone()));
        }
        let named = Insurers::of(&[self]).names().len();
        if named > Insurers::MOST {
            return Err(TableError::TooManyInsurers { named });
        }
        Ok(())
    }

    fn check_findings(&self) -> Result<(), TableError> {
        let of_rules = self.rules.iter().filter_map(|rule| match &rule.then {
            Then::Decide(outcome) => outcome.finding.as_ref(),
            Then::Follow(_) => None,
        });
        let of_checks = self
            .checks
            .iter()
            .filter_map(|check| check.finding.as_ref());
        let reported = of_rules.chain(of_checks).map(|at| at.code.clone());
        let observed = Observation::ALL.iter().map(|it| Arc::from(it.word()));
        for code in reported.chain(observed) {
            if !self.findings.iter().any(|text| text.code == code) {
                return Err(TableError::UnknownFinding(code));
            }
        }
        Ok(())
    }

    /// Each payer needs a billing order that asks for nothing but the payer.
    fn check_billing_orders(&self) -> Result<(), TableError> {
        for payer in Payer::ALL {
            let bare = When {
                payer: Some(vec![(*payer).into()]),
                ..When::default()
            };
            if !self.billing_orders.iter().any(|order| order.when == bare) {
                return Err(TableError::BillingOrderMissing(payer.word()));
            }
        }
        Ok(())
    }
}
