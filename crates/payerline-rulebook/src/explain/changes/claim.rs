//! Changes of what the clinic and the patient know: the procedure, OHIP, the accident, the election.

use crate::explain::{
    change::{Change, ChangeKind},
    phrases::{self, listed},
};
use crate::{decide::facts::ClaimFacts, table::vocabulary::LikelyInsured};
use payerline_domain::{
    claims::{
        accident::{Accident, AccidentCause, EmployerCovered, Onset, WsiaElection},
        coverage::CoverageKind,
        item::{Category, InsuredByOhip},
        procedure::Guidance,
        submission::Submission,
    },
    values::place::{Country, Province},
};

/// The changes that may be tried, without those of items.
pub fn find(claim: &Submission, is_later_edition: bool) -> Vec<Change> {
    procedure(claim)
        .into_iter()
        .chain(accidents(claim))
        .chain(election(claim, is_later_edition))
        .collect()
}

/// The changes of single items: OHIP does not insure one of which the claim says that it does, or does not say.
pub fn find_for_items(
    facts: &ClaimFacts<'_>,
    is_later_edition: bool,
) -> impl Iterator<Item = Change> + use<> {
    let insured = facts.items.iter().enumerate().filter(|(_, item)| {
        item.item.insured_by_ohip == InsuredByOhip::Yes
            || is_later_edition && item.facts.health.likely_ohip_insured == LikelyInsured::Physician
    });
    // Each change is made on a copy, so it keeps no part of the claim.
    let insured = insured.map(|(index, item)| (index, item.item.insured_by_ohip));
    let insured: Vec<_> = insured.collect();
    insured.into_iter().map(|(index, insured)| {
        let is_said = insured == InsuredByOhip::Yes;
        let after_all = if is_said { " after all" } else { "" };
        let sequence = index.saturating_add(1);
        Change::new(
            ChangeKind::NotInsuredByOhip,
            format!("If OHIP does not insure service {sequence}{after_all} and the claim said so"),
            format!("/items/{index}/insured_by_ohip"),
            InsuredByOhip::No,
            move |claim, insured| {
                if let Some(item) = claim.items.get_mut(index) {
                    item.insured_by_ohip = insured;
                }
            },
        )
    })
}

/// Fills in what the claim does not say of the procedure. What it says is taken as true.
fn procedure(claim: &Submission) -> Option<Change> {
    let has_stem_cells = claim
        .items
        .iter()
        .any(|item| item.category == Category::StemCellTherapy);
    if !has_stem_cells {
        return None;
    }
    let mut filled = claim.procedure.clone().unwrap_or_default();
    let mut missing = Vec::new();
    if filled.guidance.is_none() {
        filled.guidance = Some(Guidance::Ultrasound);
        missing.push("under ultrasound or fluoroscopy");
    }
    if filled.aseptic_technique.is_none() {
        filled.aseptic_technique = Some(true);
        missing.push("with strict asepsis");
    }
    if filled.antibiotic_prophylaxis.is_none() {
        filled.antibiotic_prophylaxis = Some(true);
        missing.push("with antibiotics given beforehand");
    }
    let how = listed(&missing);
    (!missing.is_empty()).then(|| {
        Change::new(
            ChangeKind::ProcedureDescribed,
            format!("If the treatment was carried out {how} and the claim said so"),
            "/procedure",
            filled,
            |claim, filled| claim.procedure = Some(filled),
        )
    })
}

/// A coverage that has a claim number speaks of an accident; the claim may have left it out.
fn accidents(claim: &Submission) -> Vec<Change> {
    let Some((first_service, _)) = claim.service_period() else {
        return Vec::new();
    };
    if claim.accident.is_some() {
        return Vec::new();
    }
    let insurers = [
        (CoverageKind::Auto, AccidentCause::Auto, "a car accident"),
        (CoverageKind::Wsib, AccidentCause::Work, "a work injury"),
    ];
    let spoken_of = insurers.into_iter().filter(|(kind, _, _)| {
        let mut coverages = claim.coverages.iter();
        coverages.any(|coverage| coverage.kind == *kind && coverage.claim_number.is_some())
    });
    let reported = spoken_of.map(|(_, cause, words)| {
        let accident = Accident {
            cause,
            date: first_service,
            province: Province::Ontario,
            wsia_election: WsiaElection::None,
            country: Country::CANADA,
            onset: Onset::Sudden,
            employer_covered: EmployerCovered::Unknown,
        };
        Change::new(
            ChangeKind::AccidentReported,
            format!("If there was {words} behind the treatment and the claim reported it"),
            "/accident",
            accident,
            |claim, accident| claim.accident = Some(accident),
        )
    });
    reported.collect()
}

fn election(claim: &Submission, is_later_edition: bool) -> Option<Change> {
    let accident = claim.accident?;
    if accident.cause != AccidentCause::AutoAtWork {
        return None;
    }
    let other = match accident.wsia_election {
        WsiaElection::Sue => WsiaElection::Benefits,
        WsiaElection::None | WsiaElection::Benefits => WsiaElection::Sue,
    };
    let elected = phrases::election(other);
    let who = if is_later_edition {
        "you"
    } else {
        "the injured worker"
    };
    Some(Change::new(
        ChangeKind::ElectionMade,
        format!("If {who} elected {elected} and the claim said so"),
        "/accident/wsia_election",
        other,
        |claim, other| {
            if let Some(accident) = &mut claim.accident {
                accident.wsia_election = other;
            }
        },
    ))
}
