//! `correct`: what only a corrected claim mends.

use super::{
    clocks::set_filing_deadline,
    entry::{WorkStep, WorkTask},
    facts::WorkFacts,
    reasons::Reason,
    words::add_once,
};
use crate::claims::claim::Status;

/// Whether a finding says that the claim itself is wrong or lacks something that its sender knows, so that neither a review
/// nor an entry in the ledger mends it.
///
/// Not among them, although a corrected claim may follow:
/// - `procedure_incomplete`, `not_recommended_…`: what is said may be true, and then a physician decides.
/// - `possible_duplicate`: a person compares first; one of the two may have to be withdrawn, or neither.
/// - `preauthorization_…`: the ledger may be what is wrong, or a new approval is needed.
/// - `coverage_not_in_force`: the days may be right. Where nobody else pays, `coverage_missing` is found too.
/// - `ohip_insured_unknown`: a review settles it where OHIP does not insure the service.
/// - `health_canada_authorization_missing`: there may be none.
pub fn asks_for_correction(code: &str) -> bool {
    matches!(
        code,
        "accident_missing"
            | "coverage_missing"
            | "claim_number_unusual"
            | "birthday_rule_unknown"
            | "tax_on_exempt_service"
            | "duplicate_diagnosis"
    )
}

/// The claim has such findings, whatever their severity, and nobody has it yet. Warnings that turn out to be right are
/// settled in a review, as others are.
pub fn find_correction(facts: &WorkFacts<'_>) -> Option<Reason> {
    let is_unsent = matches!(
        facts.claim.status,
        Status::NeedsReview | Status::NeedsPreauthorization | Status::Ready
    );
    let mut codes: Vec<&str> = Vec::new();
    let findings = facts.open_findings.iter().map(|it| &*it.code);
    let findings = findings.filter(|code| is_unsent && asks_for_correction(code));
    findings.for_each(|code| add_once(&mut codes, code));
    if codes.is_empty() {
        return None;
    }
    let because = format!(
        "Something in the claim is wrong or missing: {}. Send the corrected claim with `replaces`, or settle what is right.",
        codes.join(", ")
    );
    let (due_on, shown_from) = (facts.first_look_on(), facts.received_on);
    let reason = Reason::new(WorkTask::Correct, due_on, shown_from, WorkStep::Correct);
    let reason = reason.because(because);
    Some(set_filing_deadline(facts, facts.received_on, reason))
}
