//! Decides a claim: rules, then followers, then checks, then whom to bill, then findings.

use std::sync::Arc;

use super::{
    compiled::Rulebook,
    facts::{ClaimFacts, ItemFacts, approval},
    observe::{self, Observed},
    prepared::{CompiledFinding, CompiledOutcome, CompiledRule},
};
use crate::table::{
    findings::FindingText,
    rules::BilledCoverage,
    vocabulary::{Facts, Service},
};
use payerline_domain::{
    claims::{
        billing::{BillingOrder, BillingSequence},
        decision::{Assessment, Decision, Finding, Grounds, ItemDecision},
        outside_facts::OutsideFacts,
        payer::{Disposition, Payer},
        review::ReviewedItem,
        submission::Submission,
    },
    values::{closed_enum::ClosedEnum, ids::ClaimId},
};

/// An item after the rules were tried.
enum Ruled<'r> {
    Decided(ItemDecision),
    /// It follows another, on these grounds.
    Follows(&'r Arc<Grounds>),
}

impl Rulebook {
    /// Decides each item of a claim and rolls the decision up. A function of its arguments: the
    /// same submission and facts always get the same decision. `None` only for a claim without
    /// items, which does not parse.
    pub fn decide(&self, submission: &Submission, outside: &OutsideFacts) -> Option<Assessment> {
        let claim = ClaimFacts::gather(submission, outside, &self.reading);
        let mut findings = Findings::default();
        let mut items = self.decide_items(&claim, &mut findings);
        if self.is_later_edition {
            name_approvals(submission, &claim, &mut items);
        }
        self.observe(submission, outside, &claim, &items, &mut findings);
        let payers_due = claim.payers_due(items.iter().map(ReviewedItem::from));
        let decision = Decision {
            rulebook: self.version.clone(),
            items,
            findings: findings.list,
        };
        Assessment::roll_up(submission, decision, payers_due)
    }

    /// Decides the items as if the checks that report settled findings did not tighten.
    pub(crate) fn decide_settled(
        &self,
        claim: &ClaimFacts<'_>,
        settled: &[String],
    ) -> Vec<ItemDecision> {
        let mut findings = Findings {
            settled,
            ..Findings::default()
        };
        self.decide_items(claim, &mut findings)
    }

    /// Leaders first, because the others may follow the strictest of them.
    fn decide_items(
        &self,
        claim: &ClaimFacts<'_>,
        findings: &mut Findings<'_>,
    ) -> Vec<ItemDecision> {
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
        findings: &mut Findings<'_>,
    ) -> ItemDecision {
        if let Some(finding) = &outcome.finding {
            findings.report(finding, item);
        }
        let facts = item.facts.with_payer(outcome.payer);
        let billing_order = self.billing_order(&facts);
        let coverage = match outcome.billed_coverage {
            Some(BilledCoverage::Federal) => item.federal.chosen.map(|(index, _)| index),
            None => billed_first(claim, item, billing_order),
        };
        let decided = ItemDecision {
            sequence: item.sequence,
            payer: outcome.payer,
            disposition: outcome.disposition,
            grounds: outcome.grounds.clone(),
            coverage,
            billing_order,
            bill_to: outcome.bill_to,
            preauthorization: None,
        };
        self.check(decided, Some(outcome), item, &facts, findings)
    }

    /// A follower's decision: its leader's, with its own rule's reasons. Without a leader (a rulebook
    /// that lets stem cells follow themselves) a person decides.
    fn follow(
        &self,
        leader: Option<&ItemDecision>,
        grounds: &Arc<Grounds>,
        claim: &ClaimFacts<'_>,
        item: &ItemFacts<'_>,
        findings: &mut Findings<'_>,
    ) -> ItemDecision {
        let Some(leader) = leader else {
            return self.decide_by(&self.otherwise, claim, item, findings);
        };
        let decided = ItemDecision {
            sequence: item.sequence,
            grounds: grounds.clone(),
            preauthorization: None,
            ..*leader
        };
        let facts = item.facts.with_payer(leader.payer);
        self.check(decided, None, item, &facts, findings)
    }

    /// Applies the checks: they tighten and report, the payer stays. An item that is `ready` after them has the reasons
    /// of its outcome for that.
    fn check(
        &self,
        mut decided: ItemDecision,
        outcome: Option<&CompiledOutcome>,
        item: &ItemFacts<'_>,
        facts: &Facts,
        findings: &mut Findings<'_>,
    ) -> ItemDecision {
        let mut reasons = Vec::new();
        for place in self.checks.holding(facts) {
            let finding = self.check_findings.get(place).and_then(Option::as_ref);
            let check = self.table.checks.get(place);
            let tightening = check.filter(|_| !finding.is_some_and(|it| findings.is_settled(it)));
            if let Some((check, least)) = tightening.and_then(|it| Some((it, it.at_least?))) {
                decided.disposition = decided.disposition.max(least);
                reasons.extend(check.because.as_deref());
            }
            if let Some(finding) = finding {
                findings.report(finding, item);
            }
        }
        let is_ready = decided.disposition == Disposition::Ready;
        if !is_ready || decided.payer != Payer::Uncovered {
            decided.bill_to = None;
        }
        if let Some(outcome) = outcome.filter(|_| is_ready) {
            decided.grounds = outcome.grounds_when_ready.clone();
        }
        for because in reasons {
            let grounds = Arc::make_mut(&mut decided.grounds);
            grounds.because = format!("{} {because}", grounds.because).into();
        }
        decided
    }

