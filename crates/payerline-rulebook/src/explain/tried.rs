//! Tries changes of a claim: each changed claim is decided again.

use super::{
    change::Change,
    changes::{approvals::Approvals, claim as of_claim, coverages},
    counterfactual::{Counterfactual, WouldBe},
};
use crate::decide::{compiled::Rulebook, facts::ClaimFacts};
use payerline_domain::{
    claims::{decision::Assessment, outside_facts::OutsideFacts, submission::Submission},
    preauthorizations::Ledger,
};

/// Counterfactuals listed for an item, or for the claim.
const MAX_LISTED: usize = 12;
/// Items decided while the changes of a claim are tried: a claim of many items gets fewer tries.
const MAX_ITEMS_DECIDED: usize = 20_000;

/// Every change that was tried, with what was decided.
pub struct TriedChanges {
    outcomes: Vec<(Change, Assessment)>,
    is_later_edition: bool,
    /// False if some changes were left out because the claim is too large.
    pub all: bool,
}

impl TriedChanges {
    /// Makes each change on a copy and decides that.
    pub fn decide(
        rulebook: &Rulebook,
        claim: &Submission,
        outside: &OutsideFacts,
        facts: &ClaimFacts<'_>,
    ) -> Self {
        let most = MAX_ITEMS_DECIDED / claim.items.len().max(1);
        let mut changes = possible(claim, &outside.ledger, facts, rulebook.is_later_edition);
        let outcomes: Vec<_> = changes
            .by_ref()
            .take(most)
            .filter_map(|change| {
                let (claim, ledger) = change.apply(claim, &outside.ledger);
                let changed = OutsideFacts {
                    ledger,
                    ..outside.clone()
                };
                let assessment = rulebook.decide(&claim, &changed)?;
                Some((change, assessment))
            })
            .collect();
        let all = changes.next().is_none();
        let mut tried = Self {
            outcomes,
            is_later_edition: rulebook.is_later_edition,
            all,
        };
        // Stable: changes of one kind stay in the order of the claim.
        tried.outcomes.sort_by_key(|(change, _)| change.kind);
        tried
    }

    pub fn for_item(&self, index: usize, now: WouldBe) -> Vec<Counterfactual> {
        let items = |assessment: &Assessment| {
            let item = assessment.decision.items.get(index)?;
            Some(WouldBe::from_item(item))
        };
        self.list("this service", now, items)
    }

    pub fn for_claim(&self, now: WouldBe) -> Vec<Counterfactual> {
        self.list("the claim", now, |it| Some(WouldBe::from_claim(it)))
    }

    fn list(
        &self,
        subject: &str,
        now: WouldBe,
        then: impl Fn(&Assessment) -> Option<WouldBe>,
    ) -> Vec<Counterfactual> {
        let mut listed: Vec<Counterfactual> = Vec::new();
        for (change, assessment) in &self.outcomes {
            let Some(would) = then(assessment).filter(|would| would.matters_beside(now)) else {
                continue;
            };
            let text = would.sentence(&change.given, subject, now, self.is_later_edition);
            // Two coverages that read alike are one piece of advice.
            if listed.iter().any(|known| known.text == text) {
                continue;
            }
            listed.push(Counterfactual {
                change: change.kind,
                pointer: change.pointer.clone(),
                value: change.value.clone(),
                approval: change.approval.clone(),
                would,
                text,
            });
            if listed.len() == MAX_LISTED {
                break;
            }
        }
        listed
    }
}

/// The changes that may be tried; those of items last, as a claim may have hundreds.
fn possible<'c>(
    claim: &'c Submission,
    ledger: &'c Ledger,
    facts: &'c ClaimFacts<'c>,
    is_later_edition: bool,
) -> impl Iterator<Item = Change> + use<'c> {
    let approvals = Approvals {
        claim,
        ledger,
        items: &facts.items,
        is_later_edition,
    };
    of_claim::find(claim, is_later_edition)
        .into_iter()
        .chain(coverages::find(claim, ledger, facts, is_later_edition))
        .chain(approvals.changes())
        .chain(of_claim::find_for_items(facts, is_later_edition))
}
