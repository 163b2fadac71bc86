//! What follows stem cells: by which rule it may be `ready`, and for which payers, with example claims.
//!
//! It is `ready` for a payer where stem cells of the same claim are, and no check makes it stricter. So the payers of
//! stem cells that are `ready` are looked up for the facts that all items of a claim share.

use super::{
    decided::DecidedExample,
    diagram::{Diagrams, Link, TooLarge},
    report::Witness,
    space::{Region, Space},
    verdicts::{Verdict, Verdicts},
    witness::{Leader, witness_with_leader},
};
use crate::{
    decide::compiled::Rulebook,
    table::{
        conditions::{but, when},
        rules::Then,
        vocabulary::{Service, When},
    },
};
use payerline_domain::{
    claims::{
        item::RequestedBy,
        payer::{Disposition, Payer},
    },
    values::closed_enum::ClosedEnum,
};

/// A rule that follows, at its place, and the payers for which an item may be `ready` by it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Following {
    pub place: usize,
    pub payers: Vec<Payer>,
}

/// For all facts what follows and may be `ready`.
pub type ReadyFollowers = Link<Option<Following>>;

impl Rulebook {
    /// Where what follows may be `ready`; `ready_payers` has, for all facts, the payer for which an item is `ready` by a
    /// rule that decides.
    pub(super) fn ready_followers(
        &self,
        space: &Space,
        verdicts: &Verdicts,
        ready_payers: &Link<Option<Payer>>,
    ) -> Result<ReadyFollowers, TooLarge> {
        let mut payers = Diagrams::default();
        let to_list = |it: &Option<Payer>| Vec::from_iter(*it);
        let mut leaders = ready_payers.map(&mut payers, &to_list)?;
        let no_leaders = [
            when! { service: but(&[Service::StemCells]) },
            when! { requested_by: but(&[RequestedBy::Patient]) },
        ];
        for when in no_leaders {
            let extent = space.region(&when).extent();
            leaders = payers.update(&leaders, &extent, |_| Vec::new())?;
        }
        let led = payers.join(
            &leaders,
            |axis| space.is_of_item(axis),
            |one, other| union(one, other),
        )?;

        let mut diagrams = Diagrams::default();
        let follows = |it: &Verdict| {
            let place = self.followed_by(*it)?;
            let payers = Payer::ALL.to_vec();
            Some(Following { place, payers })
        };
        let mut followers = verdicts.root.map(&mut diagrams, &follows)?;
        let checks = self.table.checks.iter();
        for check in checks.filter(|it| it.at_least > Some(Disposition::Ready)) {
            let extent = space.region(&check.when).extent();
            followers = diagrams.update(&followers, &extent, |it| {
                retain(it.as_ref(), |payer| !check.concerns(payer))
            })?;
        }
        diagrams.zip(&followers, &led, |it, led| {
            retain(it.as_ref(), |payer| led.contains(&payer))
        })
    }

    /// The place of a rule that follows, if it is behind a verdict.
    fn followed_by(&self, verdict: Verdict) -> Option<usize> {
        let Verdict::Rule(place) = verdict else {
            return None;
        };
        let then = &self.table.rules.get(place)?.then;
        matches!(then, Then::Follow(_)).then_some(place)
    }

    /// A claim within a region whose first item follows by a rule and is `ready` for one of some payers, and that payer.
    /// What follows is decided as what it follows, so several kinds of stem cells are tried.
    pub(super) fn follower_example(
        &self,
        space: &Space,
        followers: &ReadyFollowers,
        place: usize,
        (region, payers): (&Region, &[Payer]),
    ) -> Option<(Payer, Witness)> {
        let rule = &self.table.rules.get(place)?.id;
        let billed = |it: &Option<Following>| {
            let following = it.as_ref().filter(|it| it.place == place)?;
            let mut billed = following.payers.iter().copied();
            billed.find(|payer| payers.contains(payer))
        };
        let slices = space.slices(|_, _| true).map(|it| it.and(region));
        let parts = [region.clone()].into_iter().chain(slices);
        let found = parts.filter_map(|part| {
            let is_billed = |it: &Option<Following>| billed(it).is_some();
            let found = followers.find(&part.extent(), space.order(), &is_billed);
            found.and_then(|(point, it)| billed(it).zip(Some(space.facts(&point))))
        });
        let mut usual = None;
        for (payer, facts) in found {
            for leader in Leader::all() {
                let witness = witness_with_leader(&facts, &self.reading.insurers, leader);
                let ruling = DecidedExample::decide(self, &witness).map(|it| it.ruling());
                let shown = ruling.filter(|it| {
                    it.rule == *rule
                        && it.disposition == Disposition::Ready
                        && payers.contains(&it.payer)
                });
                if let Some(ruling) = shown {
                    return Some((ruling.payer, witness));
                }
                // Where only stem cells that are unusual in another way show it, the claim is no complete example.
                usual.get_or_insert((payer, witness));
            }
        }
        usual
    }
}

fn union(one: &[Payer], other: &[Payer]) -> Vec<Payer> {
    let payers = Payer::ALL.iter().copied();
    payers
        .filter(|it| one.contains(it) || other.contains(it))
        .collect()
}

/// The same for some of the payers; `None` where none is left.
fn retain(following: Option<&Following>, keep: impl Fn(Payer) -> bool) -> Option<Following> {
    let mut following = following?.clone();
    following.payers.retain(|it| keep(*it));
    (!following.payers.is_empty()).then_some(following)
}
