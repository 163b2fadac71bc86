//! Outcomes, and what ends.

use serde_json::json;

use super::*;
use crate::work::WorkStep;

/// When each entry of the task is due, and from which day to which it is shown.
fn spans(case: &Case) -> Vec<(String, String, String)> {
    let entries = case.entries(WorkTask::FollowUp).into_iter();
    let spans = entries.map(|it| {
        let until = it.shown_until.map_or(String::new(), |it| it.to_string());
        (it.due_on.to_string(), it.shown_from.to_string(), until)
    });
    spans.collect()
}

fn assert_spans(case: &Case, expected: &[(&str, &str, &str)]) {
    let expected = expected.iter();
    let expected: Vec<_> = expected
        .map(|it| (it.0.to_owned(), it.1.to_owned(), it.2.to_owned()))
        .collect();
    assert_eq!(spans(case), expected);
}

fn treated(category: &str, service: &str) -> Case {
    let case = case(Status::Paid).received(service);
    case.put("/items/0/category", json!(category))
        .put("/items/0/service_date", json!(service))
}

const SIX_WEEKS: (&str, &str, &str) = ("2026-07-13", "2026-06-29", "2026-08-17");
const THREE_MONTHS: (&str, &str, &str) = ("2026-09-01", "2026-08-18", "2026-11-16");
const SIX_MONTHS: (&str, &str, &str) = ("2026-12-01", "2026-11-17", "2027-02-28");

#[test]
fn outcomes_are_due_at_six_weeks_three_months_and_six_months() {
    for category in ["stem_cell_therapy", "platelet_rich_plasma", "injection"] {
        let case = treated(category, "2026-06-01");
        assert_spans(&case, &[SIX_WEEKS, THREE_MONTHS, SIX_MONTHS]);
    }
    assert_spans(&treated("physiotherapy", "2026-06-01"), &[]);
    // Months that have no such day end earlier.
    assert_spans(
        &treated("injection", "2026-08-31"),
        &[
            ("2026-10-12", "2026-09-28", "2026-11-15"),
            ("2026-11-30", "2026-11-16", "2027-02-13"),
            ("2027-02-28", "2027-02-14", "2027-05-30"),
        ],
    );
}

#[test]
fn an_outcome_counts_for_the_time_in_which_it_was_measured() {
    let case = treated("injection", "2026-06-01");
    for (measured_on, left) in [
        ("2026-06-28", &[SIX_WEEKS, THREE_MONTHS, SIX_MONTHS][..]),
        ("2026-06-29", &[THREE_MONTHS, SIX_MONTHS]),
        ("2026-08-17", &[THREE_MONTHS, SIX_MONTHS]),
        ("2026-08-18", &[SIX_WEEKS, SIX_MONTHS]),
        ("2027-02-28", &[SIX_WEEKS, THREE_MONTHS]),
        ("2027-03-01", &[SIX_WEEKS, THREE_MONTHS, SIX_MONTHS]),
    ] {
        assert_spans(&case.clone().outcome(measured_on), left);
    }
}

#[test]
fn an_outcome_says_what_to_measure_and_where_to_record_it() {
    let entries = treated("injection", "2026-06-01").entries(WorkTask::FollowUp);
    let first = entries.first().unwrap();
    assert_eq!(
        first.because,
        "The outcome six weeks after the treatment of 2026-06-01 is due on 2026-07-13: pain, function or range of motion."
    );
    assert_eq!(first.step, WorkStep::RecordOutcome);
    assert!(first.basis.is_some());
}

#[test]
fn approvals_that_end_are_announced_for_two_weeks() {
    let approved = |status| {
        case(Status::Ready)
            .approval(PreauthorizationKind::Ocf18, status, "2026-05-15")
            .valid_to("2026-11-15")
    };
    let given = approved(PreauthorizationStatus::Approved);
    assert_spans(&given, &[("2026-11-15", "2026-11-01", "2026-11-15")]);
    assert_eq!(
        given.entry(WorkTask::FollowUp).step,
        WorkStep::EnterApproval
    );
    assert_spans(&approved(PreauthorizationStatus::Denied), &[]);
    let mut others = given.clone();
    others.approvals[0].entry.patient_id = Label::parse("P-2").unwrap();
    assert_spans(&others, &[]);
    let mut paid = given;
    paid.claim.status = Status::Paid;
    assert_spans(&paid, &[]);
}

#[test]
fn plans_that_end_are_announced_and_accident_coverages_are_not() {
    let ends = |index: usize| {
        let pointer = format!("/coverages/{index}/end_date");
        case(Status::Ready).put(&pointer, json!("2026-12-31"))
    };
    assert_spans(&ends(1), &[("2026-12-31", "2026-12-17", "2026-12-31")]);
    assert_spans(&ends(0), &[]);
    // It ended before the claim came in.
    let over = case(Status::Ready).put("/coverages/1/end_date", json!("2026-06-01"));
    assert_spans(&over, &[]);
}

#[test]
fn auto_benefits_end_after_260_weeks_or_at_the_28th_birthday_of_a_minor() {
    for (birth, accident, ends, shown_from) in [
        ("1984-03-09", "2026-05-02", "2031-04-26", "2031-04-12"),
        ("2008-05-03", "2026-05-02", "2036-05-03", "2036-04-19"),
        ("2008-05-02", "2026-05-02", "2031-04-26", "2031-04-12"),
        ("2012-02-29", "2026-05-02", "2040-02-29", "2040-02-15"),
    ] {
        let case = case(Status::Submitted)
            .put("/patient/birth_date", json!(birth))
            .put("/accident", json!({"cause": "auto", "date": accident}));
        assert_spans(&case, &[(ends, shown_from, ends)]);
        let basis = case.entry(WorkTask::FollowUp).basis;
        assert_eq!(basis.as_deref(), Some("SABS (O. Reg. 34/10) s.20(1)"));
    }
    let private = case(Status::Submitted)
        .put("/accident", json!({"cause": "auto", "date": "2026-05-02"}))
        .decided("private", "ready", &[]);
    assert_spans(&private, &[]);
}

#[test]
fn what_ends_while_an_outcome_is_due_is_shown_with_it() {
    let mut case =
        treated("injection", "2026-06-01").put("/coverages/1/end_date", json!("2026-07-31"));
    case.claim.status = Status::Submitted;
    assert_spans(
        &case,
        &[
            ("2026-07-13", "2026-06-29", "2026-07-16"),
            // The plan's end is announced 14 days before.
            ("2026-07-13", "2026-07-17", "2026-07-31"),
            ("2026-07-13", "2026-08-01", "2026-08-17"),
            THREE_MONTHS,
            SIX_MONTHS,
        ],
    );
    let entries = case.entries(WorkTask::FollowUp);
    let tells = |entry: &WorkEntry| entry.because.contains("The private plan (coverage 1) ends");
    let told: Vec<bool> = entries.iter().take(3).map(tells).collect();
    assert_eq!(told, [false, true, false]);
}
