//! What a claim draws of approvals, and what it takes of the cap of the Minor Injury Guideline.

use super::{
    compiled::Rulebook,
    facts::{ClaimFacts, approval::is_third_partys},
};
use crate::table::vocabulary::ApprovalState;
use payerline_domain::{
    claims::{
        coverage::Coverage, outside_facts::OutsideFacts, payer::Payer, submission::Submission,
    },
    preauthorizations::{ItemDraw, MinorInjuryCharge},
    values::money::Cents,
};

impl Rulebook {
    /// What the items of a claim that is `ready` draw of the approvals that they rely on. `payers` has the payer of each
    /// item, as decided or reviewed.
    pub fn find_draws(
        &self,
        submission: &Submission,
        outside: &OutsideFacts,
        payers: impl Iterator<Item = Payer>,
    ) -> Vec<ItemDraw> {
        if outside.ledger.preauthorizations.is_empty() {
            return Vec::new();
        }
        let claim = ClaimFacts::gather(submission, outside, &self.reading);
        let items = claim.items.iter().zip(payers);
        let draws = items.filter_map(|(item, payer)| {
            let is_short = match item.facts.approval.preauthorization {
                ApprovalState::Approved => false,
                ApprovalState::Insufficient => true,
                _ => return None,
            };
            let number = submission
                .preauthorizations
                .get(item.relies_on_for(payer)?)?;
            Some(ItemDraw {
                sequence: item.sequence,
                number: number.clone(),
                cents: item.item.amount(),
                is_short,
            })
        });
        draws.filter(|draw| draw.cents > Cents::default()).collect()
    }

    /// What the auto insurer is responsible for under the Minor Injury Guideline, without tax. `None` if it is nothing.
    pub fn find_minor_injury_charge(
        &self,
        submission: &Submission,
        outside: &OutsideFacts,
        payers: impl Iterator<Item = Payer>,
    ) -> Option<MinorInjuryCharge> {
        let is_guideline = |it: &Coverage| it.minor_injury_guideline;
        if !submission.coverages.iter().any(is_guideline) {
            return None;
        }
        let claim = ClaimFacts::gather(submission, outside, &self.reading);
        claim.minor_injury_charge(outside, payers)
    }
}

impl ClaimFacts<'_> {
    /// The sum, without tax, of the items under the Minor Injury Guideline that the auto insurer is responsible for.
    pub fn minor_injury_charge(
        &self,
        outside: &OutsideFacts,
        payers: impl Iterator<Item = Payer>,
    ) -> Option<MinorInjuryCharge> {
        self.guideline?;
        let items = self.items.iter().zip(payers);
        let of_auto = items.filter(|(item, payer)| *payer == Payer::Mva && !is_third_partys(item));
        let untaxed = of_auto.map(|(item, _)| item.item.amount().get() - item.item.tax_cents.get());
        let cents = Cents::from_stored(untaxed.sum());
        let accident_date = self.items.first()?.facts.accident_date?;
        (cents > Cents::default()).then_some(MinorInjuryCharge {
            accident_date,
            cents,
            others: outside.minor_injury_cents,
        })
    }
}
