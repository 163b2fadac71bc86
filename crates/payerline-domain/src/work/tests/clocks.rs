//! Each clock on known days, with holidays and ends of months.

use serde_json::json;

use super::*;
use crate::work::{WorkStep, interest_for_a_month};

const PENDING: PreauthorizationStatus = PreauthorizationStatus::Pending;

/// The day on which an approval that was entered on a day is late.
fn late_on(kind: PreauthorizationKind, entered_on: &str) -> Day {
    let case = case(Status::NeedsPreauthorization).approval(kind, PENDING, entered_on);
    let case = case.decided("mva", "needs_preauthorization", &[]);
    let entry = case.entry(WorkTask::Chase);
    assert_eq!(entry.shown_from, entry.due_on);
    assert_eq!(entry.shown_until, None);
    entry.due_on
}

#[test]
fn an_ocf_18_is_late_on_the_11th_business_day() {
    for (entered_on, late) in [
        // Two weeks without a holiday.
        ("2026-06-08", "2026-06-23"),
        // Entered on a Saturday: Monday is the first day.
        ("2026-06-06", "2026-06-22"),
        // Christmas; Boxing Day is a Saturday.
        ("2026-12-14", "2026-12-30"),
        ("2026-12-21", "2027-01-07"),
        // Christmas is a Saturday, so Monday 27 December is a holiday.
        ("2027-12-20", "2028-01-05"),
        // Family Day.
        ("2026-02-09", "2026-02-25"),
        // Good Friday is a holiday, Easter Monday is none.
        ("2026-03-30", "2026-04-15"),
        // 30 September is a business day, Thanksgiving is none.
        ("2026-09-28", "2026-10-14"),
        // The Civic Holiday and Remembrance Day are business days.
        ("2026-07-27", "2026-08-11"),
        ("2026-11-02", "2026-11-17"),
    ] {
        let found = late_on(PreauthorizationKind::Ocf18, entered_on);
        assert_eq!(found, day(late), "{entered_on}");
    }
}

#[test]
fn an_ocf_23_is_late_on_the_6th_business_day() {
    for (entered_on, late) in [
        ("2026-06-08", "2026-06-16"),
        // Canada Day is a Wednesday.
        ("2026-06-26", "2026-07-07"),
        ("2026-09-28", "2026-10-06"),
        ("2026-12-21", "2026-12-30"),
        // Victoria Day.
        ("2026-05-14", "2026-05-25"),
    ] {
        let found = late_on(PreauthorizationKind::Ocf23, entered_on);
        assert_eq!(found, day(late), "{entered_on}");
    }
}

#[test]
fn an_unanswered_ocf_18_is_never_called_approved() {
    let case = case(Status::NeedsPreauthorization)
        .decided("mva", "needs_preauthorization", &[])
        .approval(PreauthorizationKind::Ocf18, PENDING, "2026-06-08");
    let entry = case.entry(WorkTask::Chase);
    assert_eq!(
        entry.because,
        "OCF-18 A-1 is unanswered. Counted from 2026-06-08, when it was entered, the insurer's 10 business days end on 2026-06-22; \
         from 2026-06-23, the 11th, it may not plead the Minor Injury Guideline and pays until it answers. That is no approval."
    );
    assert_eq!(
        entry.basis.as_deref(),
        Some("SABS (O. Reg. 34/10) s.38(8), (11)")
    );
    assert_eq!(entry.payer, Some(BilledParty::Mva));
    assert_eq!(entry.step, WorkStep::FindApproval);
}

#[test]
fn other_approvals_are_asked_about_after_30_days_without_a_law() {
    for kind in [
        PreauthorizationKind::WsibApproval,
        PreauthorizationKind::Predetermination,
    ] {
        assert_eq!(late_on(kind, "2026-06-08"), day("2026-07-09"));
        let case = case(Status::NeedsPreauthorization).approval(kind, PENDING, "2026-06-08");
        assert_eq!(case.entry(WorkTask::Chase).basis, None);
    }
}

#[test]
fn an_auto_invoice_is_late_after_30_days_and_bears_interest() {
    for (sent_on, pay_by, late) in [
        ("2026-06-03", "2026-07-03", "2026-07-04"),
        ("2026-01-31", "2026-03-02", "2026-03-03"),
        ("2028-01-30", "2028-02-29", "2028-03-01"),
        ("2026-12-02", "2027-01-01", "2027-01-02"),
    ] {
        let case = case(Status::Submitted).sent(AUTO, sent_on);
        let entry = case.entry(WorkTask::Chase);
        assert_eq!((entry.due_on, entry.shown_from), (day(late), day(late)));
        assert_eq!(
            entry.because,
            format!(
                "The auto insurer (coverage 0) was sent the claim on {sent_on} and has not answered about the claim. Payment is due by \
                 {pay_by}; after that it owes interest of 1 % a month on $150.00: $1.50 for a full month."
            )
        );
        assert_eq!(
            entry.basis.as_deref(),
            Some("SABS (O. Reg. 34/10) s.51; bulletin A-03/15")
        );
        assert_eq!(entry.step, WorkStep::EnterAnswer);
    }
}

#[test]
fn interest_is_one_percent_with_half_a_cent_rounded_up() {
    for (owed, interest) in [
        (0, 0),
        (49, 0),
        (50, 1),
        (149, 1),
        (150, 2),
        (450_000, 4_500),
    ] {
        let found = interest_for_a_month(Cents::from_stored(owed));
        assert_eq!(found.get(), interest, "{owed}");
    }
}

