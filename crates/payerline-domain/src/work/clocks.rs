//! The clocks of law and of networks, with what they rest on, and the working rules where there is none.

use super::{
    days::{next_business_day, plus_days, plus_months},
    facts::WorkFacts,
    reasons::Reason,
    words::is_federal,
};
use crate::{
    claims::{
        accident::{Accident, AccidentCause, EmployerCovered, WsiaElection},
        decision::Document,
        item::{InsuredByOhip, RequestedBy},
        payers_due::{BilledParty, PayerDue},
    },
    values::{money::Cents, time::Day},
};

/// The insurer answers an OCF-18 within so many business days; on the next one consequences begin (SABS s.38(8), (11)).
pub const OCF_18_BUSINESS_DAYS: u32 = 10;
pub const OCF_18_BASIS: &str = "SABS (O. Reg. 34/10) s.38(8), (11)";
/// The insurer's notice about an OCF-23 is due within so many business days (SABS s.40(3)).
pub const OCF_23_BUSINESS_DAYS: u32 = 5;
pub const OCF_23_BASIS: &str = "SABS (O. Reg. 34/10) s.40(3)";
/// The auto insurer pays an invoice within so many days, and interest after that (SABS s.51).
pub const OCF_21_DAYS: i32 = 30;
pub const OCF_21_BASIS: &str = "SABS (O. Reg. 34/10) s.51; bulletin A-03/15";
/// An auto insurer's medical benefits end so many weeks after the accident (SABS s.20(1)).
pub const BENEFIT_WEEKS: i32 = 260;
/// Those of who was younger than this at the accident end at a birthday (SABS s.20(1)).
pub const ADULT_AT: i16 = 18;
pub const BENEFIT_END_AGE_YEARS: i16 = 28;
pub const BENEFIT_BASIS: &str = "SABS (O. Reg. 34/10) s.20(1)";
/// A working rule: payers of whom no law says when they answer are asked after so many days.
pub const ANSWER_DAYS: i32 = 30;
/// What ends or is due is announced so many days before: for approvals and plans the contract's, else a working rule.
pub const NOTICE_DAYS: i32 = 14;

/// OHIP takes claims for so many months (Bulletin 231001). The last day is counted as the finding `ohip_stale` does.
const OHIP_MONTHS: i32 = 3;
const OHIP_BASIS: &str = "OHIP bulletin 231001: services are claimed within three months";
/// TELUS eClaims takes claims for so many days. The source does not say from when; the service is the earliest day.
const ECLAIMS_DAYS: i32 = 31;
const ECLAIMS_BASIS: &str = "TELUS eClaims: claims are sent within 31 days";
/// Form 8 is due 48 hours after the first visit. The claim has no hours, so it is the second day after it, business day
/// or not.
const FORM_8_DAYS: i32 = 2;
const FORM_8_BASIS: &str = "WSIB: Form 8 within 48 hours";

/// The interest for a full month on what an auto insurer owes: 1 %, half a cent rounded up (SABS s.51).
pub fn interest_for_a_month(owed: Cents) -> Cents {
    let cents = owed.get();
    let part = i64::from(cents.rem_euclid(100) >= 50);
    Cents::from_stored(cents.div_euclid(100) + part)
}

/// A day until which a claim or form has to be sent.
struct FilingClock {
    ends_on: Day,
    because: String,
    basis: &'static str,
}

/// Gives a reason its deadline: the nearest end of the filing clocks that still run on a day, or else the next business day
/// after it. A clock that has run out cannot be met; it is named all the same.
pub fn set_filing_deadline(facts: &WorkFacts<'_>, from: Day, mut reason: Reason) -> Reason {
    let clocks = [ohip(facts, from), eclaims(facts, from), form_8(facts, from)];
    let mut nearest: Option<Day> = None;
    for clock in clocks.into_iter().flatten() {
        if clock.ends_on >= from {
            nearest = Some(nearest.map_or(clock.ends_on, |it| it.min(clock.ends_on)));
        }
        reason.because = format!("{} {}", reason.because, clock.because);
        reason = reason.basis(clock.basis);
    }
    reason.due_on = nearest.unwrap_or_else(|| next_business_day(from));
    reason.shown_from = reason.shown_from.min(reason.due_on);
    reason
}

