//! Decides a claim: rules, then followers, then checks, then whom to bill, then findings.

use std::sync::Arc;

use super::{
    compiled::Rulebook,
    facts::{ClaimFacts, ItemFacts, approval},
    observe,
    prepared::{CompiledFinding, CompiledOutcome, CompiledRule},
};
use crate::table::{
    rules::FindingText,
    vocabulary::{Facts, Service},
};
use payerline_domain::{
    claims::{
        decision::{
            Assessment, BillingOrder, BillingSequence, Decision, Finding, Grounds, ItemDecision,
        },
        payer::Payer,
        submission::Submission,
    },
    preauthorizations::Ledger,
    values::closed_enum::ClosedEnum,
};

/// An item after the rules were tried.
enum Ruled<'r> {
    Decided(ItemDecision),
    /// It follows another, on these grounds.
    Follows(&'r Arc<Grounds>),
}

impl Rulebook {
    /// Decides each item of a claim and rolls the decision up. A function of its arguments: the
    /// same submission and ledger always get the same decision. `None` only for a claim without
    /// items, which does not parse.
    pub fn decide(&self, submission: &Submission, ledger: &Ledger) -> Option<Assessment> {
        let claim = ClaimFacts::gather(submission, ledger, &self.insurers);
        let mut findings = Findings::default();
        let items = self.decide_items(&claim, &mut findings);
        self.observe(submission, ledger, &claim, &items, &mut findings);
        let decision = Decision {
            rulebook: self.version.clone(),
            items,
            findings: findings.list,
        };
        Assessment::roll_up(submission, decision)
    }

    /// Leaders first, because the others may follow the strictest of them.
    fn decide_items(&self, claim: &ClaimFacts<'_>, findings: &mut Findings) -> Vec<ItemDecision> {
        let mut ruled = Vec::with_capacity(claim.items.len());
        for item in &claim.items {
            let outcome = match self.first_ruling(&item.facts) {
                Some(CompiledRule::Decide(outcome)) => outcome,
                Some(CompiledRule::Follow(grounds)) => {
                    ruled.push(Ruled::Follows(grounds));
                    continue;
                }
                None => &self.otherwise,
            };
            let decided = self.decide_by(outcome, claim, item, findings);
            ruled.push(Ruled::Decided(decided));
        }
        let decided = claim.items.iter().zip(&ruled);
        let decided = decided.filter_map(|(item, ruled)| match ruled {
            Ruled::Decided(decided) => Some((item, decided)),
            Ruled::Follows(_) => None,
        });
        let leader = strictest_stem_cell_item(decided).cloned();
        let ruled = ruled.into_iter().zip(&claim.items);
        ruled
            .map(|(ruled, item)| match ruled {
                Ruled::Decided(decided) => decided,
                Ruled::Follows(grounds) => {
                    self.follow(leader.as_ref(), grounds, claim, item, findings)
                }
            })
            .collect()
    }

    /// The ruling of the first rule that matches an item's facts, if one does.
    pub(crate) fn first_ruling(&self, facts: &Facts) -> Option<&CompiledRule> {
        self.rulings.get(self.rules.first(facts)?)
    }

    fn decide_by(
        &self,
        outcome: &CompiledOutcome,
        claim: &ClaimFacts<'_>,
        item: &ItemFacts<'_>,
        findings: &mut Findings,
    ) -> ItemDecision {
        if let Some(finding) = &outcome.finding {
            findings.report(finding, item);
        }
        let facts = item.facts.with_payer(outcome.payer);
        let billing_order = self.billing_order(&facts);
        let decided = ItemDecision {
            sequence: item.sequence,
            payer: outcome.payer,
            disposition: outcome.disposition,
            grounds: outcome.grounds.clone(),
            coverage: billed_first(claim, item, billing_order),
            billing_order,
        };
        self.check(decided, item, &facts, findings)
    }

    /// A follower's decision: its leader's, with its own rule's reasons. Without a leader (a rulebook
    /// that lets stem cells follow themselves) a person decides.
    fn follow(
        &self,
        leader: Option<&ItemDecision>,
        grounds: &Arc<Grounds>,
        claim: &ClaimFacts<'_>,
        item: &ItemFacts<'_>,
        findings: &mut Findings,
    ) -> ItemDecision {
        let Some(leader) = leader else {
            return self.decide_by(&self.otherwise, claim, item, findings);
        };
        let decided = ItemDecision {
            sequence: item.sequence,
            grounds: grounds.clone(),
            ..*leader
        };
        let facts = item.facts.with_payer(leader.payer);
        self.check(decided, item, &facts, findings)
    }

