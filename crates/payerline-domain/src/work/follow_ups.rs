//! `follow_up`: how the patient fares after a treatment, and what ends soon.

use super::{
    clocks::{ADULT_AT, BENEFIT_BASIS, BENEFIT_END_AGE_YEARS, BENEFIT_WEEKS, NOTICE_DAYS},
    days::{plus_days, plus_months, plus_weeks, plus_years},
    entry::{WorkStep, WorkTask},
    facts::{NamedApproval, WorkFacts},
    reasons::Reason,
    words::{begin_sentence, name_due},
};
use crate::{
    claims::{
        coverage::{Coverage, CoverageKind},
        item::{Category, Item},
        payer::Payer,
        payers_due::{BilledParty, PayerDue},
    },
    preauthorizations::{PreauthorizationKind, PreauthorizationStatus},
    values::time::Day,
};

/// Outcomes are due so long after the last treatment (the contract): six weeks, three months, six months.
const FIRST_OUTCOME_WEEKS: i32 = 6;
const LATER_OUTCOME_MONTHS: [i32; 2] = [3, 6];
/// A working rule: the last outcome is asked for until so many months after the treatment.
const LAST_ASKED_MONTHS: i32 = 9;
const OUTCOME_BASIS: &str =
    "The clinic's treatment information: outcomes become apparent over the six months after";

/// Outcomes that were not recorded near the day on which they are due. One is near if its day lies between 14 days before
/// that day and 15 days before the next; what is measured later counts for the next. It is asked for on the same days.
pub fn find_outcomes(facts: &WorkFacts<'_>) -> Vec<Reason> {
    let is_treatment = |item: &&Item| {
        matches!(
            item.category,
            Category::StemCellTherapy | Category::PlateletRichPlasma | Category::Injection
        )
    };
    let treated = facts.submission.items.iter().filter(is_treatment);
    let Some(service) = treated.map(|it| it.service_date).max() else {
        return Vec::new();
    };
    let first = ("six weeks", plus_weeks(service, FIRST_OUTCOME_WEEKS));
    let [second, third] = LATER_OUTCOME_MONTHS.map(|months| plus_months(service, months));
    let end = plus_months(service, LAST_ASKED_MONTHS);
    let spans = [
        (first, notice_before(second)),
        (("three months", second), notice_before(third)),
        (("six months", third), end),
    ];
    let spans = spans.into_iter().filter_map(|((when, due_on), next)| {
        let last = next.date().yesterday().map_or(next, Day::from);
        let from = notice_before(due_on);
        let mut outcomes = facts.claim.outcomes.iter();
        let is_measured = outcomes.any(|it| (from..=last).contains(&it.day));
        (!is_measured).then(|| measure(when, service, (due_on, from, last)))
    });
    spans.collect()
}

fn measure(when: &str, service: Day, (due_on, from, last): (Day, Day, Day)) -> Reason {
    let because = format!(
        "The outcome {when} after the treatment of {service} is due on {due_on}: pain, function or range of motion."
    );
    Reason::new(WorkTask::FollowUp, due_on, from, WorkStep::RecordOutcome)
        .until(last)
        .because(because)
        .basis(OUTCOME_BASIS)
}

fn notice_before(day: Day) -> Day {
    plus_days(day, -NOTICE_DAYS)
}

/// What ends on a day: shown for two weeks, and not afterwards.
fn end(last: Day, step: WorkStep, because: String) -> Reason {
    Reason::new(WorkTask::FollowUp, last, notice_before(last), step)
        .until(last)
        .because(because)
}

/// Benefits after a car accident, approvals and plans that end.
pub fn find_ends(facts: &WorkFacts<'_>) -> Vec<Reason> {
    let approvals = facts.approvals.iter().filter_map(|it| approval_ends(it));
    let coverages = facts.submission.coverages.iter().enumerate();
    let plans = coverages.filter_map(|(index, coverage)| plan_ends(facts, index, coverage));
    let benefits = benefits_end(facts).into_iter();
    benefits.chain(approvals).chain(plans).collect()
}

/// An auto insurer's medical benefits end 260 weeks after the accident, or at the 28th birthday of who was a minor then,
/// unless the injury is catastrophic.
fn benefits_end(facts: &WorkFacts<'_>) -> Option<Reason> {
    let accident = facts.submission.accident?.date;
    let is_auto = facts.items.iter().any(|it| it.payer == Payer::Mva);
    let birth = facts.submission.patient.birth_date;
    let (last, why) = if birth.age_on(accident) < ADULT_AT {
        let birthday = plus_years(birth, BENEFIT_END_AGE_YEARS);
        (birthday, "the patient's 28th birthday")
    } else {
        (
            plus_weeks(accident, BENEFIT_WEEKS),
            "260 weeks after the accident",
        )
    };
    let because = format!(
        "The auto insurer's medical benefits end on {last}, {why}, unless the injury is catastrophic."
    );
    let reason = end(last, WorkStep::Look, because);
    is_auto.then(|| reason.payer(Some(BilledParty::Mva)).basis(BENEFIT_BASIS))
}

fn approval_ends(approval: &NamedApproval) -> Option<Reason> {
    let entry = &approval.entry;
    let is_given = matches!(
        entry.status,
        PreauthorizationStatus::Approved | PreauthorizationStatus::Confirmed
    );
    let last = entry.valid_to.filter(|_| is_given)?;
    let what = match entry.kind {
        PreauthorizationKind::Ocf18 => "OCF-18",
        PreauthorizationKind::Ocf23 => "OCF-23",
        PreauthorizationKind::WsibApproval => "WSIB's approval",
        PreauthorizationKind::Predetermination => "The predetermination",
    };
    let number = entry.number.as_str();
    let because = format!(
        "{what} {number} ends: it covers services up to {last}. Ask for another if the treatment goes on."
    );
    let reason = end(last, WorkStep::EnterApproval, because);
    Some(reason.payer(BilledParty::of(entry.kind.payer())))
}

/// Auto and WSIB coverages need only be in force on the day of the accident, so their end changes nothing.
fn plan_ends(facts: &WorkFacts<'_>, index: usize, coverage: &Coverage) -> Option<Reason> {
    let is_plan = matches!(coverage.kind, CoverageKind::Private | CoverageKind::Federal);
    let last = coverage
        .end_date
        .filter(|_| is_plan && !coverage.is_denied())?;
    let plan = PayerDue {
        payer: BilledParty::Private,
        coverage: Some(index),
    };
    let name = begin_sentence(&name_due(plan, facts.submission));
    let because = format!("{name} ends: its last day is {last}. Ask the patient what follows it.");
    let reason = end(last, WorkStep::Look, because);
    Some(reason.payer(Some(BilledParty::Private)))
}
