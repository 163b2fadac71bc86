//! The situations in which two rulebooks decide differently, each with an example claim.
//!
//! Both rulebooks are worked out for every combination of facts, as for a proof, and laid over each other. All claims
//! whose decisions differ in the same way are one situation. Its example is decided by both before it is shown: what is shown is a
//! difference for certain. What follows stem cells is compared for every payer that they might have, also for payers
//! that no leader of such a claim has; there may be no example then, and the list is not complete. Nor is it where one
//! of the rulebooks reads claims in another way: only claims that both read alike are compared.

use std::{collections::HashSet, rc::Rc};

use super::{
    decided::DecidedExample,
    diagram::{Diagrams, Link, TooLarge},
    observed,
    outcome::{AfterRules, Outcome, OutcomeDifference, Reports},
    report::{Aspect, Differences, DifferentDecision, Witness},
    space::Space,
    verdicts::{Verdict, Verdicts, claims},
    witness::{Leader, witness_with_leader},
};
use crate::{
    decide::compiled::Rulebook,
    table::{findings::Observation, vocabulary::Service},
};
use payerline_domain::values::closed_enum::ClosedEnum;

/// Situations that are listed at most.
const MAX_DIFFERENCES: usize = 20;
/// Searches through a part of the space for examples, for all situations together.
const MAX_SEARCHES: u32 = 20_000;
/// Situations without an example after which no further ones are tried.
const MAX_WITHOUT_EXAMPLE: usize = 10;

/// For all facts how the outcomes differ, if they do.
type Overlay = Link<Option<OutcomeDifference>>;

impl Rulebook {
    /// The situations that another rulebook decides differently: another payer, disposition, billing order,
    /// required document or finding. Their words are not compared, nor the names of their rules. At most 20 are
    /// listed, changes of the payer first. The work is bounded by `steps`, of which a million takes about a second, and
    /// by a number of searches for examples.
    pub fn differences(&self, to: &Self, steps: u64) -> Differences {
        let mut list = self.observed_differently(to);
        let space = Space::new(&[&self.table, &to.table]);
        let complete = match self.overlay(to, &space, steps) {
            Ok(Some(overlay)) => {
                let mut listing = Listing {
                    from: self,
                    to,
                    space: &space,
                    overlay: &overlay,
                    seen: HashSet::new(),
                    without_example: 0,
                    searches_left: MAX_SEARCHES,
                };
                listing.collect(&mut list)
            }
            Ok(None) => true,
            Err(TooLarge) => false,
        };
        let reads_alike = self.reads_like(to, &space, steps);
        let complete = complete && list.len() <= MAX_DIFFERENCES && reads_alike == Ok(true);
        list.sort_by_key(|it| it.differs_in.first().copied());
        list.truncate(MAX_DIFFERENCES);
        Differences {
            differences: list,
            complete,
        }
    }

    /// Both rulebooks' outcomes laid over each other; `None` where they decide all alike.
    fn overlay(&self, to: &Self, space: &Space, steps: u64) -> Result<Option<Overlay>, TooLarge> {
        let mut of_rules = Diagrams::with_steps(steps);
        let claims = claims(space, &mut of_rules, &[self, to])?;
        let one = Verdicts::try_rules(self, space, &mut of_rules, &claims)?;
        let another = Verdicts::try_rules(to, space, &mut of_rules, &claims)?;
        let reports = &Reports::collect([self, to]);
        let mut diagrams = Diagrams::with_steps(steps);
        let our = |it: &Verdict| Outcome::ruled(self, reports, *it);
        let their = |it: &Verdict| Outcome::ruled(to, reports, *it);
        let mut ours = one.root.map(&mut diagrams, &our)?;
        let mut theirs = another.root.map(&mut diagrams, &their)?;
        // What comes after the rules is worked out only where it can make a difference.
        if !Rc::ptr_eq(&ours, &theirs) || !self.continues_like(to) {
            let after = AfterRules {
                space,
                reports,
                rulebooks: [self, to],
            };
            let (we_lead, they_lead) = (one.stem_cells_lead(space), another.stem_cells_lead(space));
            ours = after.apply(self, &mut diagrams, ours, we_lead)?;
            theirs = after.apply(to, &mut diagrams, theirs, they_lead)?;
        }
        if Rc::ptr_eq(&ours, &theirs) {
            return Ok(None);
        }
        let overlay = Diagrams::with_steps(steps).zip(&ours, &theirs, OutcomeDifference::find)?;
        Ok(Some(overlay))
    }

