//! What holds of every claim.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::values::closed_enum::ClosedEnum;

const CATEGORIES: [&str; 3] = ["physiotherapy", "injection", "stem_cell_therapy"];
const DOCUMENTS: [&str; 5] = [
    "ocf_18",
    "ocf_23",
    "form_8",
    "wsib_approval",
    "predetermination",
];
const CODES: [&str; 5] = [
    "ohip_insured_unknown",
    "coverage_missing",
    "possible_duplicate",
    "claim_number_unusual",
    "federal_program",
];
const KINDS: &[PreauthorizationKind] = PreauthorizationKind::ALL;
const STATUSES: &[PreauthorizationStatus] = PreauthorizationStatus::ALL;

fn any_day() -> impl Strategy<Value = String> {
    (2024_i16..2029, 1_i8..=12, 1_i8..=28).prop_map(|(y, m, d)| format!("{y}-{m:02}-{d:02}"))
}

fn any_of<T: Copy + std::fmt::Debug + 'static>(all: &'static [T]) -> impl Strategy<Value = T> {
    (0..all.len()).prop_map(|place| all[place])
}

prop_compose! {
    fn any_claim()(
        status in any_of(Status::ALL),
        (service, received, ends, accident) in (any_day(), any_day(), any_day(), any_day()),
        category in any_of(&CATEGORIES),
        ohip in any_of(&["yes", "no", "unknown"]),
        (payer, disposition) in (any_of(Payer::ALL), any_of(Disposition::ALL)),
        document in any_of(&DOCUMENTS),
        findings in prop::collection::vec((any_of(&CODES), any_of(&["review", "warning"])), 0..4),
        approvals in prop::collection::vec((any_of(KINDS), any_of(STATUSES), any_day(), any_day()), 0..4),
        sends in prop::collection::vec((any_of(&[AUTO, PLAN]), any_day()), 0..3),
        answers in prop::collection::vec((any_of(&[AUTO, PLAN]), any_day(), (0_i64..5_000, 0_i64..5_000)), 0..3),
        outcomes in prop::collection::vec(any_day(), 0..4),
    ) -> Case {
        let mut case = case(status)
            .received(&received)
            .put("/items/0/service_date", json!(service))
            .put("/items/0/category", json!(category))
            .put("/items/0/insured_by_ohip", json!(ohip))
            .put("/coverages/1/end_date", json!(ends))
            .put("/accident", json!({"cause": "auto", "date": accident}))
            .decided(payer.word(), disposition.word(), &[document]);
        for (code, severity) in findings {
            case = case.finding(code, severity, "/items/0");
        }
        for (kind, status, entered_on, valid_to) in approvals {
            case = case.approval(kind, status, &entered_on).valid_to(&valid_to);
        }
        for (due, on) in sends {
            case = case.sent(due, &on);
        }
        for (due, on, amounts) in answers {
            case = case.answered(due, &on, amounts);
        }
        outcomes.iter().fold(case, |case, on| case.outcome(on))
    }
}

/// Entries that are shown on a day.
fn shown_on(entries: &[WorkEntry], day: Day) -> impl Iterator<Item = &WorkEntry> {
    let entries = entries.iter();
    entries
        .filter(move |it| it.shown_from <= day && it.shown_until.is_none_or(|until| day <= until))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn on_each_day_a_claim_has_one_entry_a_task(case in any_claim(), on in any_day()) {
        let entries = case.work();
        let mut days: Vec<Day> = entries.iter().map(|it| it.shown_from).collect();
        days.extend(entries.iter().filter_map(|it| it.shown_until));
        days.push(day(&on));
        for day in days {
            let mut tasks: Vec<WorkTask> = shown_on(&entries, day).map(|it| it.task).collect();
            let count = tasks.len();
            tasks.dedup();
            prop_assert_eq!(tasks.len(), count, "{:#?}", entries);
        }
    }

    #[test]
    fn closed_claims_have_no_entries_and_paid_ones_only_outcomes(case in any_claim()) {
        let entries = case.work();
        match case.claim.status {
            Status::Void | Status::Replaced => prop_assert_eq!(entries, []),
            Status::Paid => {
                prop_assert!(entries.iter().all(|it| it.because.starts_with("The outcome")));
            }
            _ => {}
        }
    }

    #[test]
    fn entries_are_shown_before_they_are_due_and_end_after_they_begin(case in any_claim()) {
        let entries = case.work();
        let received = Day::in_ontario(case.claim.received_at);
        for (index, entry) in entries.iter().enumerate() {
            let is_first = entries[..index].iter().all(|it| it.task != entry.task);
            // What takes the place of an entry that ended may have been due before.
            prop_assert!(entry.shown_from <= entry.due_on.max(received) || !is_first, "{:#?}", entry);
            prop_assert!(entry.shown_until.is_none_or(|until| entry.shown_from <= until));
            prop_assert!(entry.shown_until.is_none_or(|until| received <= until));
            prop_assert!(!entry.because.is_empty());
        }
    }

    #[test]
    fn what_is_to_be_decided_or_sent_is_never_due_before_the_claim_came_in(case in any_claim()) {
        let received = Day::in_ontario(case.claim.received_at);
        let is_first = |it: &WorkEntry| matches!(it.task, WorkTask::Review | WorkTask::AskApproval | WorkTask::Correct);
        for entry in case.work().into_iter().filter(is_first) {
            prop_assert!(entry.due_on >= received, "{:#?}", entry);
        }
    }

    #[test]
    fn a_finding_is_reviewed_or_corrected_and_never_both(case in any_claim()) {
        let text = |task| {
            let entries = case.entries(task).into_iter();
            entries.map(|it| it.because).collect::<String>()
        };
        let (review, correct) = (text(WorkTask::Review), text(WorkTask::Correct));
        for code in CODES {
            prop_assert!(!(review.contains(code) && correct.contains(code)), "{}", code);
        }
        if case.claim.status == Status::NeedsReview {
            prop_assert!(!(review.is_empty() && correct.is_empty()), "somebody has to look");
        }
    }

    #[test]
    fn the_same_claim_has_the_same_work(case in any_claim()) {
        prop_assert_eq!(case.work(), case.work());
    }
}
