//! Decides a claim: rules, then followers, then checks, then whom to bill, then findings.

use std::sync::Arc;

use super::{
    approvals,
    conditions::Facts,
    facts::{ClaimFacts, ItemFacts, accident_payer},
    observe,
    table::{FindingAt, Observation, Outcome, Rule, Rulebook, Then},
    vocabulary::Service,
};
use crate::domain::{
    decision::{
        Assessment, BillingOrder, BillingSequence, Decision, Document, Finding, ItemDecision,
    },
    payer::{Disposition, Payer},
    preauthorization::Ledger,
    submission::Submission,
    word::Word,
};

/// An item decided, before it is written down.
struct Decided {
    payer: Payer,
    disposition: Disposition,
    rule: Arc<str>,
    because: Arc<str>,
    basis: Arc<str>,
    documents: Vec<Document>,
    billing: BillingSequence,
    coverage: Option<usize>,
}

impl Rulebook {
    /// Decides each item of a claim and rolls the decision up. A function of its arguments: the
    /// same submission and ledger always get the same decision. `None` only for a claim without
    /// items, which does not parse.
    pub fn decide(&self, submission: &Submission, ledger: &Ledger) -> Option<Assessment> {
        let claim = ClaimFacts::gather(submission, ledger, &self.insurers);
        let mut findings = Findings::new(self);
        let decided = self.decide_items(&claim, &mut findings);
        self.observe(submission, ledger, &claim, &decided, &mut findings);
        let items = decided
            .into_iter()
            .zip(1..)
            .map(|(item, sequence)| ItemDecision {
                sequence,
                payer: item.payer,
                disposition: item.disposition,
                rule: item.rule,
                because: item.because,
                basis: item.basis,
                coverage: item.coverage,
                billing_order: BillingOrder(item.billing),
                required_documents: item.documents,
            })
            .collect();
        let decision = Decision {
            rulebook: self.version.clone(),
            items,
            findings: findings.list,
        };
        Assessment::roll_up(submission, decision)
    }

    /// Leaders first, because the others may follow the strictest of them.
    fn decide_items(&self, claim: &ClaimFacts<'_>, findings: &mut Findings<'_>) -> Vec<Decided> {
        let mut slots: Vec<Option<Decided>> = Vec::with_capacity(claim.items.len());
        for (index, item) in claim.items.iter().enumerate() {
            let decided = match self.first_rule(&item.facts) {
                Fired::Decides(rule, outcome) => {
                    if let Some(finding) = &outcome.finding {
                        findings.report(finding, index);
                    }
                    Some(self.decide_by(claim, item, rule, outcome))
                }
                Fired::Otherwise => Some(self.decide_otherwise(claim, item)),
                Fired::Follows(_) => None,
            };
            slots.push(decided.map(|decided| self.check((index, item), decided, findings)));
        }
        let leader = strictest_stem_cell_item(claim, &slots).map(Leading::of);
        let items = claim.items.iter().enumerate().zip(slots);
        items
            .map(|((index, item), slot)| match slot {
                Some(decided) => decided,
                None => {
                    let follower = self.follow(claim, item, leader);
                    self.check((index, item), follower, findings)
                }
            })
            .collect()
    }

