//! Describes the claims that get a verdict, such as those that no rule decides, in parts as wide as possible.

use super::{
    diagram::{Diagrams, Link, Point, TooLarge},
    space::{Region, Space},
    verdicts::{Verdict, Verdicts},
};
use crate::table::vocabulary::{Facts, When};

/// A part of the space in which one verdict is given.
#[derive(Debug)]
pub struct Part {
    pub verdict: Verdict,
    /// The conditions that hold just there.
    pub when: When,
    /// The facts of an item there.
    pub facts: Facts,
}

/// The parts in which a wanted verdict is given, at most `most`, and whether there are more.
pub fn parts(
    space: &Space,
    diagrams: &mut Diagrams<Verdict>,
    verdicts: &Verdicts,
    most: usize,
    wanted: impl Fn(Verdict) -> bool,
) -> Result<(Vec<Part>, bool), TooLarge> {
    let everywhere = space.everything().extent();
    let mut left = verdicts.root.clone();
    let mut parts = Vec::new();
    while let Some((point, verdict)) =
        left.find(&everywhere, space.order(), &|it: &Verdict| wanted(*it))
    {
        if parts.len() == most {
            return Ok((parts, true));
        }
        let verdict = *verdict;
        let widened = widened(space, &verdicts.root, &point, verdict);
        let when = space.conditions(&without_idle_values(space, &verdicts.root, widened));
        let described = space.region(&when).extent();
        left = diagrams.update(&left, &described, |_| Verdict::Unreachable)?;
        parts.push(Part {
            verdict,
            when,
            facts: space.facts(&point),
        });
    }
    Ok((parts, false))
}

/// The widest part around a combination in which every claim gets the same verdict: no further value of any
/// fact fits in. Days come first, so that a part without an accident has them all.
fn widened(space: &Space, root: &Link<Verdict>, point: &Point, verdict: Verdict) -> Region {
    let another = |it: &Verdict| *it != verdict && *it != Verdict::Unreachable;
    let fits = |new: &Region| root.find(&new.extent(), space.order(), &another).is_none();
    let axes = (0..point.len()).rev();
    axes.fold(space.only(point), |region, axis| {
        change_while(region, |it| space.one_more(it, axis), fits)
    })
}

/// Takes out the values that no claim in a part has, unless the part has all values of the fact. Conditions that
/// name such values would only puzzle.
fn without_idle_values(space: &Space, root: &Link<Verdict>, region: Region) -> Region {
    let is_a_claim = |it: &Verdict| *it != Verdict::Unreachable;
    let is_idle = |taken: &Region| {
        root.find(&taken.extent(), space.order(), &is_a_claim)
            .is_none()
    };
    (0..space.order().len()).fold(region, |region, axis| {
        change_while(region, |it| space.one_less(it, axis), is_idle)
    })
}

/// Changes a part as long as a change is one that may be made: `changes` are parts beside what each adds or takes.
fn change_while(
    mut region: Region,
    changes: impl Fn(&Region) -> Vec<(Region, Region)>,
    may_be_made: impl Fn(&Region) -> bool,
) -> Region {
    let next = |region: &Region| {
        let mut changes = changes(region).into_iter();
        changes.find(|(_, difference)| may_be_made(difference))
    };
    while let Some((changed, _)) = next(&region) {
        region = changed;
    }
    region
}
