//! `ask_approval`: which approvals are still to be asked for; and, as `chase`, those of which the answer is late.

use super::{
    clocks::{ANSWER_DAYS, OCF_18_BASIS, OCF_18_BUSINESS_DAYS, OCF_23_BASIS, OCF_23_BUSINESS_DAYS},
    days::plus_days,
    entry::{WorkStep, WorkTask},
    facts::{NamedApproval, StandingItem, WorkFacts},
    reasons::Reason,
    words::{add_once, ask_on, begin_sentence, name_items, name_payer},
};
use crate::{
    claims::{
        claim::Status,
        decision::Document,
        payer::{Disposition, Payer},
        payers_due::BilledParty,
    },
    preauthorizations::{
        PreauthorizationEntry, PreauthorizationKind, PreauthorizationStatus, Validity,
    },
    values::business_days::business_day_after,
};

/// Items need an approval, and none that they could rely on is pending. The day is the next business day after the claim
/// came in (a working rule).
pub fn find_asks(facts: &WorkFacts<'_>) -> Vec<Reason> {
    if facts.claim.status != Status::NeedsPreauthorization {
        return Vec::new();
    }
    let mut asks: Vec<(Payer, Option<Document>, Vec<&StandingItem<'_>>)> = Vec::new();
    let items = facts.items.iter();
    let needy = items.filter(|it| it.disposition == Disposition::NeedsPreauthorization);
    for item in needy {
        let form = item.documents().find(|it| find_kind(*it).is_some());
        if is_asked(facts, item, form) {
            continue;
        }
        let known = asks.iter_mut();
        match known
            .into_iter()
            .find(|it| (it.0, it.1) == (item.payer, form))
        {
            Some((_, _, items)) => items.push(item),
            None => asks.push((item.payer, form, vec![item])),
        }
    }
    let asks = asks.iter();
    asks.map(|(payer, form, items)| ask(facts, *payer, *form, items))
        .collect()
}

fn ask(
    facts: &WorkFacts<'_>,
    payer: Payer,
    form: Option<Document>,
    items: &[&StandingItem<'_>],
) -> Reason {
    let (due_on, shown_from) = (facts.first_look_on(), facts.received_on);
    let step = WorkStep::EnterApproval;
    let payer = BilledParty::of(payer);
    let sequences: Vec<u16> = items.iter().map(|it| it.sequence).collect();
    let mut because = format!(
        "{} has to approve {} first: {} and enter it in the ledger as pending.",
        begin_sentence(payer.map_or("the payer", name_payer)),
        name_items(&sequences),
        name_form(form),
    );
    if facts.submission.preauthorizations.is_empty() {
        because.push_str(
            " The claim names no approval yet: send it again with `replaces`, and the number in `preauthorizations`.",
        );
    }
    let mut reason = Reason::new(WorkTask::AskApproval, due_on, shown_from, step)
        .payer(payer)
        .because(because);
    for item in items.iter().filter_map(|it| it.decided.as_ref()) {
        if !item.basis.is_empty() {
            add_once(&mut reason.basis, item.basis.to_string());
        }
    }
    reason
}

fn name_form(form: Option<Document>) -> &'static str {
    match form.and_then(find_kind) {
        Some(PreauthorizationKind::Ocf18) => "send an OCF-18 (treatment and assessment plan)",
        Some(PreauthorizationKind::Ocf23) => "send an OCF-23 (treatment confirmation)",
        Some(PreauthorizationKind::WsibApproval) => "ask for WSIB's approval",
        Some(PreauthorizationKind::Predetermination) => "ask for a predetermination",
        None => "ask for the approval",
    }
}

/// The kind of approval that a form asks for.
fn find_kind(form: Document) -> Option<PreauthorizationKind> {
    match form {
        Document::Ocf18 => Some(PreauthorizationKind::Ocf18),
        Document::Ocf23 => Some(PreauthorizationKind::Ocf23),
        Document::WsibApproval => Some(PreauthorizationKind::WsibApproval),
        Document::Predetermination => Some(PreauthorizationKind::Predetermination),
        Document::Ocf21b | Document::Ocf21c | Document::Form8 | Document::Cms8 => None,
    }
}

/// Whether the payer was asked about an item: an approval of the form's kind, or of the payer's where no form is named, is
/// pending for its category and day.
fn is_asked(facts: &WorkFacts<'_>, item: &StandingItem<'_>, form: Option<Document>) -> bool {
    let kind = form.and_then(find_kind);
    let is_fit = |entry: &PreauthorizationEntry| {
        entry.status == PreauthorizationStatus::Pending
            && kind.map_or(entry.kind.payer() == item.payer, |kind| entry.kind == kind)
            && entry.covers(item.billed.category)
            && entry.validity_on(item.billed.service_date) == Validity::Valid
    };
    facts.approvals.iter().any(|it| is_fit(&it.entry))
}

/// Approvals that are pending, from the day on which their answer is late.
pub fn find_pending(facts: &WorkFacts<'_>) -> Vec<Reason> {
    let waits = matches!(
        facts.claim.status,
        Status::NeedsPreauthorization | Status::NeedsReview
    );
    let approvals = facts.approvals.iter();
    let is_pending = |it: &&&NamedApproval| it.entry.status == PreauthorizationStatus::Pending;
    let pending = approvals.filter(is_pending).filter(|_| waits);
    pending.map(|it| await_approval(it)).collect()
}

/// Counts from the day on which the approval was entered, for want of the day on which the form was sent.
fn await_approval(approval: &NamedApproval) -> Reason {
    let from = approval.entered_on();
    let number = approval.entry.number.as_str();
    let chase = |late_on, because: String| {
        Reason::new(WorkTask::Chase, late_on, late_on, WorkStep::FindApproval)
            .payer(BilledParty::of(approval.entry.kind.payer()))
            .because(because)
    };
    match approval.entry.kind {
        PreauthorizationKind::Ocf18 => {
            let last = business_day_after(from, OCF_18_BUSINESS_DAYS);
            let late_on = business_day_after(from, OCF_18_BUSINESS_DAYS + 1);
            let because = format!(
                "OCF-18 {number} is unanswered. Counted from {from}, when it was entered, the insurer's 10 business days end on {last}; \
                 from {late_on}, the 11th, it may not plead the Minor Injury Guideline and pays until it answers. That is no approval."
            );
            chase(late_on, because).basis(OCF_18_BASIS)
        }
        PreauthorizationKind::Ocf23 => {
            let last = business_day_after(from, OCF_23_BUSINESS_DAYS);
            let late_on = business_day_after(from, OCF_23_BUSINESS_DAYS + 1);
            let because = format!(
                "OCF-23 {number} is unanswered. Counted from {from}, when it was entered, the insurer's notice is due by {last}, the 5th \
                 business day. Silence confirms nothing."
            );
            chase(late_on, because).basis(OCF_23_BASIS)
        }
        PreauthorizationKind::WsibApproval | PreauthorizationKind::Predetermination => {
            let late_on = plus_days(from, ANSWER_DAYS + 1);
            let because = format!(
                "The approval {number} is unanswered; it was entered on {from}. {}",
                ask_on(late_on)
            );
            chase(late_on, because)
        }
    }
}
