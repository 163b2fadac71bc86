//! `review`: what the rules leave to a person.

use super::{
    clocks::set_filing_deadline,
    corrections::asks_for_correction,
    entry::{WorkStep, WorkTask},
    facts::WorkFacts,
    reasons::Reason,
    words::add_once,
};
use crate::claims::{claim::Status, payer::Disposition};

/// The claim needs a review. The day is the nearest end of a clock that still runs for it, or else the next business day
/// after it came in. Findings that only a corrected claim mends are the task `correct`; where one of them is open, the
/// items wait for the corrected claim, which is decided anew.
pub fn find_review(facts: &WorkFacts<'_>) -> Option<Reason> {
    if facts.claim.status != Status::NeedsReview {
        return None;
    }
    let because = say_why(facts)?;
    let (due_on, shown_from) = (facts.first_look_on(), facts.received_on);
    let reason = Reason::new(WorkTask::Review, due_on, shown_from, WorkStep::Review);
    let reason = reason.because(because);
    Some(set_filing_deadline(facts, facts.received_on, reason))
}

fn say_why(facts: &WorkFacts<'_>) -> Option<String> {
    let mut codes: Vec<&str> = Vec::new();
    let mut is_corrected = false;
    for finding in facts.open_findings.iter().filter(|it| it.asks_for_review()) {
        if asks_for_correction(&finding.code) {
            is_corrected = true;
        } else {
            add_once(&mut codes, &*finding.code);
        }
    }
    if !codes.is_empty() {
        return Some(format!(
            "A person decides. Open findings: {}.",
            codes.join(", ")
        ));
    }
    if is_corrected {
        return None;
    }
    if facts.review.is_some() {
        return Some("A person decides: the last review leaves it open.".to_owned());
    }
    if facts.claim.review.is_some() {
        return Some("A person decides: the last review no longer counts.".to_owned());
    }
    let mut rules: Vec<&str> = Vec::new();
    let items = facts.items.iter();
    let open = items.filter(|it| it.disposition == Disposition::NeedsReview);
    let decided = open.filter_map(|it| it.decided.as_ref());
    decided.for_each(|it| add_once(&mut rules, &*it.rule));
    rules.retain(|rule| !rule.is_empty());
    Some(match rules.as_slice() {
        [] => "A person decides.".to_owned(),
        [rule] => format!("A person decides, by the rule {rule}."),
        rules => format!("A person decides, by the rules {}.", rules.join(", ")),
    })
}
