//! The verdict of a rulebook's rules for every combination of facts that a claim can have, as one diagram.

use super::{
    diagram::{Diagrams, Link, TooLarge},
    space::{Region, Space},
};
use crate::{
    decide::compiled::Rulebook,
    table::{
        conditions::{but, when},
        rules::Then,
        vocabulary::{ApprovalState, Service, When, impossible},
    },
};
use payerline_domain::claims::accident::EmployerCovered;

/// The verdict of the rules on an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// No claim has these facts.
    Unreachable,
    /// The rule at this place of the table is the first that matches.
    Rule(usize),
    /// The rule at this place is the first that matches and follows the stem cells, but the claim
    /// need not have any: without them `otherwise` decides.
    Leaderless(usize),
    /// No rule matches.
    Otherwise,
}

/// The verdicts of a rulebook's rules on all facts.
#[derive(Debug)]
pub struct Verdicts {
    pub root: Link<Verdict>,
    /// For each rule the region in which it matches.
    pub regions: Vec<Region>,
}

/// Every claim that can be, as all of some rulebooks read it, before any rule is tried.
pub fn claims(
    space: &Space,
    diagrams: &mut Diagrams<Verdict>,
    rulebooks: &[&Rulebook],
) -> Result<Link<Verdict>, TooLarge> {
    let mut root = diagrams.leaf(Verdict::Otherwise)?;
    let impossible = impossible(space.insurers()).into_iter().map(|it| it.when);
    let never_read = rulebooks.iter().flat_map(|it| it.never_read());
    for when in impossible.chain(never_read.map(|it| it.when)) {
        let region = space.region(&when);
        root = diagrams.update(&root, &region.extent(), |_| Verdict::Unreachable)?;
    }
    Ok(root)
}

/// Facts that no claim has as a rulebook reads it.
pub struct NeverRead {
    /// The facts.
    pub when: When,
    /// Why no claim has them, in a sentence.
    pub because: String,
}

impl Rulebook {
    /// Facts that no claim has as this rulebook reads it, besides those that no claim has anyway.
    pub(super) fn never_read(&self) -> Vec<NeverRead> {
        let needless = self.table.without_approval.iter();
        let relying = needless.map(|it| NeverRead {
            when: When {
                preauthorization: Some(but(&[ApprovalState::None])),
                ..it.when.clone()
            },
            because: format!("by `{}` the item relies on no approval", it.id),
        });
        let excluded = (!self.reading.employer_cover).then(|| NeverRead {
            when: when! { employer_covered: [EmployerCovered::No] },
            because: "no rule asks whether WSIB covers the employer".to_owned(),
        });
        relying.chain(excluded).collect()
    }
}

impl Verdicts {
    /// Tries a rulebook's rules on all claims.
    pub fn try_rules(
        rulebook: &Rulebook,
        space: &Space,
        diagrams: &mut Diagrams<Verdict>,
        claims: &Link<Verdict>,
    ) -> Result<Self, TooLarge> {
        let (mut root, mut regions) = (claims.clone(), Vec::new());
        for (place, rule) in rulebook.table.rules.iter().enumerate() {
            let region = space.region(&rule.when);
            for (region, verdict) in verdicts(&rule.then, place, &region, space) {
                let first = |before: &Verdict| match before {
                    Verdict::Otherwise => verdict,
                    tried => *tried,
                };
                root = diagrams.update(&root, &region.extent(), first)?;
            }
            regions.push(region);
        }
        Ok(Self { root, regions })
    }

    /// True if stem cells never follow each other. Then each item that follows stem cells has a leader.
    pub fn stem_cells_lead(&self, space: &Space) -> bool {
        let stem_cells = space.region(&items_of(Service::StemCells));
        let verdicts = self.root.answers(&stem_cells.extent());
        !verdicts
            .iter()
            .any(|it| matches!(it, Verdict::Leaderless(_)))
    }
}

/// The verdicts of a rule in the parts of its region.
fn verdicts(then: &Then, place: usize, region: &Region, space: &Space) -> Vec<(Region, Verdict)> {
    match then {
        Then::Decide(_) => vec![(region.clone(), Verdict::Rule(place))],
        Then::Follow(_) => {
            let followers = space.region(&items_of(Service::FollowsStemCells));
            vec![
                (region.and(&followers), Verdict::Rule(place)),
                (region.clone(), Verdict::Leaderless(place)),
            ]
        }
    }
}

/// The items of a kind of service; of `follows_stem_cells`, whose claim has stem cells for certain.
fn items_of(service: Service) -> When {
    when! { service: [service] }
}
