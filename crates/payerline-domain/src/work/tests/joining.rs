//! How reasons become entries.

use super::*;
use crate::work::{
    WorkStep,
    reasons::{Reason, join_reasons},
};

fn reason(due_on: &str, shown_from: &str, text: &str) -> Reason {
    let (due_on, shown_from) = (day(due_on), day(shown_from));
    Reason::new(WorkTask::Chase, due_on, shown_from, WorkStep::Look).because(text)
}

#[test]
fn the_nearest_deadline_counts_and_the_texts_are_joined() {
    let reasons = vec![
        reason("2026-07-09", "2026-07-09", "Later.").basis("A law"),
        reason("2026-06-23", "2026-06-23", "First.").basis("A law"),
        reason("2026-06-24", "2026-06-24", "First.").basis("Another law"),
    ];
    let joined = join_reasons(reasons, day("2026-06-02"));
    let told: Vec<_> = joined
        .iter()
        .map(|it| (&*it.because, it.shown_from, it.basis.as_deref()))
        .collect();
    assert_eq!(
        told,
        [
            ("First.", day("2026-06-23"), Some("A law")),
            ("First.", day("2026-06-24"), Some("A law; Another law")),
            (
                "First. Later.",
                day("2026-07-09"),
                Some("A law; Another law")
            ),
        ]
    );
    assert!(joined.iter().all(|it| it.due_on == day("2026-06-23")));
    let ends: Vec<_> = joined.iter().map(|it| it.shown_until).collect();
    assert_eq!(
        ends,
        [Some(day("2026-06-23")), Some(day("2026-07-08")), None]
    );
}

#[test]
fn a_reason_that_ends_leaves_the_others() {
    let reasons = vec![
        reason("2026-06-20", "2026-06-06", "Ends.").until(day("2026-06-20")),
        reason("2026-07-01", "2026-06-10", "Stays."),
        reason("2026-05-01", "2026-04-20", "Over.").until(day("2026-05-01")),
    ];
    let joined = join_reasons(reasons, day("2026-06-02"));
    let told: Vec<_> = joined
        .iter()
        .map(|it| (&*it.because, it.due_on, it.shown_from, it.shown_until))
        .collect();
    assert_eq!(
        told,
        [
            (
                "Ends.",
                day("2026-06-20"),
                day("2026-06-06"),
                Some(day("2026-06-09"))
            ),
            (
                "Ends. Stays.",
                day("2026-06-20"),
                day("2026-06-10"),
                Some(day("2026-06-20"))
            ),
            ("Stays.", day("2026-07-01"), day("2026-06-21"), None),
        ]
    );
}

#[test]
fn many_reasons_are_counted_in_the_end() {
    let texts: Vec<String> = (1..=10).map(|number| format!("Reason {number}.")).collect();
    let reasons = texts
        .iter()
        .map(|it| reason("2026-06-20", "2026-06-20", it));
    let joined = join_reasons(reasons.collect(), day("2026-06-02"));
    assert!(
        joined[0].because.ends_with("Reason 8. And 2 more."),
        "{}",
        joined[0].because
    );
}
