//! Observes what is odd about a claim's coverages, whatever the rules decide.

use crate::table::rules::Observation;
use payerline_domain::{
    claims::{
        accident::AccidentCause,
        coverage::{Coverage, CoverageKind},
        submission::Submission,
    },
    values::text::Label,
};

/// Length of a WSIB claim number as far as known (general knowledge: warn, never refuse).
const WSIB_CLAIM_NUMBER_DIGITS: usize = 8;

/// The observations about the coverages, each with a JSON Pointer.
pub fn coverages(submission: &Submission) -> Vec<(Observation, String)> {
    let mut observed = Vec::new();
    if submission.accident.is_none() && submission.coverages.iter().any(speaks_of_an_accident) {
        observed.push((Observation::AccidentMissing, "/accident".to_owned()));
    }
    for (index, coverage) in submission.coverages.iter().enumerate() {
        if !in_force(submission, coverage) {
            let pointer = format!("/coverages/{index}/effective_date");
            observed.push((Observation::CoverageNotInForce, pointer));
        }
        if coverage.kind == CoverageKind::Wsib
            && coverage.claim_number.as_ref().is_some_and(is_unusual)
        {
            let pointer = format!("/coverages/{index}/claim_number");
            observed.push((Observation::ClaimNumberUnusual, pointer));
        }
    }
    observed
}

fn is_accident_insurance(coverage: &Coverage) -> bool {
    matches!(coverage.kind, CoverageKind::Auto | CoverageKind::Wsib)
}

fn speaks_of_an_accident(coverage: &Coverage) -> bool {
    is_accident_insurance(coverage) && coverage.claim_number.is_some()
}

fn is_unusual(number: &Label) -> bool {
    let number = number.as_str();
    number.len() != WSIB_CLAIM_NUMBER_DIGITS || !number.bytes().all(|b| b.is_ascii_digit())
}

/// True if a coverage was in force on every day that counts for it: the day of the accident for auto
/// and WSIB, the days of service for a private plan.
fn in_force(submission: &Submission, coverage: &Coverage) -> bool {
    match coverage.kind {
        CoverageKind::Auto | CoverageKind::Wsib => submission
            .accident
            .filter(|accident| accident.cause != AccidentCause::Other)
            .is_none_or(|accident| coverage.in_force_on(accident.date)),
        CoverageKind::Private => submission
            .items
            .iter()
            .all(|item| coverage.in_force_on(item.service_date)),
        CoverageKind::Ohip => true,
    }
}