/// Of services with the ends of their clocks: the one whose clock ends next, or else the one whose clock ran out last.
fn find_nearest(services: impl Iterator<Item = (Day, Day)>, from: Day) -> Option<(Day, Day)> {
    let mut next: Option<(Day, Day)> = None;
    let mut over: Option<(Day, Day)> = None;
    for (service, ends_on) in services {
        let found = Some((service, ends_on));
        if ends_on < from {
            over = match over {
                Some(it) if it.1 >= ends_on => over,
                _ => found,
            };
        } else {
            next = match next {
                Some(it) if it.1 <= ends_on => next,
                _ => found,
            };
        }
    }
    next.or(over)
}

/// What OHIP insures, or is likely to insure, goes to the ministry within three months. What work caused is billed under
/// a programme of its own, and what a third party asked for to the third party.
fn ohip(facts: &WorkFacts<'_>, from: Day) -> Option<FilingClock> {
    let is_work = facts.submission.accident.is_some_and(is_caused_by_work);
    let asked = facts.open_findings.iter();
    let asked: Vec<usize> = asked
        .filter(|it| it.code == "ohip_insured_unknown")
        .filter_map(|it| it.item())
        .collect();
    let is_ohips = |insured: InsuredByOhip, index: usize| match insured {
        InsuredByOhip::Yes => true,
        InsuredByOhip::Unknown => asked.contains(&index),
        InsuredByOhip::No => false,
    };
    let items = facts.submission.items.iter().enumerate();
    let items = items.filter(|(index, it)| {
        !is_work && it.requested_by == RequestedBy::Patient && is_ohips(it.insured_by_ohip, *index)
    });
    let services =
        items.map(|(_, it)| (it.service_date, plus_months(it.service_date, OHIP_MONTHS)));
    let (service, ends_on) = find_nearest(services, from)?;
    let because = if ends_on < from {
        format!(
            "OHIP took the service of {service} until {ends_on} only, if it insures it; ask whether it still does."
        )
    } else {
        format!("OHIP takes the service of {service} until {ends_on}, if it insures it.")
    };
    Some(FilingClock {
        ends_on,
        because,
        basis: OHIP_BASIS,
    })
}

/// As the rules read it: a car accident at work is not once the worker sues, and neither is what WSIB does not cover.
fn is_caused_by_work(accident: Accident) -> bool {
    let is_work = match accident.cause {
        AccidentCause::Work => true,
        AccidentCause::AutoAtWork => accident.wsia_election != WsiaElection::Sue,
        AccidentCause::Auto | AccidentCause::Other => false,
    };
    is_work && accident.employer_covered != EmployerCovered::No
}

/// Networks take claims for the first plan mostly, so the clock is that of items of which a private plan is billed first. A
/// federal programme is none.
fn eclaims(facts: &WorkFacts<'_>, from: Day) -> Option<FilingClock> {
    let is_plan = |payers: &[PayerDue]| match payers {
        [first, ..] => facts.is_private_plan(*first),
        [] => false,
    };
    let due = facts.payers_due.by_item();
    let items = due.filter(|(_, payers)| is_plan(payers));
    let days = items.filter_map(|(sequence, _)| facts.service_of(sequence));
    let services = days.map(|day| (day, plus_days(day, ECLAIMS_DAYS)));
    let (service, ends_on) = find_nearest(services, from)?;
    let because = if ends_on < from {
        format!(
            "TELUS eClaims took the service of {service} until {ends_on} only, if the plan is billed that way."
        )
    } else {
        format!(
            "TELUS eClaims takes the service of {service} until {ends_on}, if the plan is billed that way."
        )
    };
    Some(FilingClock {
        ends_on,
        because,
        basis: ECLAIMS_BASIS,
    })
}

/// WSIB's report of the first visit. A worker has one, so only the first service counts.
fn form_8(facts: &WorkFacts<'_>, from: Day) -> Option<FilingClock> {
    let items = facts.items.iter().filter(|it| it.needs(Document::Form8));
    let visit = items.map(|it| it.billed.service_date).min()?;
    let ends_on = plus_days(visit, FORM_8_DAYS);
    let verb = if ends_on < from { "was" } else { "is" };
    Some(FilingClock {
        ends_on,
        because: format!(
            "WSIB's Form 8 {verb} due on {ends_on}, 48 hours after the first visit on {visit}; a worker has one."
        ),
        basis: FORM_8_BASIS,
    })
}

impl WorkFacts<'_> {
    fn is_private_plan(&self, due: PayerDue) -> bool {
        due.payer == BilledParty::Private && !is_federal(due, self.submission)
    }

    fn service_of(&self, sequence: u16) -> Option<Day> {
        let index = usize::from(sequence).checked_sub(1)?;
        self.submission.items.get(index).map(|it| it.service_date)
    }
}