    /// The first rule that matches an item's facts.
    pub(super) fn first_rule(&self, facts: &Facts) -> Fired<'_> {
        let situation = facts.compile();
        let rules = self.rules.iter().zip(&self.table.rules);
        match rules.into_iter().find(|(mask, _)| mask.matches(&situation)) {
            Some((_, rule)) => match &rule.then {
                Then::Decide(outcome) => Fired::Decides(rule, outcome),
                Then::Follow(_) => Fired::Follows(rule),
            },
            None => Fired::Otherwise,
        }
    }

    fn decide_by(
        &self,
        claim: &ClaimFacts<'_>,
        item: &ItemFacts<'_>,
        rule: &Rule,
        outcome: &Outcome,
    ) -> Decided {
        let billing = self.billing(&item.facts, outcome.payer);
        Decided {
            payer: outcome.payer,
            disposition: outcome.disposition,
            rule: rule.id.clone(),
            because: rule.because.clone(),
            basis: rule.basis.clone(),
            documents: outcome.required_documents.clone(),
            billing,
            coverage: billed_first(claim, item, billing),
        }
    }

    fn decide_otherwise(&self, claim: &ClaimFacts<'_>, item: &ItemFacts<'_>) -> Decided {
        let otherwise = &self.table.otherwise;
        let billing = self.billing(&item.facts, otherwise.payer);
        Decided {
            payer: otherwise.payer,
            disposition: otherwise.disposition,
            rule: otherwise.id.clone(),
            because: otherwise.because.clone(),
            basis: otherwise.basis.clone(),
            documents: Vec::new(),
            billing,
            coverage: billed_first(claim, item, billing),
        }
    }

    /// A follower's decision: its leader's, with its own rule's reasons. Without a leader (a rulebook
    /// that lets stem cells follow themselves) a person decides.
    fn follow(
        &self,
        claim: &ClaimFacts<'_>,
        item: &ItemFacts<'_>,
        leader: Option<Leading>,
    ) -> Decided {
        match (self.first_rule(&item.facts), leader) {
            (Fired::Follows(rule), Some(leader)) => Decided {
                payer: leader.payer,
                disposition: leader.disposition,
                rule: rule.id.clone(),
                because: rule.because.clone(),
                basis: rule.basis.clone(),
                documents: Vec::new(),
                billing: leader.billing,
                coverage: leader.coverage,
            },
            _ => self.decide_otherwise(claim, item),
        }
    }

    /// Applies the checks: they tighten and report, the payer stays.
    fn check(
        &self,
        (index, item): (usize, &ItemFacts<'_>),
        mut decided: Decided,
        findings: &mut Findings<'_>,
    ) -> Decided {
        let situation = item.facts.with_payer(decided.payer).compile();
        for (mask, check) in self.checks.iter().zip(&self.table.checks) {
            if mask.matches(&situation) {
                if let Some(least) = check.at_least {
                    decided.disposition = decided.disposition.max(least);
                    if let Some(because) = &check.because {
                        decided.because = format!("{} {because}", decided.because).into();
                    }
                }
                if let Some(finding) = &check.finding {
                    findings.report(finding, index);
                }
            }
        }
        decided
    }

    fn billing(&self, facts: &Facts, payer: Payer) -> BillingSequence {
        let situation = facts.with_payer(payer).compile();
        self.billing_orders
            .iter()
            .zip(&self.table.billing_orders)
            .find(|(mask, _)| mask.matches(&situation))
            .map_or(BillingSequence::Nobody, |(_, order)| order.order)
    }

    /// Reports what Payerline observes about the claim as a whole.
    fn observe(
        &self,
        submission: &Submission,
        ledger: &Ledger,
        claim: &ClaimFacts<'_>,
        decided: &[Decided],
        findings: &mut Findings<'_>,
    ) {
        for (observation, pointer) in observe::coverages(submission) {
            findings.observed(observation, pointer);
        }
        let mut in_play: Vec<Payer> = Vec::new();
        for (item, decided) in claim.items.iter().zip(decided) {
            in_play.push(decided.payer);
            in_play.extend(BillingOrder(decided.billing).payers());
            in_play.extend(accident_payer(&item.facts));
            in_play.extend(item.plans.pick.chosen.map(|_| Payer::Private));
        }
        let candidates: Vec<_> = claim.items.iter().map(|it| it.candidate).collect();
        let reliances: Vec<_> = claim.items.iter().map(|it| it.reliance).collect();
        for (index, observation) in
            approvals::observe(submission, ledger, &candidates, &reliances, &in_play)
        {
            findings.observed(observation, format!("/preauthorizations/{index}"));
        }
    }
}

/// What followers take from the item that they follow.
#[derive(Clone, Copy)]
struct Leading {
    payer: Payer,
    disposition: Disposition,
    billing: BillingSequence,
    coverage: Option<usize>,
}

impl Leading {
    fn of(decided: &Decided) -> Self {
        Self {
            payer: decided.payer,
            disposition: decided.disposition,
            billing: decided.billing,
            coverage: decided.coverage,
        }
    }
}

/// What the rules said of an item.
pub(super) enum Fired<'r> {
    /// A rule decides it.
    Decides(&'r Rule, &'r Outcome),
    /// A rule makes it follow another item.
    Follows(&'r Rule),
    /// No rule matches.
    Otherwise,
}

/// The strictest stem-cell item; among equals the first payer in the roll-up's order, then the first item.
fn strictest_stem_cell_item<'d>(
    claim: &ClaimFacts<'_>,
    slots: &'d [Option<Decided>],
) -> Option<&'d Decided> {
    claim
        .items
        .iter()
        .zip(slots)
        .filter(|(item, _)| item.facts.service == Service::StemCells)
        .filter_map(|(_, slot)| slot.as_ref())
        .min_by_key(|decided| (std::cmp::Reverse(decided.disposition), decided.payer))
}

/// The index of the insurance that is billed first.
fn billed_first(
    claim: &ClaimFacts<'_>,
    item: &ItemFacts<'_>,
    billing: BillingSequence,
) -> Option<usize> {
    let payers = BillingOrder(billing).payers();
    claim.coverage_of(*payers.first()?, item, payers.len() == 1)
}

/// Findings, each code at each place once.
struct Findings<'r> {
    rulebook: &'r Rulebook,
    list: Vec<Finding>,
}

impl<'r> Findings<'r> {
    fn new(rulebook: &'r Rulebook) -> Self {
        Self {
            rulebook,
            list: Vec::new(),
        }
    }

    fn report(&mut self, finding: &FindingAt, item: usize) {
        let pointer = finding.pointer.replace("{item}", &item.to_string());
        self.add(&finding.code, pointer);
    }

    fn observed(&mut self, observation: Observation, pointer: String) {
        self.add(observation.word(), pointer);
    }

    fn add(&mut self, code: &str, pointer: String) {
        let known = |it: &Finding| &*it.code == code && it.pointer == pointer;
        if self.list.iter().any(known) {
            return;
        }
        if let Some(text) = self.rulebook.finding(code) {
            self.list.push(Finding {
                code: text.code.clone(),
                severity: text.severity,
                detail: text.detail.clone(),
                pointer,
            });
        }
    }
}
