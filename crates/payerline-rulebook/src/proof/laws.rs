//! Finds the rules by which a rulebook breaks an invariant.

use std::collections::BTreeSet;

use super::{
    diagram::{Diagrams, Link, TooLarge},
    followers::ReadyFollowers,
    report::Witness,
    space::{Region, Space},
    verdicts::{Verdict, Verdicts},
    witness::witness,
};
use crate::{
    decide::compiled::Rulebook,
    table::{
        laws::{concerns_followers, forbids},
        rules::{Check, Then},
    },
};
use payerline_domain::laws::Invariant;
use payerline_domain::{
    claims::payer::{Disposition, Payer},
    values::closed_enum::ClosedEnum,
};

/// An invariant broken by what decides at some combination of facts.
pub struct Breach {
    pub invariant: Invariant,
    pub by: Verdict,
    pub payer: Payer,
    pub witness: Witness,
}

/// Every pair of an invariant and a rule that breaks it.
pub fn breaches(
    rulebook: &Rulebook,
    space: &Space,
    diagrams: &mut Diagrams<Verdict>,
    verdicts: &Verdicts,
) -> Result<Vec<Breach>, TooLarge> {
    let ready = still_ready(rulebook, space, diagrams, &verdicts.root)?;
    let payer = |it: &Verdict| ready_payer(rulebook, *it);
    let ready_payers = ready.map(&mut Diagrams::default(), &payer)?;
    let search = Search {
        rulebook,
        space,
        followers: rulebook.ready_followers(space, verdicts, &ready_payers)?,
        ready,
    };
    let mut breaches = Vec::new();
    for law in Invariant::ALL {
        let mut of_law: Vec<Breach> = Vec::new();
        for (payers, when) in forbids(*law) {
            let region = space.region(&when);
            let decided = search.decided(*law, &payers, &region);
            let followers = concerns_followers(*law);
            let followed = followers.then(|| search.followed(*law, &payers, &region));
            for breach in decided.into_iter().chain(followed.into_iter().flatten()) {
                if of_law.iter().all(|it| it.by != breach.by) {
                    of_law.push(breach);
                }
            }
        }
        breaches.append(&mut of_law);
    }
    Ok(breaches)
}

/// The search for what breaks a law.
struct Search<'c> {
    rulebook: &'c Rulebook,
    space: &'c Space,
    /// The verdicts that leave an item `ready`.
    ready: Link<Verdict>,
    followers: ReadyFollowers,
}

impl Search<'_> {
    /// What is decided for one of some payers within a region, in the order of the rules.
    fn decided(&self, invariant: Invariant, payers: &[Payer], region: &Region) -> Vec<Breach> {
        let within = region.extent();
        let mut offenders: Vec<Verdict> =
            self.ready.answers(&within).into_iter().copied().collect();
        offenders.sort_by_key(|verdict| place(*verdict));
        let breaches = offenders.into_iter().filter_map(|by| {
            let payer = ready_payer(self.rulebook, by).filter(|it| payers.contains(it))?;
            let order = self.space.order();
            let (point, _) = self.ready.find(&within, order, &|it| *it == by)?;
            let insurers = &self.rulebook.reading.insurers;
            Some(Breach {
                invariant,
                by,
                payer,
                witness: witness(&self.space.facts(&point), insurers),
            })
        });
        breaches.collect()
    }

    /// What follows within a region and is `ready` for one of some payers, in the order of the rules.
    fn followed(&self, invariant: Invariant, payers: &[Payer], region: &Region) -> Vec<Breach> {
        let following = self.followers.answers(&region.extent());
        let following = following.into_iter().flatten();
        let charged = following.filter(|it| it.payers.iter().any(|payer| payers.contains(payer)));
        let places: BTreeSet<usize> = charged.map(|it| it.place).collect();
        let breaches = places.into_iter().filter_map(|place| {
            let (rulebook, within) = (self.rulebook, (region, payers));
            let example = rulebook.follower_example(self.space, &self.followers, place, within);
            example.map(|(payer, witness)| Breach {
                invariant,
                by: Verdict::Rule(place),
                payer,
                witness,
            })
        });
        breaches.collect()
    }
}

fn place(verdict: Verdict) -> usize {
    match verdict {
        Verdict::Rule(place) | Verdict::Leaderless(place) => place,
        Verdict::Otherwise | Verdict::Unreachable => usize::MAX,
    }
}

/// The payer for which a verdict makes an item `ready`, before the checks. What follows is not decided by its rule.
fn ready_payer(rulebook: &Rulebook, verdict: Verdict) -> Option<Payer> {
    let table = &rulebook.table;
    let (payer, disposition) = match verdict {
        Verdict::Unreachable => return None,
        Verdict::Otherwise | Verdict::Leaderless(_) => {
            (table.otherwise.payer, table.otherwise.disposition)
        }
        Verdict::Rule(place) => match &table.rules.get(place)?.then {
            Then::Decide(outcome) => (outcome.payer, outcome.disposition),
            Then::Follow(_) => return None,
        },
    };
    (disposition == Disposition::Ready).then_some(payer)
}

impl Check {
    /// True if it looks at items of a payer.
    pub(super) fn concerns(&self, payer: Payer) -> bool {
        let payers = self.when.payer.as_ref();
        payers.is_none_or(|payers| payers.contains(&payer.into()))
    }
}

/// The verdicts that leave an item `ready` after the checks; the others become unreachable.
fn still_ready(
    rulebook: &Rulebook,
    space: &Space,
    diagrams: &mut Diagrams<Verdict>,
    root: &Link<Verdict>,
) -> Result<Link<Verdict>, TooLarge> {
    let everywhere = space.everything().extent();
    let mut ready = diagrams.update(root, &everywhere, |verdict| {
        match ready_payer(rulebook, *verdict) {
            Some(_) => *verdict,
            None => Verdict::Unreachable,
        }
    })?;
    let tightening = rulebook.table.checks.iter();
    for check in tightening.filter(|it| it.at_least > Some(Disposition::Ready)) {
        let within = space.region(&check.when).extent();
        ready = diagrams.update(&ready, &within, |verdict| {
            match ready_payer(rulebook, *verdict) {
                Some(payer) if !check.concerns(payer) => *verdict,
                _ => Verdict::Unreachable,
            }
        })?;
    }
    Ok(ready)
}
