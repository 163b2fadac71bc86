//! What an explanation says: for people and for programs.

use std::sync::Arc;

use serde::Serialize;
use utoipa::ToSchema;

use super::counterfactual::Counterfactual;
use payerline_domain::claims::{
    billing::BillTo,
    payer::{Disposition, Payer},
};

/// Why a claim is decided as it is, and what would change it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Explanation {
    /// Who is responsible for the claim.
    pub payer: Payer,
    /// What happens next with it.
    pub disposition: Disposition,
    /// Each item, in the order of the claim.
    pub items: Vec<ItemExplanation>,
    /// The single changes that would give the claim another payer or make it ready, at most 12; first what
    /// can be done soonest.
    pub counterfactuals: Vec<Counterfactual>,
    /// Whether every change was tried. False only for a claim with so many items that trying all of them
    /// would take too long.
    #[schema(example = true)]
    pub all_changes_tried: bool,
    /// All of it in plain English, to be read aloud; paragraphs are separated by blank lines.
    #[schema(
        example = "The auto insurer is responsible for this claim of $4,500.00. It is not billed before its payer has approved it.\n\n…"
    )]
    pub text: String,
}

/// Why an item is decided as it is, and what would change it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ItemExplanation {
    /// The item's number, from 1 in the order sent.
    #[schema(minimum = 1, example = 1)]
    pub sequence: u16,
    /// Who is responsible for it.
    pub payer: Payer,
    /// What happens next with it.
    pub disposition: Disposition,
    /// The rule that decided: the last one of the item's `trace`.
    #[schema(value_type = String, example = "mva-stem-cell-unapproved")]
    pub rule: Arc<str>,
    /// Why, in a sentence that can be read to a patient.
    #[schema(value_type = String, example = "Stem cells after a car accident may be paid by the auto insurer case by case, but only after it has approved a treatment plan (OCF-18).")]
    pub because: Arc<str>,
    /// What the rule rests on.
    #[schema(value_type = String, example = "The clinic's treatment information: auto insurers may cover it case by case")]
    pub basis: Arc<str>,
    /// Who is billed, if it is ready and no insurer is responsible.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub bill_to: Option<BillTo>,
    /// The number of the item that it follows, with which it is paid or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, example = 1)]
    pub follows: Option<u16>,
    /// The checks that hold for the item and demand at least some disposition, whatever its rule said.
    pub tightened_by: Vec<Tightening>,
    /// The single changes that would give it another payer or make it ready, at most 12; first what can be done
    /// soonest.
    pub counterfactuals: Vec<Counterfactual>,
}

/// A check that made an item stricter, or would have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Tightening {
    /// The check.
    #[schema(value_type = String, example = "minor")]
    pub check: Arc<str>,
    /// The disposition is at least this strict.
    pub at_least: Disposition,
    /// Why, in a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(
        example = "But first a person looks at it: stem cells are not recommended for anybody under 18."
    )]
    pub because: Option<String>,
    /// What the check rests on.
    #[schema(value_type = String, example = "The clinic's treatment information: not recommended for children")]
    pub basis: Arc<str>,
}