    pub(crate) fn billing_order(&self, facts: &Facts) -> BillingOrder {
        let first = self.billing_orders.first(facts);
        let order = first.and_then(|place| self.table.billing_orders.get(place));
        BillingOrder(order.map_or(BillingSequence::Nobody, |it| it.order))
    }

    /// Reports what Payerline observes about the claim as a whole.
    fn observe(
        &self,
        submission: &Submission,
        outside: &OutsideFacts,
        claim: &ClaimFacts<'_>,
        decided: &[ItemDecision],
        findings: &mut Findings<'_>,
    ) {
        let in_play = |payer| {
            let mut items = claim.items.iter().zip(decided);
            items.any(|(item, decided)| involves(payer, item, decided))
        };
        let of_approvals = approval::observe(submission, &outside.ledger, &claim.items, in_play)
            .map(|(index, observed)| Observed::at(observed, format!("/preauthorizations/{index}")));
        let of_coverages = observe::coverages(submission, &claim.accident).into_iter();
        let later = self
            .is_later_edition
            .then(|| observe::later(submission, outside, claim, decided));
        let observed = of_coverages
            .chain(of_approvals)
            .chain(later.into_iter().flatten());
        for Observed {
            observation,
            pointer,
            related_claim,
        } in observed
        {
            if let Some(text) = self.table.finding(observation.word()) {
                findings.add(text, pointer, related_claim);
            }
        }
    }
}

/// Writes down which approval each item relies on.
fn name_approvals(submission: &Submission, claim: &ClaimFacts<'_>, decided: &mut [ItemDecision]) {
    for (item, decided) in claim.items.iter().zip(decided) {
        let index = item.relies_on_for(decided.payer);
        let number = index.and_then(|index| submission.preauthorizations.get(index));
        decided.preauthorization = number.cloned();
    }
}

/// The strictest stem-cell item; among equals the first payer in the roll-up's order, then the first item.
pub(crate) fn strictest_stem_cell_item<'i, 'f: 'i, 'd>(
    items: impl Iterator<Item = (&'i ItemFacts<'f>, &'d ItemDecision)>,
) -> Option<&'d ItemDecision> {
    let stem_cells = items.filter(|(item, _)| {
        item.facts.item.service == Service::StemCells && !approval::is_third_partys(item)
    });
    stem_cells
        .map(|(_, decided)| decided)
        .min_by_key(|decided| (std::cmp::Reverse(decided.disposition), decided.payer))
}

/// The index of the insurance that is billed first.
pub(crate) fn billed_first(
    claim: &ClaimFacts<'_>,
    item: &ItemFacts<'_>,
    billing_order: BillingOrder,
) -> Option<usize> {
    let payers = billing_order.payers();
    claim.coverage_of(*payers.first()?, item, payers.len() == 1)
}

/// An item involves the payer decided, each that is billed, the insurer of the accident, and that of a plan that
/// counts. What a third party pays involves nobody.
fn involves(payer: Payer, item: &ItemFacts<'_>, decided: &ItemDecision) -> bool {
    if approval::is_third_partys(item) {
        return false;
    }
    decided.payer == payer
        || decided.billing_order.payers().contains(&payer)
        || item.facts.accident.payer() == Some(payer)
        || (payer == Payer::Private && item.plans.pick.chosen.is_some())
}

/// Findings, each code at each place once.
#[derive(Default)]
struct Findings<'s> {
    list: Vec<Finding>,
    /// The codes of those that a person settled: they are reported and tighten nothing.
    settled: &'s [String],
}

impl Findings<'_> {
    fn is_settled(&self, finding: &CompiledFinding) -> bool {
        self.settled.iter().any(|code| **code == *finding.text.code)
    }

    fn report(&mut self, finding: &CompiledFinding, item: &ItemFacts<'_>) {
        self.add(&finding.text, finding.pointer(item.sequence), None);
    }

    fn add(&mut self, text: &FindingText, pointer: String, related_claim: Option<ClaimId>) {
        let known = |it: &Finding| it.code == text.code && it.pointer == pointer;
        if self.list.iter().any(known) {
            return;
        }
        self.list.push(Finding {
            code: text.code.clone(),
            severity: text.severity,
            detail: text.detail.clone(),
            pointer,
            related_claim,
        });
    }
}
