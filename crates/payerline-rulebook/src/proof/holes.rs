//! Describes the claims that get a verdict, such as those that no rule decides, in parts as wide as possible.

use super::{
    diagram::{Diagrams, Link, Point, TooLarge},
    space::{Region, Space},
    verdicts::{Verdict, Verdicts},
};
use crate::table::conditions::{Facts, When};

/// A part of the space in which one verdict is given.
#[derive(Debug)]
pub struct Part {
    /// The verdict.
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
    let everywhere = space.extent(&space.everything());
    let mut left = verdicts.root.clone();
    let mut parts = Vec::new();
    while let Some(point) = left.find(&everywhere, space.order(), &|it| wanted(*it)) {
        if parts.len() == most {
            return Ok((parts, true));
        }
        let only = space.extent(&space.only(&point));
        let verdict = left.answers(&only).first().map(|verdict| **verdict);
        let (Some(verdict), Some(facts)) = (verdict, space.facts(&point)) else {
            return Ok((parts, true));
        };
        let widened = widened(space, &verdicts.root, &point, verdict);
        let when = space.conditions(&without_idle_values(space, &verdicts.root, widened));
        let described = space.extent(&space.region(&when));
        left = diagrams.update(&left, &described, |_| Verdict::Unreachable)?;
        parts.push(Part {
            verdict,
            when,
            facts,
        });
    }
    Ok((parts, false))
}

/// The widest part around a combination in which every claim gets the same verdict: no further value of any
/// fact fits in. Days come first, so that a part without an accident has them all.
fn widened(space: &Space, root: &Link<Verdict>, point: &Point, verdict: Verdict) -> Region {
    let mut region = space.only(point);
    let another = |it: &Verdict| *it != verdict && *it != Verdict::Unreachable;
    let fits = |new: &Region| {
        let exception = root.find(&space.extent(new), space.order(), &another);
        exception.is_none()
    };
    for axis in (0..point.len()).rev() {
        while let Some((wider, _)) = space
            .one_more(&region, axis)
            .into_iter()
            .find(|(_, new)| fits(new))
        {
            region = wider;
        }
    }
    region
}

/// Takes out the values that no claim in a part has, unless the part has all values of the fact. Conditions that
/// name such values would only puzzle.
fn without_idle_values(space: &Space, root: &Link<Verdict>, mut region: Region) -> Region {
    let is_a_claim = |it: &Verdict| *it != Verdict::Unreachable;
    let is_idle = |taken: &Region| {
        let claim = root.find(&space.extent(taken), space.order(), &is_a_claim);
        claim.is_none()
    };
    for axis in 0..space.order().len() {
        while let Some((rest, _)) = space
            .one_less(&region, axis)
            .into_iter()
            .find(|(_, taken)| is_idle(taken))
        {
            region = rest;
        }
    }
    region
}
