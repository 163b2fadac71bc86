//! What a proof says: for people and for programs.

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::table::vocabulary::When;
use payerline_domain::laws::Invariant;
use payerline_domain::{
    claims::{
        outside_facts::PossibleDuplicate,
        payer::{Disposition, Payer},
        submission::Submission,
    },
    preauthorizations::PreauthorizationEntry,
    values::{
        closed_enum::{ClosedEnum, string_enum},
        time::Day,
    },
};

/// What was proved about a rulebook, or what stands in the way. At most 20 of each kind of flaw are
/// listed.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Proof {
    /// Every claim that can be has a rule, every rule has a claim, and no outcome is unlawful.
    pub sound: bool,
    /// The rules that decide something, each with a claim that it alone decides. A rule that follows
    /// the stem cells is left out when none of its claims has something to follow for certain.
    pub rules: Vec<RuleWitness>,
    /// What no rule decides.
    pub holes: Vec<Hole>,
    /// Whether there are more holes than are listed.
    pub more_holes: bool,
    /// What only a rule decides that matches every claim: a catch-all, which hides a hole.
    pub catch_all: Vec<CatchAll>,
    /// Whether there is more of it than is listed.
    pub more_catch_all: bool,
    /// The rules that decide no claim.
    pub shadowed: Vec<Shadowed>,
    /// Whether more rules decide no claim than are listed.
    pub more_shadowed: bool,
    /// The invariants that are broken, each once for every rule that breaks it.
    pub unlawful: Vec<Unlawful>,
    /// Whether there are more than are listed.
    pub more_unlawful: bool,
}

/// A claim that shows something: its first item has the facts in question.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Witness {
    /// What is the case for its first item, in sentences.
    #[schema(example = json!(["OHIP insures the service."]))]
    pub facts: Vec<String>,
    /// The claim, as it would be submitted.
    #[schema(value_type = Submission)]
    pub claim: Value,
    /// What the ledger says of the approvals that it names.
    #[schema(value_type = Vec<PreauthorizationEntry>)]
    pub preauthorizations: Vec<Value>,
    /// The claims that have the same services.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub possible_duplicates: Vec<PossibleDuplicate>,
    /// True if the claim was reviewed and the review does not count any more.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub review_outdated: bool,
    /// The day of the submission.
    pub today: Day,
}

/// A rule with a claim that it alone decides.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct RuleWitness {
    /// The rule.
    #[schema(value_type = String, example = "mva-stem-cell-unapproved")]
    pub rule: Arc<str>,
    /// A claim whose first item this rule decides, and no rule before it.
    pub witness: Witness,
}

/// Claims that no rule decides.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Hole {
    /// Why no rule decides them, in a sentence.
    #[schema(example = "No rule decides these claims.")]
    pub detail: String,
    /// The conditions of a rule that would decide them, as wide as the hole.
    pub when: When,
    /// One of these claims.
    pub witness: Witness,
}

/// Claims that only a catch-all decides.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct CatchAll {
    /// The rule that matches every claim.
    #[schema(value_type = String, example = "everything-else")]
    pub rule: Arc<str>,
    /// The conditions of a rule that would decide them, as wide as the hole.
    pub when: When,
    /// One of these claims.
    pub witness: Witness,
}

/// A rule that decides no claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Shadowed {
    /// The rule.
    #[schema(value_type = String, example = "private-plasma-maple")]
    pub rule: Arc<str>,
    /// The earlier rules that decide all claims which it matches, in their order.
    #[schema(value_type = Vec<String>, example = json!(["private-plasma-approved", "private-plasma-unapproved"]))]
    pub hidden_by: Vec<Arc<str>>,
    /// Why no claim meets its conditions, where that is so.
    #[schema(example = json!(["stem cells are the category `stem_cell_therapy`"]))]
    pub never: Vec<String>,
}

/// An invariant that a rule breaks.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Unlawful {
    /// The invariant.
    pub invariant: Invariant,
    /// The rule that decides.
    #[schema(value_type = String, example = "patient-pays")]
    pub rule: Arc<str>,
    /// What it decides, in a sentence.
    #[schema(example = "What OHIP insures would be ready to bill to the patient.")]
    pub detail: String,
    /// The payer for which the item is `ready`.
    pub payer: Payer,
    /// A claim whose first item is decided so.
    pub witness: Witness,
}

/// Where two versions decide differently.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = RulebookDifferences)]
pub struct Differences {
    /// The situations, at most 20; those with another payer first.
    pub differences: Vec<DifferentDecision>,
    /// All situations are listed. False if there are more, if the versions are too entangled to be compared in the
    /// time allowed, or if a possible difference could not be shown by an example.
    pub complete: bool,
}

/// A situation that two versions decide differently.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct DifferentDecision {
    /// What is the case for the first item of the example, in sentences; or what Payerline observes about the claim.
    #[schema(
        example = "The item is platelet-rich plasma that follows no stem cells. OHIP does not insure it."
    )]
    pub situation: String,
    /// What is decided differently, the most important first.
    pub differs_in: Vec<Aspect>,
    /// A claim in this situation.
    pub example: ExampleClaim,
    /// What the version `from` decides about the first item of the example.
    pub from: ItemRuling,
    /// What the version in the path decides about it.
    pub to: ItemRuling,
}

string_enum! {
    /// A part of a decision.
    Aspect {
        /// The payer of the item.
        Payer = "payer",
        /// The disposition of the item.
        Disposition = "disposition",
        /// Who is billed for the item, first to last.
        BillingOrder = "billing_order",
        /// The documents that the item needs.
        RequiredDocuments = "required_documents",
        /// The findings about the claim, or their severity.
        Findings = "findings",
    }
}

impl Aspect {
    /// The aspects, in their order, of which it is true that they differ.
    pub fn differing(differ: [bool; 5]) -> impl Iterator<Item = Self> {
        let aspects = Self::ALL.iter().zip(differ);
        aspects.filter(|(_, differs)| *differs).map(|(it, _)| *it)
    }
}

/// A claim that can be submitted, with the approvals that it names.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ExampleClaim {
    /// The claim, as it would be submitted.
    #[schema(value_type = Submission)]
    pub claim: Value,
    /// What the ledger says of the approvals that it names.
    #[schema(value_type = Vec<PreauthorizationEntry>)]
    pub preauthorizations: Vec<Value>,
    /// The claims that have the same services.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub possible_duplicates: Vec<PossibleDuplicate>,
    /// True if the claim was reviewed and the review does not count any more.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub review_outdated: bool,
    /// The day of the submission.
    pub today: Day,
}

impl From<Witness> for ExampleClaim {
    fn from(witness: Witness) -> Self {
        Self {
            claim: witness.claim,
            preauthorizations: witness.preauthorizations,
            possible_duplicates: witness.possible_duplicates,
            review_outdated: witness.review_outdated,
            today: witness.today,
        }
    }
}

/// What a rule decides about an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ItemRuling {
    /// Who is responsible.
    pub payer: Payer,
    /// What happens next.
    pub disposition: Disposition,
    /// The rule that decides.
    #[schema(value_type = String, example = "private-plasma-unapproved")]
    pub rule: Arc<str>,
}
