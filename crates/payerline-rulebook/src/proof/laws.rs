//! Invariants: decisions that no rulebook may make, whatever its rules.

use super::{
    diagram::{Diagrams, Link, Point, TooLarge},
    space::Space,
    verdicts::{Verdict, Verdicts},
};
use crate::{
    decide::compiled::Rulebook,
    table::{
        conditions::When,
        rules::{Check, Then},
        vocabulary::{Age, Answer, ApprovalKind, ApprovalState, Service},
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

/// Payers that must not have a `ready` item where the conditions hold.
struct Law {
    invariant: Invariant,
    when: When,
    payers: Vec<Payer>,
}

fn laws() -> Vec<Law> {
    let law = |invariant, payers: &[Payer], when| Law {
        invariant,
        when,
        payers: payers.to_vec(),
    };
    let stem_cells = || When {
        service: Some(vec![Service::StemCells]),
        ..When::default()
    };
    let unapproved = |kind| When {
        preauthorization_kind: Some(but(kind)),
        ..stem_cells()
    };
    vec![
        law(
            Invariant::WorkNeverBilledToThePatient,
            &[Payer::Uncovered],
            When {
                caused_by_work: Some(vec![Answer::Yes]),
                ..When::default()
            },
        ),
        law(
            Invariant::StemCellsNeverForMinors,
            Payer::ALL,
            When {
                age: Some(vec![Age::Minor]),
                ..stem_cells()
            },
        ),
        law(
            Invariant::StemCellsNeverInPregnancy,
            Payer::ALL,
            When {
                pregnant: Some(vec![Answer::Yes]),
                ..stem_cells()
            },
        ),
        law(
            Invariant::StemCellsNeverUnapproved,
            &[Payer::Mva, Payer::Wsib],
            When {
                preauthorization: Some(but(ApprovalState::Approved)),
                ..stem_cells()
            },
        ),
        law(
            Invariant::StemCellsNeverUnapproved,
            &[Payer::Mva],
            unapproved(ApprovalKind::Ocf18),
        ),
        law(
            Invariant::StemCellsNeverUnapproved,
            &[Payer::Wsib],
            unapproved(ApprovalKind::WsibApproval),
        ),
        law(
            Invariant::OhipInsuredNeverCharged,
            &[Payer::Mva, Payer::Private, Payer::Uncovered],
            When {
                ohip_insured: Some(vec![InsuredByOhip::Yes]),
                ..When::default()
            },
        ),
    ]
}

fn but<T: ClosedEnum + PartialEq>(value: T) -> Vec<T> {
    let mut others = T::ALL.to_vec();
    others.retain(|other| *other != value);
    others
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
    for law in laws() {
        let within = space.extent(&space.region(&law.when));
        let mut offenders: Vec<Verdict> = ready.answers(&within).into_iter().copied().collect();
        offenders.sort_by_key(|verdict| place(*verdict));
        for by in offenders {
            let known = |it: &Breach| it.invariant == law.invariant && it.by == by;
            let payer = ready_payer(rulebook, by).filter(|payer| law.payers.contains(payer));
            if let Some(payer) = payer
                && !breaches.iter().any(known)
                && let Some(at) = ready.find(&within, space.order(), &|it| *it == by)
            {
                breaches.push(Breach {
                    invariant: law.invariant,
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
    let everywhere = space.extent(&space.everything());
    let mut ready = diagrams.update(root, &everywhere, |verdict| {
        match ready_payer(rulebook, *verdict) {
            Some(_) => *verdict,
            None => Verdict::Unreachable,
        }
    })?;
    for check in &rulebook.table.checks {
        if check
            .at_least
            .is_some_and(|least| least > Disposition::Ready)
        {
            ready = tighten(rulebook, space, diagrams, &ready, check)?;
        }
    }
    Ok(ready)
}

fn tighten(
    rulebook: &Rulebook,
    space: &Space,
    diagrams: &mut Diagrams<Verdict>,
    ready: &Link<Verdict>,
    check: &Check,
) -> Result<Link<Verdict>, TooLarge> {
    let payers = check.when.payer.as_ref();
    let concerns = |payer: Payer| payers.is_none_or(|payers| payers.contains(&payer.into()));
    diagrams.update(
        ready,
        &space.extent(&space.region(&check.when)),
        |verdict| match ready_payer(rulebook, *verdict) {
            Some(payer) if concerns(payer) => Verdict::Unreachable,
            _ => *verdict,
        },
    )
}
