//! When each invariant forbids an item to be `ready`, whatever the rules of a rulebook.

use super::{
    conditions::{but, when},
    vocabulary::{Age, Answer, ApprovalKind, ApprovalState, LikelyInsured, Service, When},
};
use payerline_domain::laws::Invariant;
use payerline_domain::{
    claims::{
        accident::EmployerCovered,
        item::{InsuredByOhip, RequestedBy},
        payer::Payer,
    },
    values::closed_enum::ClosedEnum,
};

/// Payers that must not have a `ready` item where conditions hold. What a third party pays has a law of its own, and
/// no other holds for it.
pub fn forbids(law: Invariant) -> Vec<(Vec<Payer>, When)> {
    let mut forbidden = forbids_whoever_asked(law);
    for (_, when) in &mut forbidden {
        when.requested_by = Some(vec![match law {
            Invariant::ThirdPartyNeverChargedToAnInsurer => RequestedBy::ThirdParty,
            _ => RequestedBy::Patient,
        }]);
    }
    forbidden
}

/// True if what follows stem cells may break it though they do not: it asks about more than an item shares with those
/// that it follows.
pub fn concerns_followers(law: Invariant) -> bool {
    law == Invariant::SilenceNeverReady
}

fn forbids_whoever_asked(law: Invariant) -> Vec<(Vec<Payer>, When)> {
    let stem_cells = || vec![Service::StemCells];
    let for_anybody = |when| vec![(Payer::ALL.to_vec(), when)];
    match law {
        Invariant::WorkNeverBilledToThePatient => {
            let at_work = when! { caused_by_work: [Answer::Yes] };
            let not_covered = when! { employer_covered: [EmployerCovered::No] };
            let at_work = [at_work, not_covered];
            at_work.map(|when| (vec![Payer::Uncovered], when)).into()
        }
        Invariant::StemCellsNeverForMinors => {
            for_anybody(when! { service: stem_cells(), age: [Age::Minor] })
        }
        Invariant::StemCellsNeverInPregnancy => {
            for_anybody(when! { service: stem_cells(), pregnant: [Answer::Yes] })
        }
        Invariant::StemCellsNeverUnapproved => {
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
        Invariant::OhipInsuredNeverCharged => {
            let insured = when! { ohip_insured: [InsuredByOhip::Yes] };
            let charged = vec![Payer::Mva, Payer::Private, Payer::Uncovered];
            vec![(charged, insured)]
        }
        Invariant::SilenceNeverReady => {
            for_anybody(when! { likely_ohip_insured: but(&[LikelyInsured::No]) })
        }
        Invariant::ThirdPartyNeverChargedToAnInsurer => {
            let insurers = vec![Payer::Wsib, Payer::Mva, Payer::Private];
            vec![(insurers, When::default())]
        }
    }
}
