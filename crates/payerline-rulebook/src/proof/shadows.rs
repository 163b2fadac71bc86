//! Rules that decide no claim: which rules hide them, or why no claim meets their conditions.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    diagram::{Diagrams, TooLarge},
    report::Shadowed,
    space::{Region, Space},
    verdicts::{Verdict, Verdicts},
};
use crate::table::{
    rules::Table,
    vocabulary::{Impossible, impossible},
};

/// Why a rule, which matches in a region, decides no claim.
pub fn shadowed(
    table: &Table,
    space: &Space,
    verdicts: &Verdicts,
    (region, rule): (&Region, &Arc<str>),
) -> Result<Shadowed, TooLarge> {
    let within = region.extent();
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
        rule: rule.clone(),
        hidden_by: names.map(|rule| rule.id.clone()).collect(),
        never,
    })
}

/// Why no claim lies in a region: no more reasons than are needed.
fn why_never(space: &Space, region: &Region) -> Result<Vec<String>, TooLarge> {
    let mut reasons = impossible(space.insurers());
    reasons.retain(|it| !space.region(&it.when).and(region).is_empty());
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
        let extent = space.region(&reason.when).extent();
        left = diagrams.update(&left, &extent, |_| false)?;
    }
    Ok(!left.answers(&region.extent()).contains(&&true))
}