#[test]
fn other_payers_are_asked_after_30_days_without_a_law() {
    for due in [PLAN, PATIENT] {
        let case = case(Status::Submitted).due(&[due]).sent(due, "2026-06-03");
        let entry = case.entry(WorkTask::Chase);
        assert_eq!(entry.due_on, day("2026-07-04"));
        assert_eq!(entry.basis, None);
        assert!(entry.because.contains("working rule"), "{}", entry.because);
    }
}

#[test]
fn ohip_takes_a_service_for_three_calendar_months() {
    for (service, received, due) in [
        ("2026-06-01", "2026-06-02", "2026-09-01"),
        // Months without such a day end it.
        ("2025-11-30", "2025-12-01", "2026-02-28"),
        ("2027-11-30", "2027-12-01", "2028-02-29"),
        ("2026-08-31", "2026-09-01", "2026-11-30"),
        ("2026-12-31", "2027-01-04", "2027-03-31"),
        // The last day still counts.
        ("2026-03-02", "2026-06-02", "2026-06-02"),
        // The clock ran out before the claim came in: the next business day.
        ("2026-03-01", "2026-06-02", "2026-06-03"),
    ] {
        let case = case(Status::NeedsReview)
            .put("/items/0/insured_by_ohip", json!("yes"))
            .put("/items/0/service_date", json!(service))
            .decided("uncovered", "needs_review", &[])
            .received(received)
            .due(&[]);
        let entry = case.entry(WorkTask::Review);
        assert_eq!(entry.due_on, day(due), "{service}");
        assert_eq!(
            entry.basis.as_deref(),
            Some("OHIP bulletin 231001: services are claimed within three months")
        );
    }
}

#[test]
fn ohips_clock_runs_where_it_is_asked_whether_it_insures_the_service() {
    let unknown = case(Status::NeedsReview)
        .put("/items/0/insured_by_ohip", json!("unknown"))
        .due(&[]);
    assert_eq!(unknown.entry(WorkTask::Review).basis, None);
    let asked = unknown.finding("ohip_insured_unknown", "review", "/items/0/insured_by_ohip");
    let entry = asked.entry(WorkTask::Review);
    assert_eq!(entry.due_on, day("2026-09-01"));
    assert_eq!(
        entry.because,
        "A person decides. Open findings: ohip_insured_unknown. OHIP takes the service of 2026-06-01 until 2026-09-01, if it insures it."
    );
}

#[test]
fn what_work_caused_has_no_clock_of_ohip() {
    for (accident, runs) in [
        (json!({"cause": "work", "date": "2026-05-02"}), false),
        (
            json!({"cause": "auto_at_work", "date": "2026-05-02"}),
            false,
        ),
        (
            json!({"cause": "auto_at_work", "date": "2026-05-02", "wsia_election": "sue"}),
            true,
        ),
        (
            json!({"cause": "work", "date": "2026-05-02", "employer_covered": "no"}),
            true,
        ),
        (json!({"cause": "auto", "date": "2026-05-02"}), true),
    ] {
        let case = case(Status::NeedsReview)
            .put("/items/0/insured_by_ohip", json!("yes"))
            .put("/accident", accident.clone())
            .due(&[]);
        assert_eq!(
            case.entry(WorkTask::Review).basis.is_some(),
            runs,
            "{accident}"
        );
    }
}

#[test]
fn a_private_plan_that_is_first_has_31_days_over_eclaims() {
    let first = case(Status::Ready).due(&[PLAN]);
    let entry = first.entry(WorkTask::Send);
    assert_eq!(entry.due_on, day("2026-07-02"));
    assert_eq!(
        entry.because,
        "Send it to the private plan (coverage 1). TELUS eClaims takes the service of 2026-06-01 until 2026-07-02, if the plan is billed that way."
    );
    for case in [
        case(Status::Ready),
        first.put("/coverages/1/kind", json!("federal")),
    ] {
        let entry = case.entry(WorkTask::Send);
        assert_eq!(entry.due_on, day("2026-06-03"));
        assert_eq!(entry.basis, None);
    }
}

#[test]
fn a_form_8_is_due_two_days_after_the_first_visit() {
    for (received, due) in [
        ("2026-06-02", "2026-06-03"),
        ("2026-06-03", "2026-06-03"),
        // It is late, and due by the next business day: a Monday.
        ("2026-06-05", "2026-06-08"),
    ] {
        let case = case(Status::NeedsReview)
            .decided("wsib", "needs_review", &["form_8"])
            .received(received)
            .due(&[]);
        let entry = case.entry(WorkTask::Review);
        assert_eq!(entry.due_on, day(due), "{received}");
        assert!(
            entry.because.contains("due on 2026-06-03, 48 hours after"),
            "{}",
            entry.because
        );
        assert_eq!(entry.basis.as_deref(), Some("WSIB: Form 8 within 48 hours"));
    }
}

#[test]
fn without_a_clock_a_claim_is_looked_at_by_the_next_business_day() {
    for (received, due) in [
        ("2026-06-02", "2026-06-03"),
        ("2026-06-05", "2026-06-08"),
        ("2026-12-24", "2026-12-28"),
        ("2026-09-29", "2026-09-30"),
    ] {
        let case = case(Status::NeedsReview).received(received);
        assert_eq!(case.entry(WorkTask::Review).due_on, day(due), "{received}");
    }
}
