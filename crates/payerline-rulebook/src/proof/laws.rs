//! Invariants: decisions that no rulebook may make, whatever its rules.

use super::{
    diagram::{Diagrams, Link, Point, TooLarge},
    space::Space,
    verdicts::{Verdict, Verdicts},
};
use crate::{
    decide::compiled::Rulebook,
    table::{
        conditions::{but, when},
        rules::Then,
        vocabulary::{Age, Answer, ApprovalKind, ApprovalState, Service, When},
    },
};
use payerline_domain::{
    claims::{
        item::InsuredByOhip,
        payer::{Disposition, Payer},
    },
    values::closed_enum::{ClosedEnum, string_enum},
};

string_enum! {
    /// What no rulebook may decide.
    Invariant {
        /// What work caused is never `uncovered` and `ready`: no injured worker is billed unreviewed (WSIA s.33).
        WorkNeverBilledToThePatient = "work_never_billed_to_the_patient",
        /// Stem cells are never `ready` for a patient under 18 (the product's source document).
        StemCellsNeverForMinors = "stem_cells_never_for_minors",
        /// Stem cells are never `ready` in pregnancy (the product's source document).
        StemCellsNeverInPregnancy = "stem_cells_never_in_pregnancy",
        /// Stem cells are never `ready` for `mva` or `wsib` without that insurer's approval within its
        /// amount: an OCF-18 for `mva`, WSIB's approval for `wsib`.
        StemCellsNeverUnapproved = "stem_cells_never_unapproved",
        /// What OHIP insures is never `ready` but for `wsib`: it is not charged to the patient or to
        /// another insurer (Commitment to the Future of Medicare Act, s.10).
        OhipInsuredNeverCharged = "ohip_insured_never_charged",
    }
}

impl Invariant {
    /// Payers that must not have a `ready` item where conditions hold.
    fn forbids(self) -> Vec<(Vec<Payer>, When)> {
        let stem_cells = || vec![Service::StemCells];
        let for_anybody = |when| vec![(Payer::ALL.to_vec(), when)];
        match self {
            Self::WorkNeverBilledToThePatient => {
                let at_work = when! { caused_by_work: [Answer::Yes] };
                vec![(vec![Payer::Uncovered], at_work)]
            }
            Self::StemCellsNeverForMinors => {
                for_anybody(when! { service: stem_cells(), age: [Age::Minor] })
            }
            Self::StemCellsNeverInPregnancy => {
                for_anybody(when! { service: stem_cells(), pregnant: [Answer::Yes] })
            }
            Self::StemCellsNeverUnapproved => {
                let approved = [ApprovalState::Approved];
                let unapproved = when! { service: stem_cells(), preauthorization: but(&approved) };
                let without =
                    |kind| when! { service: stem_cells(), preauthorization_kind: but(&[kind]) };
                vec![
                    (vec![Payer::Mva, Payer::Wsib], unapproved),
                    (vec![Payer::Mva], without(ApprovalKind::Ocf18)),
                    (vec![Payer::Wsib], without(ApprovalKind::WsibApproval)),
                ]
            }
            Self::OhipInsuredNeverCharged => {
                let insured = when! { ohip_insured: [InsuredByOhip::Yes] };
                let charged = vec![Payer::Mva, Payer::Private, Payer::Uncovered];
                vec![(charged, insured)]
            }
        }
    }
}

/// An invariant broken by what decides at some combination of facts.
pub struct Breach {
    pub invariant: Invariant,
    pub by: Verdict,
    pub payer: Payer,
    /// The combination: one value an axis.
    pub at: Point,
}

/// Every pair of an invariant and a rule that breaks it.
pub fn breaches(
    rulebook: &Rulebook,
    space: &Space,
    diagrams: &mut Diagrams<Verdict>,
    verdicts: &Verdicts,
) -> Result<Vec<Breach>, TooLarge> {
    let ready = still_ready(rulebook, space, diagrams, &verdicts.root)?;
    let mut breaches: Vec<Breach> = Vec::new();
    let laws = Invariant::ALL.iter();
    let laws = laws.flat_map(|law| law.forbids().into_iter().map(move |it| (*law, it)));
    for (invariant, (payers, when)) in laws {
        let within = space.region(&when).extent();
        let mut offenders: Vec<Verdict> = ready.answers(&within).into_iter().copied().collect();
        offenders.sort_by_key(|verdict| place(*verdict));
        for by in offenders {
            let known = |it: &Breach| it.invariant == invariant && it.by == by;
            let payer = ready_payer(rulebook, by).filter(|payer| payers.contains(payer));
            if let Some(payer) = payer
                && !breaches.iter().any(known)
                && let Some((at, _)) = ready.find(&within, space.order(), &|it| *it == by)
            {
                breaches.push(Breach {
                    invariant,
                    by,
                    payer,
                    at,
                });
            }
        }
    }
    Ok(breaches)
}

fn place(verdict: Verdict) -> usize {
    match verdict {
        Verdict::Rule(place) | Verdict::Leaderless(place) => place,
        Verdict::Otherwise | Verdict::Unreachable => usize::MAX,
    }
}

/// The payer of a verdict that lets an item be billed, before the checks.
fn ready_payer(rulebook: &Rulebook, verdict: Verdict) -> Option<Payer> {
    let table = &rulebook.table;
    let (payer, disposition) = match verdict {
        Verdict::Unreachable => return None,
        Verdict::Otherwise | Verdict::Leaderless(_) => {
            (table.otherwise.payer, table.otherwise.disposition)
        }
        Verdict::Rule(place) => match &table.rules.get(place)?.then {
            Then::Decide(outcome) => (outcome.payer, outcome.disposition),
            // What follows is as lawful as what it follows: see the module's text.
            Then::Follow(_) => return None,
        },
    };
    (disposition == Disposition::Ready).then_some(payer)
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
        let payers = check.when.payer.as_ref();
        let concerns = |payer: Payer| payers.is_none_or(|payers| payers.contains(&payer.into()));
        let within = space.region(&check.when).extent();
        ready = diagrams.update(&ready, &within, |verdict| {
            match ready_payer(rulebook, *verdict) {
                Some(payer) if concerns(payer) => Verdict::Unreachable,
                _ => *verdict,
            }
        })?;
    }
    Ok(ready)
}