    /// Applies the checks: they tighten and report, the payer stays.
    fn check(
        &self,
        mut decided: ItemDecision,
        item: &ItemFacts<'_>,
        facts: &Facts,
        findings: &mut Findings,
    ) -> ItemDecision {
        for place in self.checks.holding(facts) {
            let check = self.table.checks.get(place);
            if let Some((check, least)) = check.and_then(|it| Some((it, it.at_least?))) {
                decided.disposition = decided.disposition.max(least);
                if let Some(because) = &check.because {
                    let grounds = Arc::make_mut(&mut decided.grounds);
                    grounds.because = format!("{} {because}", grounds.because).into();
                }
            }
            if let Some(Some(finding)) = self.check_findings.get(place) {
                findings.report(finding, item);
            }
        }
        decided
    }

    fn billing_order(&self, facts: &Facts) -> BillingOrder {
        let first = self.billing_orders.first(facts);
        let order = first.and_then(|place| self.table.billing_orders.get(place));
        BillingOrder(order.map_or(BillingSequence::Nobody, |it| it.order))
    }

    /// Reports what Payerline observes about the claim as a whole.
    fn observe(
        &self,
        submission: &Submission,
        ledger: &Ledger,
        claim: &ClaimFacts<'_>,
        decided: &[ItemDecision],
        findings: &mut Findings,
    ) {
        let in_play = |payer| {
            let mut items = claim.items.iter().zip(decided);
            items.any(|(item, decided)| involves(payer, item, decided))
        };
        let of_approvals = approval::observe(submission, ledger, &claim.items, in_play)
            .map(|(index, observed)| (observed, format!("/preauthorizations/{index}")));
        let of_coverages = observe::coverages(submission).into_iter();
        for (observation, pointer) in of_coverages.chain(of_approvals) {
            if let Some(text) = self.table.finding(observation.word()) {
                findings.add(text, pointer);
            }
        }
    }
}

/// The strictest stem-cell item; among equals the first payer in the roll-up's order, then the first item.
pub(crate) fn strictest_stem_cell_item<'i, 'f: 'i, 'd>(
    items: impl Iterator<Item = (&'i ItemFacts<'f>, &'d ItemDecision)>,
) -> Option<&'d ItemDecision> {
    let stem_cells = items.filter(|(item, _)| item.facts.item.service == Service::StemCells);
    stem_cells
        .map(|(_, decided)| decided)
        .min_by_key(|decided| (std::cmp::Reverse(decided.disposition), decided.payer))
}

/// The index of the insurance that is billed first.
fn billed_first(
    claim: &ClaimFacts<'_>,
    item: &ItemFacts<'_>,
    billing_order: BillingOrder,
) -> Option<usize> {
    let payers = billing_order.payers();
    claim.coverage_of(*payers.first()?, item, payers.len() == 1)
}

/// An item involves the payer decided, each that is billed, the insurer of the accident, and that of a plan that
/// counts.
fn involves(payer: Payer, item: &ItemFacts<'_>, decided: &ItemDecision) -> bool {
    decided.payer == payer
        || decided.billing_order.payers().contains(&payer)
        || item.facts.accident.payer() == Some(payer)
        || (payer == Payer::Private && item.plans.pick.chosen.is_some())
}

/// Findings, each code at each place once.
#[derive(Default)]
struct Findings {
    list: Vec<Finding>,
}

impl Findings {
    fn report(&mut self, finding: &CompiledFinding, item: &ItemFacts<'_>) {
        self.add(&finding.text, finding.pointer(item.sequence));
    }

    fn add(&mut self, text: &FindingText, pointer: String) {
        let known = |it: &Finding| it.code == text.code && it.pointer == pointer;
        if self.list.iter().any(known) {
            return;
        }
        self.list.push(Finding {
            code: text.code.clone(),
            severity: text.severity,
            detail: text.detail.clone(),
            pointer,
        });
    }
}
