//! `appeal_or_rebill`: what an insurer refused.

use super::{
    days::next_business_day,
    entry::{WorkStep, WorkTask},
    facts::WorkFacts,
    reasons::Reason,
    words::{begin_sentence, name_due, name_items, write_dollars},
};
use crate::{
    claims::{
        claim::Status,
        remittances::{
            ledger::Ledger,
            remittance::{BookedItem, Remittance, standing},
        },
    },
    values::{money::Cents, time::Day},
};

/// Refusals of insurers that stand, of which something is still outstanding. No law is known that says until when they
/// are to be contested: the day is the next business day after the refusal was entered (a working rule).
pub fn find_refusals(facts: &WorkFacts<'_>) -> Vec<Reason> {
    let status = facts.claim.status;
    if !matches!(status, Status::Denied | Status::PartiallyPaid) {
        return Vec::new();
    }
    let ledger = facts.ledger();
    let remittances: Vec<&Remittance> = standing(&facts.claim.remittances)
        .filter(|it| !it.payer.is_last_resort())
        .collect();
    let numbered = remittances.iter().enumerate();
    let refusals = numbered.filter_map(|(index, remittance)| {
        let later = remittances.get(index + 1..).unwrap_or_default();
        refuse(facts, remittance, later, &ledger)
    });
    refusals.collect()
}

fn refuse(
    facts: &WorkFacts<'_>,
    remittance: &Remittance,
    later: &[&Remittance],
    ledger: &Ledger,
) -> Option<Reason> {
    let is_open = |it: &BookedItem| {
        let account = ledger.account(it.sequence);
        account.is_some_and(|it| it.outstanding() > 0)
    };
    let has_items = |it: &Remittance, sequence| it.items.iter().any(|it| it.sequence == sequence);
    // What the payer said of the item later counts.
    let is_last = |it: &BookedItem| {
        let payer = remittance.payer_due();
        let mut later = later.iter().filter(|it| it.payer_due().is_same(payer));
        !later.any(|later| has_items(later, it.sequence))
    };
    let refused = |it: &&BookedItem| it.denied_cents > 0 || it.paid_cents == 0;
    let items = remittance.items.iter().filter(refused);
    let items: Vec<&BookedItem> = items.filter(|it| is_open(it) && is_last(it)).collect();
    if items.is_empty() {
        return None;
    }
    let sequences: Vec<u16> = items.iter().map(|it| it.sequence).collect();
    let denied: i64 = items.iter().map(|it| it.denied_cents).sum();
    let amount = match denied {
        0 => String::new(),
        denied => format!("{} of ", write_dollars(Cents::from_stored(denied))),
    };
    let answered_on = Day::in_ontario(remittance.received_at);
    let because = format!(
        "{} refused {amount}{} (remittance {}, entered on {answered_on}). Appeal, or bill whoever is next.",
        begin_sentence(&name_due(remittance.payer_due(), facts.submission)),
        name_items(&sequences),
        remittance.number,
    );
    let due_on = next_business_day(answered_on);
    let reason = Reason::new(
        WorkTask::AppealOrRebill,
        due_on,
        answered_on,
        WorkStep::Appeal,
    );
    Some(reason.payer(Some(remittance.payer)).because(because))
}
