//! Rules that decide no claim: which rules hide them, or why no claim meets their conditions.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    diagram::{Diagrams, TooLarge},
    reachable::{Impossible, impossible},
    report::Shadowed,
    space::{Region, Space},
    verdicts::{Verdict, Verdicts},
};
use crate::table::rules::Table;

/// Why a rule, at a place of the table, decides no claim.
pub fn shadowed(
    table: &Table,
    space: &Space,
    verdicts: &Verdicts,
    (place, rule): (usize, Arc<str>),
) -> Result<Shadowed, TooLarge> {
    let nothing = space.nothing();
    let region = verdicts.regions.get(place).unwrap_or(&nothing);
    let within = space.extent(region);
    let mut hiding = BTreeSet::new();
    for verdict in verdicts.root.answers(&within) {
        match verdict {
            Verdict::Rule(place) | Verdict::Leaderless(place) => hiding.extend([*place]),
            Verdict::Unreachable | Verdict::Otherwise => {}
        }
    }
    let never = if hiding.is_empty() {
        why_never(space, region)?
    } else {
        Vec::new()
    };
    let names = hiding
        .into_iter()
        .filter_map(|place| table.rules.get(place));
    Ok(Shadowed {
        rule,
        hidden_by: names.map(|rule| rule.id.clone()).collect(),
        never,
    })
}

/// Why no claim lies in a region: no more reasons than are needed.
fn why_never(space: &Space, region: &Region) -> Result<Vec<String>, TooLarge> {
    let mut reasons = impossible(space.insurers());
    reasons.retain(|it| !space.is_empty(&space.region(&it.when).and(region)));
    let mut at = 0;
    while at < reasons.len() {
        let reason = reasons.remove(at);
        if !explain(space, region, &reasons)? {
            reasons.insert(at, reason);
            at += 1;
        }
    }
    if reasons.is_empty() {
        return Ok(vec![
            "no day lies in its period of accident dates".to_owned(),
        ]);
    }
    Ok(reasons.iter().map(|it| it.because.to_owned()).collect())
}

/// True if these reasons leave nothing of a region.
fn explain(space: &Space, region: &Region, reasons: &[Impossible]) -> Result<bool, TooLarge> {
    let mut diagrams = Diagrams::default();
    let mut left = diagrams.leaf(true)?;
    for reason in reasons {
        let extent = space.extent(&space.region(&reason.when));
        left = diagrams.update(&left, &extent, |_| false)?;
    }
    Ok(!left.answers(&space.extent(region)).contains(&&true))
}
