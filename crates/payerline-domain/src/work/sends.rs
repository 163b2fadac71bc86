//! `send`: to whom a claim goes next.

use super::{
    clocks::set_filing_deadline,
    days::next_business_day,
    entry::{WorkStep, WorkTask},
    facts::{WorkFacts, add_outstanding},
    reasons::Reason,
    words::{add_once, name_due, name_items, write_dollars},
};
use crate::{
    claims::{
        claim::Status, decision::Document, payers_due::PayerDue, remittances::balance::NextDue,
    },
    values::time::Day,
};

/// The claim can be sent to whoever is due.
pub fn find_send(facts: &WorkFacts<'_>) -> Option<Reason> {
    match facts.claim.status {
        Status::Ready => send_first(facts),
        Status::PartiallyPaid | Status::Denied => send_on(facts),
        _ => None,
    }
}

/// Nothing is billed before it is given. The day is the nearest end of a clock that still runs, or else the next business
/// day.
fn send_first(facts: &WorkFacts<'_>) -> Option<Reason> {
    let due = facts.payers_due.due_after(&[]);
    let first = due.first()?;
    let from = facts.received_on.max(facts.last_service());
    let names: Vec<String> = due
        .iter()
        .map(|it| name_due(*it, facts.submission))
        .collect();
    let because = format!("Send it to {}.{}", join_names(&names), name_invoices(facts));
    let reason = start(*first, from).because(because);
    Some(set_filing_deadline(facts, from, reason))
}

/// What one payer has left goes to the next who was not sent the claim yet. The day is the next business day after the last
/// answer was entered (a working rule).
fn send_on(facts: &WorkFacts<'_>) -> Option<Reason> {
    let unsent: Vec<&NextDue> = unsent_dues(facts).collect();
    let first = unsent.first()?;
    let ledger = facts.ledger();
    let parts = unsent.iter().map(|it| {
        let left = write_dollars(add_outstanding(&ledger, &it.items));
        let name = name_due(it.payer, facts.submission);
        format!("{name} ({left} of {})", name_items(&it.items))
    });
    let parts: Vec<String> = parts.collect();
    let because = format!("Send what is left to {}.", join_names(&parts));
    Some(start(first.payer, facts.last_answer_on()).because(because))
}

fn start(payer: PayerDue, from: Day) -> Reason {
    let due_on = next_business_day(from);
    Reason::new(WorkTask::Send, due_on, from, WorkStep::Send).payer(Some(payer.payer))
}

/// Whose turn it is after an answer, of those who were never sent the claim.
fn unsent_dues<'f>(facts: &'f WorkFacts<'_>) -> impl Iterator<Item = &'f NextDue> {
    let next = facts.claim.next_dues.iter();
    next.filter(|it| facts.last_send_to(it.payer).is_none())
}

/// The invoices to the auto insurer that items need.
fn name_invoices(facts: &WorkFacts<'_>) -> String {
    let mut forms: Vec<&str> = Vec::new();
    let documents = facts.items.iter().flat_map(|it| it.documents());
    let invoices = documents.filter_map(|it| match it {
        Document::Ocf21b => Some("OCF-21B"),
        Document::Ocf21c => Some("OCF-21C"),
        _ => None,
    });
    invoices.for_each(|form| add_once(&mut forms, form));
    match forms.as_slice() {
        [] => String::new(),
        forms => format!(" The auto insurer's invoice is an {}.", forms.join(" or ")),
    }
}

fn join_names(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