    /// The observations of Payerline's own that matter differently to the two.
    fn observed_differently(&self, to: &Self) -> Vec<DifferentDecision> {
        let severity = |of: &Self, code| of.table.finding(code).map(|text| text.severity);
        let differing = Observation::ALL.iter().filter(|it| {
            let code = it.word();
            severity(self, code) != severity(to, code)
        });
        let decisions = differing.filter_map(|observation| {
            let text = self.table.finding(observation.word());
            let text = text.or_else(|| to.table.finding(observation.word()))?;
            let witness = observed::witness(*observation);
            self.decided_differently(to, witness, Some(text.detail.to_string()))
        });
        decisions.collect()
    }

    /// Decides an example by both; `None` if they decide alike.
    fn decided_differently(
        &self,
        to: &Self,
        witness: Witness,
        situation: Option<String>,
    ) -> Option<DifferentDecision> {
        let (ours, theirs) = (
            DecidedExample::decide(self, &witness)?,
            DecidedExample::decide(to, &witness)?,
        );
        let differs_in = ours.differs_in(&theirs);
        (!differs_in.is_empty()).then(|| DifferentDecision {
            situation: situation.unwrap_or_else(|| witness.facts.join(" ")),
            differs_in,
            from: ours.ruling(),
            to: theirs.ruling(),
            example: witness.into(),
        })
    }

    /// True if both get the same facts from every claim.
    fn reads_like(&self, other: &Self, space: &Space, steps: u64) -> Result<bool, TooLarge> {
        let diagrams = &mut Diagrams::with_steps(steps);
        let read_by = [self, other].map(|it| claims(space, diagrams, &[it]));
        let [ours, theirs] = read_by;
        Ok(Rc::ptr_eq(&ours?, &theirs?))
    }

    /// True if checks, billing orders and findings are the same.
    fn continues_like(&self, other: &Self) -> bool {
        self.table.checks == other.table.checks
            && self.table.billing_orders == other.table.billing_orders
            && self.table.findings == other.table.findings
    }
}

/// The search for situations in an overlay.
struct Listing<'c> {
    from: &'c Rulebook,
    to: &'c Rulebook,
    space: &'c Space,
    overlay: &'c Overlay,
    seen: HashSet<OutcomeDifference>,
    without_example: usize,
    searches_left: u32,
}

impl Listing<'_> {
    /// Adds situations to a list; returns false if not all could be added.
    fn collect(&mut self, list: &mut Vec<DifferentDecision>) -> bool {
        for aspect in Aspect::ALL {
            while let Some(differing) = self.next(*aspect) {
                let is_enough =
                    list.len() >= MAX_DIFFERENCES || self.without_example >= MAX_WITHOUT_EXAMPLE;
                if is_enough || self.searches_left == 0 {
                    return false;
                }
                match self.example(&differing) {
                    Some(decision) => list.push(decision),
                    None => self.without_example += 1,
                }
                self.seen.insert(differing);
            }
        }
        self.without_example == 0
    }

    /// The most usual situation that differs in an aspect and was not seen.
    fn next(&self, aspect: Aspect) -> Option<OutcomeDifference> {
        let is_new = |it: &Option<OutcomeDifference>| {
            it.as_ref()
                .is_some_and(|it| it.aspect == aspect && !self.seen.contains(it))
        };
        let everywhere = self.space.everything().extent();
        let found = self.overlay.find(&everywhere, self.space.order(), &is_new);
        found.and_then(|(_, differing)| differing.clone())
    }

    /// An example claim, the most usual one first. Where the item follows stem cells, what is decided also depends
    /// on them, so several kinds are tried, each with every value of every fact.
    fn example(&mut self, differing: &OutcomeDifference) -> Option<DifferentDecision> {
        let searches_left = &mut self.searches_left;
        let everything = [self.space.everything()].into_iter();
        let mut parts = everything.chain(self.space.slices(|_, _| true));
        parts.find_map(|part| {
            *searches_left = searches_left.checked_sub(1)?;
            let within = part.extent();
            let wanted = |it: &Option<OutcomeDifference>| it.as_ref() == Some(differing);
            let (point, _) = self.overlay.find(&within, self.space.order(), &wanted)?;
            let facts = self.space.facts(&point);
            let follows = facts.item.service == Service::FollowsStemCells;
            let mut leaders = Leader::all().take(if follows { usize::MAX } else { 1 });
            leaders.find_map(|leader| {
                let witness = witness_with_leader(&facts, self.space.insurers(), leader);
                self.from.decided_differently(self.to, witness, None)
            })
        })
    }
}
