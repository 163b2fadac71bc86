//! `chase`: a payer who was sent the claim and has not answered.

use super::{
    clocks::{ANSWER_DAYS, OCF_21_BASIS, OCF_21_DAYS, interest_for_a_month},
    days::plus_days,
    entry::{WorkStep, WorkTask},
    facts::{WorkFacts, add_outstanding},
    reasons::Reason,
    refusals::find_refusals,
    words::{ask_on, begin_sentence, name_due, name_items, write_dollars},
};
use crate::{
    claims::{
        claim::Status,
        payers_due::{BilledParty, PayerDue},
        remittances::{balance::NextDue, remittance::standing},
        sends::SentClaim,
    },
    values::{money::Cents, time::Day},
};

pub fn find_chases(facts: &WorkFacts<'_>) -> Vec<Reason> {
    match facts.claim.status {
        Status::Submitted => await_first_answer(facts).into_iter().collect(),
        Status::Appealed => await_appeal(facts).into_iter().collect(),
        Status::PartiallyPaid | Status::Denied => await_the_rest(facts),
        _ => Vec::new(),
    }
}

/// Whoever was sent the claim last has not answered at all.
fn await_first_answer(facts: &WorkFacts<'_>) -> Option<Reason> {
    let send = facts.claim.sends.last()?;
    let payer = send.payer_due();
    let due = facts.payers_due.by_item();
    let is_billed = |payers: &[PayerDue]| payers.iter().any(|it| it.is_same(payer));
    let items = due.filter(|(_, payers)| is_billed(payers));
    let items: Vec<u16> = items.map(|(item, _)| item).collect();
    let owed = add_outstanding(&facts.ledger(), &items);
    Some(await_payment(facts, send, "the claim", owed))
}

/// An answered claim: the next in turn was sent it before and has not answered about all of it. Or nobody is due, and
/// whoever answered last has neither paid nor refused the rest.
fn await_the_rest(facts: &WorkFacts<'_>) -> Vec<Reason> {
    let ledger = facts.ledger();
    let sent = |due: &NextDue| {
        let send = facts.last_send_to(due.payer)?;
        let owed = add_outstanding(&ledger, &due.items);
        Some(await_payment(facts, send, &name_items(&due.items), owed))
    };
    let next = &facts.claim.next_dues;
    if !next.is_empty() {
        return next.iter().filter_map(sent).collect();
    }
    let is_refused = !find_refusals(facts).is_empty();
    let rest = await_last_answerer(facts).filter(|_| !is_refused);
    rest.into_iter().collect()
}

/// The auto insurer pays within 30 days and owes interest after that. Of other payers no law is known that sets a day.
fn await_payment(facts: &WorkFacts<'_>, send: &SentClaim, what: &str, owed: Cents) -> Reason {
    let name = begin_sentence(&name_due(send.payer_due(), facts.submission));
    let sent_on = send.sent_on;
    let said = format!("{name} was sent the claim on {sent_on} and has not answered about {what}.");
    if send.payer != BilledParty::Mva {
        let late_on = plus_days(sent_on, ANSWER_DAYS + 1);
        return chase(send.payer, late_on, format!("{said} {}", ask_on(late_on)));
    }
    let pay_by = plus_days(sent_on, OCF_21_DAYS);
    let late_on = plus_days(pay_by, 1);
    let because = format!(
        "{said} Payment is due by {pay_by}; after that it owes interest of 1 % a month on {}: {} for a full month.",
        write_dollars(owed),
        write_dollars(interest_for_a_month(owed)),
    );
    chase(send.payer, late_on, because).basis(OCF_21_BASIS)
}

fn await_appeal(facts: &WorkFacts<'_>) -> Option<Reason> {
    let due = facts.claim.find_due_from()?;
    let appealed_on = facts.appealed_on.unwrap_or_else(|| facts.last_answer_on());
    let late_on = plus_days(appealed_on, ANSWER_DAYS + 1);
    let because = format!(
        "The appeal to {} of {appealed_on} is unanswered. {}",
        name_due(due, facts.submission),
        ask_on(late_on)
    );
    Some(chase(due.payer, late_on, because))
}

fn await_last_answerer(facts: &WorkFacts<'_>) -> Option<Reason> {
    let outstanding = facts.claim.balance.outstanding_cents;
    let last = standing(&facts.claim.remittances).next_back();
    let last = last.filter(|_| outstanding > Cents::default())?;
    let answered_on = Day::in_ontario(last.received_at);
    let late_on = plus_days(answered_on, ANSWER_DAYS + 1);
    let because = format!(
        "{} is outstanding. {} answered on {answered_on}, and nobody else is due. {}",
        write_dollars(outstanding),
        begin_sentence(&name_due(last.payer_due(), facts.submission)),
        ask_on(late_on)
    );
    Some(chase(last.payer, late_on, because))
}

fn chase(payer: BilledParty, late_on: Day, because: String) -> Reason {
    Reason::new(WorkTask::Chase, late_on, late_on, WorkStep::EnterAnswer)
        .payer(Some(payer))
        .because(because)
}
