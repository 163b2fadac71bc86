//! Why a claim is decided as it is, and which single changes would decide it otherwise.
//!
//! A change is made on a copy of the submission or of the ledger, and the copy is decided again: no
//! counterfactual is guessed. What is listed gives an item (or the claim) another payer, or makes it ready.
//!
//! Tried is what a clerk can find out, obtain or correct, or what a payer can decide:
//! - what the clinic knows: the procedure where the claim is silent about it, an approval's number that is not
//!   in the ledger, an approval that is another patient's or another payer's, OHIP's answer `yes` if it is wrong;
//! - what the patient knows: WSIB's claim number, the insurer of the accident, the accident that a coverage's
//!   claim number speaks of, the election after a car accident at work, a private plan;
//! - what an insurer answers: whether the plan covers the services, a pending coverage, the Minor Injury
//!   Guideline where there is an OCF-23, an approval given, raised or renewed, a refusal taken back.
//!
//! Not tried is what nobody may or can bring about: the patient's age or pregnancy, another cause, place or day
//! of the accident, that there was none, another day, kind or price of a service, a coverage's first day, a used-up
//! limit, precautions that the claim says were not taken, leaving out a coverage, or an approval that was refused
//! or ran out. Nor is who insures a plan: a plan is of whom it is of, and where the claim does not say, nobody should
//! be told which name would pay. Insurers that refuse are not tried either, except a plan that was never asked what
//! it covers.

pub mod change;
pub mod counterfactuals;
pub mod of_approvals;
pub mod of_claim;
pub mod of_coverages;
pub mod phrases;
pub mod text;

use std::sync::Arc;

use serde::Serialize;
use utoipa::ToSchema;

use self::counterfactuals::{Counterfactual, Tried, WouldBe};
use crate::{
    Rulebook,
    decide::facts::{ClaimFacts, ItemFacts},
    table::{rules::Then, vocabulary::Service},
};
use payerline_domain::{
    claims::{
        decision::{Assessment, ItemDecision},
        payer::{Disposition, Payer},
        submission::Submission,
    },
    preauthorizations::Ledger,
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
    #[schema(value_type = String, example = "The product's source document: auto insurers may cover it case by case")]
    pub basis: Arc<str>,
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
    #[schema(value_type = String, example = "The product's source document: not recommended for children")]
    pub basis: Arc<str>,
}

impl Rulebook {
    /// Explains what was decided about a claim. `assessment` is this rulebook's decision of the same
    /// submission and ledger.
    pub fn explain(
        &self,
        submission: &Submission,
        ledger: &Ledger,
        assessment: &Assessment,
    ) -> Explanation {
        let facts = ClaimFacts::gather(submission, ledger, &self.insurers);
        let tried = Tried::of(self, submission, ledger, &facts);
        let decided = &assessment.decision.items;
        let leader = leader(&facts, decided);
        let items = facts.items.iter().zip(decided).enumerate();
        let items = items
            .map(|(index, (facts, item))| ItemExplanation {
                sequence: item.sequence,
                payer: item.payer,
                disposition: item.disposition,
                rule: item.grounds.rule.clone(),
                because: item.grounds.because.clone(),
                basis: item.grounds.basis.clone(),
                follows: leader.filter(|_| self.lets_follow(&item.grounds.rule)),
                tightened_by: self.tightened_by(facts, item.payer),
                counterfactuals: tried.for_item(index, WouldBe::of_item(item)),
            })
            .collect();
        let mut explanation = Explanation {
            payer: assessment.payer,
            disposition: assessment.disposition,
            items,
            counterfactuals: tried.for_claim(WouldBe::of_claim(assessment)),
            all_changes_tried: tried.all,
            text: String::new(),
        };
        explanation.text = text::of(submission, assessment, &explanation);
        explanation
    }

    fn lets_follow(&self, rule: &str) -> bool {
        let mut rules = self.table.rules.iter();
        rules.any(|it| &*it.id == rule && matches!(it.then, Then::Follow(_)))
    }

    fn tightened_by(&self, item: &ItemFacts<'_>, payer: Payer) -> Vec<Tightening> {
        let facts = item.facts.with_payer(payer);
        let matching = self.checks.holding(&facts);
        let checks = matching.filter_map(|place| self.table.checks.get(place));
        let tightening = checks.filter_map(|check| {
            Some(Tightening {
                check: check.id.clone(),
                at_least: check.at_least?,
                because: check.because.clone(),
                basis: check.basis.clone(),
            })
        });
        tightening.collect()
    }
}

/// The number of the item that followers follow: as `decide` chooses it, the strictest stem-cell item.
fn leader(facts: &ClaimFacts<'_>, decided: &[ItemDecision]) -> Option<u16> {
    let items = facts.items.iter().zip(decided);
    items
        .filter(|(item, _)| item.facts.service == Service::StemCells)
        .min_by_key(|(_, decided)| (std::cmp::Reverse(decided.disposition), decided.payer))
        .map(|(_, decided)| decided.sequence)
}
