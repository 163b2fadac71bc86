//! What a decision took for granted, because the claim says it or leaves it out: so that the patient can object.

use super::{
    subject::{Subject, SubjectItem, Why},
    words,
};
use payerline_domain::claims::{
    accident::{Accident, AccidentCause, EmployerCovered, WsiaElection},
    coverage::{Coverage, CoverageKind},
    item::{Category, InsuredByOhip},
    payers_due::BilledParty,
};

/// The sentences, each about one fact.
pub fn list(subject: &Subject<'_>) -> Vec<String> {
    let mut all = Vec::new();
    // Whoever asks a third party to pay is asked nothing about accidents and insurances.
    let is_own = |item: &SubjectItem<'_>| !item.is_third_partys();
    if subject.items.iter().any(is_own) {
        all.extend(assume_cause(subject));
        all.extend(assume_no_plan(subject));
        all.extend(assume_plans_in_force(subject));
        all.extend(assume_own_plans(subject));
        all.extend(assume_no_approval(subject));
        all.extend(assume_unprescribed(subject));
    }
    all.extend(assume_uninsured(subject));
    all
}

fn assume_cause(subject: &Subject<'_>) -> Vec<String> {
    let Some(accident) = subject.submission.accident else {
        let is_asked = subject
            .questions
            .iter()
            .any(|it| it.code == "accident_missing");
        let text = "No accident was reported: neither a car accident nor your work caused this.";
        return match is_asked {
            true => Vec::new(),
            false => vec![text.to_owned()],
        };
    };
    let mut all = vec![assume_accident(&accident)];
    if accident.cause.is_at_work() && accident.employer_covered == EmployerCovered::Unknown {
        let text = "Nobody said whether WSIB covers your employer. It was taken that WSIB does. You need not find out: \
                    a worker may be covered although the employer is not registered.";
        all.push(text.to_owned());
    }
    let is_undecided = accident.wsia_election == WsiaElection::None;
    if accident.cause == AccidentCause::AutoAtWork && is_undecided {
        let text =
            "Nobody said whether you sue somebody for the accident. It was taken that you do not.";
        all.push(text.to_owned());
    }
    all
}

fn assume_accident(accident: &Accident) -> String {
    let day = words::day(accident.date);
    let place = words::place(accident.province, accident.known_country());
    match accident.cause {
        AccidentCause::Auto => format!("You had a car accident {place} on {day}."),
        AccidentCause::Work => format!("You were injured at work {place} on {day}."),
        AccidentCause::AutoAtWork => {
            format!("You had a car accident at work {place} on {day}.")
        }
        AccidentCause::Other => format!(
            "You were injured {place} on {day}, and neither a car accident nor your work caused it."
        ),
    }
}

fn assume_no_plan(subject: &Subject<'_>) -> Option<String> {
    let has_plan = |it: &Coverage| matches!(it.kind, CoverageKind::Private | CoverageKind::Federal);
    let is_needed = !subject.is_from_work();
    let has_none = !subject.submission.coverages.iter().any(has_plan);
    (is_needed && has_none).then(|| "You have no private plan that could pay.".to_owned())
}

/// Insurances that are billed and of which the claim does not say since when or until when.
fn assume_plans_in_force(subject: &Subject<'_>) -> Vec<String> {
    let coverages = &subject.submission.coverages;
    let billed = subject.payers_due.in_turn().into_iter();
    let undated = billed.filter(|due| {
        let coverage = due.coverage.and_then(|it| coverages.get(it));
        due.payer != BilledParty::Wsib
            && coverage.is_some_and(|it| it.effective_date.is_none() && it.end_date.is_none())
    });
    let sentences = undated.map(|due| {
        let who = words::payer(subject.submission, due);
        format!("Nobody said from when to when {who} insures you. It was taken that it did on the day that counts.")
    });
    sentences.collect()
}

/// Between several plans it matters whose they are.
fn assume_own_plans(subject: &Subject<'_>) -> Vec<String> {
    let plans = subject.submission.coverages.iter();
    let plans: Vec<&Coverage> = plans
        .filter(|it| it.kind == CoverageKind::Private)
        .collect();
    let is_open = |it: &&&Coverage| plans.len() > 1 && it.relationship.is_none();
    let sentences = plans.iter().filter(is_open).map(|plan| {
        let who = words::insurer(Some(*plan), "private plan");
        format!("Nobody said through whom you have {who}. It was taken for your own.")
    });
    sentences.collect()
}

/// Some treatments are paid only if the insurer approved them before.
fn assume_no_approval(subject: &Subject<'_>) -> Option<String> {
    let needs_one = subject.items.iter().any(|it| {
        let is_rare = matches!(
            it.item.category,
            Category::StemCellTherapy | Category::PlateletRichPlasma
        );
        let has_insurer = subject.submission.coverages.iter().any(is_insurer);
        !it.is_third_partys() && is_rare && has_insurer
    });
    let is_named = !subject.submission.preauthorizations.is_empty();
    (needs_one && !is_named).then(|| {
        "No approval by an insurer is recorded. It was taken that none was given.".to_owned()
    })
}

fn is_insurer(coverage: &Coverage) -> bool {
    coverage.kind != CoverageKind::Ohip
}

fn assume_unprescribed(subject: &Subject<'_>) -> Option<String> {
    if subject.cause() != Some(AccidentCause::Auto) {
        return None;
    }
    let is_open = |it: &SubjectItem<'_>| {
        it.item.category == Category::Medication && !it.item.prescribed && !it.is_third_partys()
    };
    let numbers = find_numbers(subject, is_open)?;
    Some(format!(
        "Nobody said that the medication ({}) was prescribed. It was taken that it was not.",
        words::services(&numbers)
    ))
}

/// Silence about OHIP is read as a no, unless a person looks at it or has done so. What work caused goes to WSIB whatever OHIP insures.
fn assume_uninsured(subject: &Subject<'_>) -> Option<String> {
    let is_silent = |it: &SubjectItem<'_>| {
        it.item.insured_by_ohip == InsuredByOhip::Unknown
            && !it.is_third_partys()
            && it.why != Why::Person
            && !subject.asks_about(it.sequence, "/insured_by_ohip")
    };
    let numbers = find_numbers(subject, is_silent).filter(|_| !subject.is_from_work())?;
    let what = match numbers.len() == subject.items.len() {
        true => "this".to_owned(),
        false => words::services(&numbers),
    };
    Some(format!(
        "Nobody said whether OHIP pays for {what}. It was taken that OHIP does not."
    ))
}

fn find_numbers(
    subject: &Subject<'_>,
    is_meant: impl Fn(&SubjectItem<'_>) -> bool,
) -> Option<Vec<u16>> {
    let items = subject.items.iter().filter(|it| is_meant(it));
    let numbers: Vec<u16> = items.map(|it| it.sequence).collect();
    (!numbers.is_empty()).then_some(numbers)
}
