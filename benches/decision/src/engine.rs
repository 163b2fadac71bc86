//! What an engine is asked, and a claim's whole decision by one: what the table says is the engine's to find, what
//! Payerline's own code does beside the table is done as Payerline does it.

use std::{cmp::Reverse, error::Error};

use payerline_domain::{
    claims::payer::{Disposition, Payer},
    values::closed_enum::ClosedEnum,
};
use payerline_rulebook::{
    Rulebook,
    decide::facts::ClaimFacts,
    table::vocabulary::{Facts, Service},
};

use crate::{
    claims::Claim,
    table::{Finding, Parts, Row, Ruling},
};

/// An engine that was given a table. Rows are told by their place.
pub trait Engine {
    /// Facts as it takes them.
    type Facts;

    /// The facts of an item, handed over.
    fn facts(&self, facts: &Facts) -> Self::Facts;

    /// The first rule that holds.
    ///
    /// # Errors
    /// What the engine failed with.
    fn rule(&self, facts: &Self::Facts) -> Result<usize, Box<dyn Error>>;

    /// Tells it the payer, about which checks and billing orders ask.
    fn set_payer(&self, facts: &mut Self::Facts, payer: &'static str);

    /// All checks that hold, in order.
    ///
    /// # Errors
    /// What the engine failed with.
    fn checks(&self, facts: &Self::Facts, holds: impl FnMut(usize)) -> Result<(), Box<dyn Error>>;

    /// The same, and the first billing order that holds.
    ///
    /// # Errors
    /// What the engine failed with.
    fn order_and_checks(
        &self,
        facts: &Self::Facts,
        holds: impl FnMut(usize),
    ) -> Result<usize, Box<dyn Error>>;
}

/// What was decided about a claim.
#[derive(Debug)]
pub struct Decision<'t> {
    /// Its items, in order.
    pub items: Vec<Decided<'t>>,
    /// What was noticed, each with the index of its item; maybe more than once.
    pub findings: Vec<(usize, &'t Finding)>,
}

/// What was decided about an item.
#[derive(Debug, Clone, Copy)]
pub struct Decided<'t> {
    /// The rule.
    pub rule: &'t str,
    /// Who is responsible.
    pub payer: Payer,
    /// What happens next.
    pub disposition: Disposition,
    /// Whom to bill.
    pub billing_order: &'t str,
}

/// An engine with the table that it was given.
pub struct Given<E> {
    /// The engine.
    pub engine: E,
    /// The table.
    pub parts: Parts,
}

impl<E: Engine> Given<E> {
    /// Decides a claim's items: those that lead, then those that follow the strictest.
    ///
    /// # Errors
    /// What the engine failed with, or a row that its table does not have.
    pub fn decide(
        &self,
        rulebook: &Rulebook,
        claim: &Claim,
    ) -> Result<Decision<'_>, Box<dyn Error>> {
        let gathered = ClaimFacts::gather(&claim.submission, &claim.ledger, rulebook.insurers());
        let mut findings = Vec::new();
        let mut ruled = Vec::with_capacity(gathered.items.len());
        for (index, item) in gathered.items.iter().enumerate() {
            let mut facts = self.engine.facts(&item.facts);
            let rule = self.rule(self.engine.rule(&facts)?)?;
            let decided = match rule.then {
                Ruling::Follow => None,
                Ruling::Decide(..) => {
                    Some(self.decide_by(rule, index, &mut facts, &mut findings)?)
                }
            };
            ruled.push((facts, &*rule.id, decided));
        }
        let items = gathered.items.iter().zip(&ruled);
        let leader = items
            .filter(|(item, _)| item.facts.item.service == Service::StemCells)
            .filter_map(|(_, (_, _, decided))| *decided)
            .min_by_key(|it| (Reverse(it.disposition), it.payer));
        let items =
            ruled
                .into_iter()
                .enumerate()
                .map(
                    |(index, (mut facts, rule, decided))| match (decided, leader) {
                        (Some(decided), _) => Ok(decided),
                        (None, Some(leader)) => {
                            self.engine.set_payer(&mut facts, leader.payer.word());
                            let mut decided = Decided { rule, ..leader };
                            self.engine.checks(&facts, |check| {
                                self.tighten(check, index, &mut decided, &mut findings);
                            })?;
                            Ok(decided)
                        }
                        (None, None) => {
                            let otherwise = self.rule(self.parts.rules.len().saturating_sub(1))?;
                            self.decide_by(otherwise, index, &mut facts, &mut findings)
                        }
                    },
                );
        let items: Result<_, Box<dyn Error>> = items.collect();
        Ok(Decision {
            items: items?,
            findings,
        })
    }

    fn rule(&self, place: usize) -> Result<&Row<Ruling>, Box<dyn Error>> {
        Ok(self.parts.rules.get(place).ok_or("no such rule")?)
    }

    fn decide_by<'t>(
        &'t self,
        rule: &'t Row<Ruling>,
        index: usize,
        facts: &mut E::Facts,
        findings: &mut Vec<(usize, &'t Finding)>,
    ) -> Result<Decided<'t>, Box<dyn Error>> {
        let Ruling::Decide(payer, disposition, finding) = &rule.then else {
            return Err("a rule that decides nothing".into());
        };
        findings.extend(finding.iter().map(|it| (index, it)));
        self.engine.set_payer(facts, payer.word());
        let mut decided = Decided {
            rule: &rule.id,
            payer: *payer,
            disposition: *disposition,
            billing_order: "",
        };
        let order = self.engine.order_and_checks(facts, |check| {
            self.tighten(check, index, &mut decided, findings);
        })?;
        let order = self
            .parts
            .billing_orders
            .get(order)
            .ok_or("no such order")?;
        decided.billing_order = &order.then;
        Ok(decided)
    }

    /// Applies a check that holds: it tightens and notices, the payer stays.
    fn tighten<'t>(
        &'t self,
        check: usize,
        index: usize,
        decided: &mut Decided<'t>,
        findings: &mut Vec<(usize, &'t Finding)>,
    ) {
        // An engine that names others than those of its table does not agree in the end.
        if let Some(Row { then: check, .. }) = self.parts.checks.get(check) {
            let least = check.at_least.unwrap_or(decided.disposition);
            decided.disposition = decided.disposition.max(least);
            findings.extend(check.finding.iter().map(|it| (index, it)));
        }
    }
}
