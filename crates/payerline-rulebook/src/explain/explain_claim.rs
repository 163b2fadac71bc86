//! Explains a decided claim: each item's reasons, and what would change the decision.

use super::{
    counterfactual::WouldBe,
    explanation::{Explanation, ItemExplanation, Tightening},
    text,
    tried::TriedChanges,
};
use crate::{
    decide::{
        compiled::Rulebook,
        decision::strictest_stem_cell_item,
        facts::{ClaimFacts, ItemFacts},
    },
    table::rules::Then,
};
use payerline_domain::claims::{
    decision::Assessment, outside_facts::OutsideFacts, payer::Payer, submission::Submission,
};

impl Rulebook {
    /// Explains what was decided about a claim. `assessment` is this rulebook's decision of the same
    /// submission and facts.
    pub fn explain(
        &self,
        submission: &Submission,
        outside: &OutsideFacts,
        assessment: &Assessment,
    ) -> Explanation {
        let facts = ClaimFacts::gather(submission, outside, &self.reading);
        let tried = TriedChanges::decide(self, submission, outside, &facts);
        let decided = &assessment.decision.items;
        // What follows, follows this item.
        let leader = strictest_stem_cell_item(facts.items.iter().zip(decided));
        let leader = leader.map(|it| it.sequence);
        let items = facts.items.iter().zip(decided).enumerate();
        let items = items
            .map(|(index, (facts, item))| ItemExplanation {
                sequence: item.sequence,
                payer: item.payer,
                disposition: item.disposition,
                rule: item.grounds.rule.clone(),
                because: item.grounds.because.clone(),
                basis: item.grounds.basis.clone(),
                bill_to: item.bill_to,
                follows: leader.filter(|_| self.lets_follow(&item.grounds.rule)),
                tightened_by: self.tightened_by(facts, item.payer),
                counterfactuals: tried.for_item(index, WouldBe::from_item(item)),
            })
            .collect();
        let mut explanation = Explanation {
            payer: assessment.payer,
            disposition: assessment.disposition,
            items,
            counterfactuals: tried.for_claim(WouldBe::from_claim(assessment)),
            all_changes_tried: tried.all,
            text: String::new(),
        };
        explanation.text = text::write(submission, assessment, &explanation, self.is_later_edition);
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
