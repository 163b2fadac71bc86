//! Rules that decide no claim: which rules hide them, or why no claim meets their conditions.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    diagram::{Diagrams, TooLarge},
    report::Shadowed,
    space::{Region, Space},
    verdicts::{Verdict, Verdicts},
};
use crate::{decide::compiled::Rulebook, table::vocabulary::impossible};

/// Why a rule, which matches in a region, decides no claim.
pub fn shadowed(
    rulebook: &Rulebook,
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
        why_never(rulebook, space, region)?
    } else {
        Vec::new()
    };
    let names = hiding
        .into_iter()
        .filter_map(|place| rulebook.table.rules.get(place));
    Ok(Shadowed {
        rule: rule.clone(),
        hidden_by: names.map(|rule| rule.id.clone()).collect(),
        never,
    })
}

/// Facts that no claim has, and why.
struct Reason {
    facts: Region,
    because: String,
}

/// Why no claim lies in a region: no more reasons than are needed.
fn why_never(rulebook: &Rulebook, space: &Space, region: &Region) -> Result<Vec<String>, TooLarge> {
    let impossible = impossible(space.insurers()).into_iter();
    let impossible = impossible.map(|it| (it.when, it.because.to_owned()));
    let never_read = rulebook.never_read().into_iter();
    let never_read = never_read.map(|it| (it.when, it.because));
    let reasons = impossible.chain(never_read).map(|(when, because)| Reason {
        facts: space.region(&when),
        because,
    });
    let mut reasons: Vec<Reason> = reasons
        .filter(|it| !it.facts.and(region).is_empty())
        .collect();
    let mut at = 0;
    while at < reasons.len() {
        let reason = reasons.remove(at);
        if !explain(region, &reasons)? {
            reasons.insert(at, reason);
            at += 1;
        }
    }
    if reasons.is_empty() {
        return Ok(vec![
            "no day lies in its period of accident dates".to_owned(),
        ]);
    }
    Ok(reasons.into_iter().map(|it| it.because).collect())
}

/// True if these reasons leave nothing of a region.
fn explain(region: &Region, reasons: &[Reason]) -> Result<bool, TooLarge> {
    let mut diagrams = Diagrams::default();
    let mut left = diagrams.leaf(true)?;
    for reason in reasons {
        left = diagrams.update(&left, &reason.facts.extent(), |_| false)?;
    }
    Ok(!left.answers(&region.extent()).contains(&&true))
}
