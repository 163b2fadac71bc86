//! From a claim to its entries.

use super::{
    approvals::{find_asks, find_pending},
    chases::find_chases,
    corrections::find_correction,
    entry::WorkEntry,
    facts::{WorkFacts, WorkSubject},
    follow_ups::{find_ends, find_outcomes},
    reasons::{Reason, join_reasons},
    refusals::find_refusals,
    reviews::find_review,
    sends::find_send,
};
use crate::claims::{claim::Status, lifecycle::FOLLOWED, payers_due::BilledParty};

/// Finds what a person should do next with a claim. It depends on nothing but the claim and the approvals that it names:
/// find it anew when one of them changes, and at no other time.
///
/// A claim that is withdrawn or corrected has no entries. One that is paid has those of outcomes alone.
pub fn find_work(subject: &WorkSubject<'_>) -> Vec<WorkEntry> {
    let status = subject.claim.status;
    if !FOLLOWED.contains(&status) {
        return Vec::new();
    }
    let facts = WorkFacts::gather(subject);
    let mut reasons = find_outcomes(&facts);
    if status != Status::Paid {
        reasons.extend(find_open_work(&facts));
    }
    // Whose claim it is, where a reason names nobody else.
    let payer = BilledParty::of(subject.claim.payer).unwrap_or(BilledParty::Patient);
    for reason in &mut reasons {
        reason.payer = reason.payer.or(Some(payer));
    }
    join_reasons(reasons, facts.received_on)
}

fn find_open_work(facts: &WorkFacts<'_>) -> Vec<Reason> {
    let mut reasons = find_ends(facts);
    reasons.extend(find_review(facts));
    reasons.extend(find_correction(facts));
    reasons.extend(find_asks(facts));
    reasons.extend(find_pending(facts));
    reasons.extend(find_send(facts));
    reasons.extend(find_chases(facts));
    reasons.extend(find_refusals(facts));
    reasons
}
