//! Proves a rulebook, or lists its flaws, each with a witness.

use std::{collections::HashSet, sync::Arc};

use super::{
    diagram::{Diagrams, TooLarge},
    holes::{Part, parts},
    laws::{Breach, breaches},
    report::{CatchAll, Hole, Proof, RuleWitness, Unlawful},
    shadows::shadowed,
    space::{Region, Space},
    verdicts::{Verdict, Verdicts, claims},
    witness::witness,
};
use crate::{
    decide::compiled::Rulebook,
    table::rules::{Table, Then},
};
use payerline_domain::values::closed_enum::ClosedEnum;

/// Flaws of a kind that are listed.
const MAX_LISTED: usize = 20;

impl Rulebook {
    /// Proves the rulebook, or lists its flaws, each with a witness.
    pub fn prove(&self) -> Result<Proof, TooLarge> {
        let space = Space::new(&[&self.table]);
        let diagrams = &mut Diagrams::default();
        let claims = claims(&space, diagrams, &[self])?;
        let verdicts = Verdicts::try_rules(self, &space, diagrams, &claims)?;
        let mut catch_all = catch_all_rules(&space, &verdicts);
        catch_all.retain(|place| self.has_what_it_decides(*place, &space, &verdicts));
        let is_catch_all = |it| matches!(it, Verdict::Rule(place) if catch_all.contains(&place));
        let is_hole = |it| matches!(it, Verdict::Otherwise | Verdict::Leaderless(_));
        let (holes, more_holes) = parts(&space, diagrams, &verdicts, MAX_LISTED, is_hole)?;
        let (caught, more_catch_all) =
            parts(&space, diagrams, &verdicts, MAX_LISTED, is_catch_all)?;
        let (rules, dead) = self.rules_with_witnesses(&space, &verdicts);
        let breaches = breaches(self, &space, diagrams, &verdicts)?;
        let mut hidden = Vec::new();
        for rule in dead.iter().take(MAX_LISTED) {
            hidden.push(shadowed(self, &space, &verdicts, *rule)?);
        }
        let unlawful = breaches.iter().map(|it| self.unlawful(it));
        let total = holes.is_empty() && !more_holes && caught.is_empty() && !more_catch_all;
        Ok(Proof {
            sound: total && dead.is_empty() && breaches.is_empty(),
            rules,
            holes: holes.into_iter().map(|it| self.hole(it)).collect(),
            more_holes,
            catch_all: caught.into_iter().map(|it| self.catch_all(it)).collect(),
            more_catch_all,
            shadowed: hidden,
            more_shadowed: dead.len() > MAX_LISTED,
            unlawful: unlawful.take(MAX_LISTED).collect(),
            more_unlawful: breaches.len() > MAX_LISTED,
        })
    }

    /// The rules that decide something for certain, each with a witness, and those that decide nothing.
    fn rules_with_witnesses<'v>(
        &'v self,
        space: &Space,
        verdicts: &'v Verdicts,
    ) -> (Vec<RuleWitness>, Vec<(&'v Region, &'v Arc<str>)>) {
        let (mut rules, mut dead) = (Vec::new(), Vec::new());
        let regions = self.table.rules.iter().zip(&verdicts.regions);
        for (place, (rule, region)) in regions.enumerate() {
            let within = region.extent();
            let find = |wanted| {
                verdicts
                    .root
                    .find(&within, space.order(), &|it| *it == wanted)
            };
            let decided = find(Verdict::Rule(place)).map(|(point, _)| space.facts(&point));
            if let Some(facts) = decided {
                if self.has_what_it_decides(place, space, verdicts) {
                    rules.push(RuleWitness {
                        rule: rule.id.clone(),
                        witness: witness(&facts, &self.reading.insurers),
                    });
                }
            } else if find(Verdict::Leaderless(place)).is_none() {
                dead.push((region, &rule.id));
            }
        }
        (rules, dead)
    }

    /// True if a rule decides wherever its verdict is given. Where stem cells follow each other, which is a
    /// hole, the items that follow them may have nothing to follow.
    fn has_what_it_decides(&self, place: usize, space: &Space, verdicts: &Verdicts) -> bool {
        let then = self.table.rules.get(place).map(|rule| &rule.then);
        matches!(then, Some(Then::Decide(_))) || verdicts.stem_cells_lead(space)
    }

    fn hole(&self, part: Part) -> Hole {
        let detail = match part.verdict {
            Verdict::Leaderless(place) => format!(
                "`{}` follows a stem-cell item, but this claim has none that is decided by itself; \
                 only `{}` is left.",
                name(&self.table, Verdict::Rule(place)),
                self.table.otherwise.id
            ),
            _ => format!(
                "No rule matches; only `{}` is left.",
                self.table.otherwise.id
            ),
        };
        Hole {
            detail,
            when: part.when,
            witness: witness(&part.facts, &self.reading.insurers),
        }
    }

    fn catch_all(&self, part: Part) -> CatchAll {
        CatchAll {
            rule: name(&self.table, part.verdict),
            when: part.when,
            witness: witness(&part.facts, &self.reading.insurers),
        }
    }

    fn unlawful(&self, breach: &Breach) -> Unlawful {
        let rule = name(&self.table, breach.by);
        let payer = breach.payer;
        Unlawful {
            invariant: breach.invariant,
            detail: format!("`{rule}` makes the item `{}` and `ready`.", payer.word()),
            rule,
            payer,
            witness: breach.witness.clone(),
        }
    }
}

/// The name of what decides.
fn name(table: &Table, verdict: Verdict) -> Arc<str> {
    let rule = match verdict {
        Verdict::Rule(place) => table.rules.get(place),
        _ => None,
    };
    rule.map_or_else(|| table.otherwise.id.clone(), |rule| rule.id.clone())
}

/// The places of the rules that match every claim: whatever they do not allow, no claim has.
fn catch_all_rules(space: &Space, verdicts: &Verdicts) -> HashSet<usize> {
    let is_a_claim = |it: &Verdict| *it != Verdict::Unreachable;
    let occurs = |slice: Region| {
        let found = verdicts
            .root
            .find(&slice.extent(), space.order(), &is_a_claim);
        found.is_some()
    };
    let matches_all = |region: &Region| {
        let mut left_out = space.slices(|axis, value| !region.has(axis, value));
        !left_out.any(occurs)
    };
    let regions = verdicts.regions.iter().enumerate();
    let all = regions.filter(|(_, region)| matches_all(region));
    all.map(|(place, _)| place).collect()
}
