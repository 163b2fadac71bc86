//! Which tasks a claim gives, and what they say.

use serde_json::json;

use super::*;
use crate::{
    claims::{
        lifecycle::Step,
        review::{Review, SettledFinding},
    },
    values::closed_enum::ClosedEnum,
    work::WorkStep,
};

#[test]
fn steps_are_the_operations_of_a_claims_life() {
    for (step, operation) in [
        (WorkStep::Review, Step::Review),
        (WorkStep::Send, Step::Send),
        (WorkStep::EnterAnswer, Step::Answer),
        (WorkStep::Appeal, Step::Appeal),
        (WorkStep::Correct, Step::Replace),
    ] {
        assert_eq!(step.word(), operation.rule().operation);
    }
    let id = ClaimId::from(Uuid::from_u128(7));
    assert_eq!(
        WorkStep::Review.for_claim(id),
        "POST /v1/claims/00000000-0000-0000-0000-000000000007/reviews"
    );
}

#[test]
fn each_status_has_its_tasks() {
    use WorkTask::{AppealOrRebill, Chase, Review, Send};
    for (status, tasks) in [
        (Status::NeedsReview, &[Review][..]),
        (Status::NeedsPreauthorization, &[]),
        (Status::Ready, &[Send]),
        (Status::Submitted, &[Chase]),
        (Status::Paid, &[]),
        (Status::PartiallyPaid, &[Send, AppealOrRebill]),
        (Status::Denied, &[Send, AppealOrRebill]),
        (Status::Appealed, &[Chase]),
        (Status::Void, &[]),
        (Status::Replaced, &[]),
    ] {
        let mut case = case(status).sent(AUTO, "2026-06-03");
        if matches!(
            status,
            Status::PartiallyPaid | Status::Denied | Status::Appealed
        ) {
            case = case.answered(AUTO, "2026-06-20", (0, 15_000));
        }
        assert_eq!(case.tasks(), tasks, "{status:?}");
    }
}

#[test]
fn a_review_names_open_findings_of_severity_review() {
    let case = case(Status::NeedsReview)
        .finding("possible_duplicate", "review", "/items/0")
        .finding("possible_duplicate", "review", "/items/1")
        .finding("federal_program", "review", "/items/0")
        .finding("minor_injury_cap", "warning", "/items/0");
    let entry = case.entry(WorkTask::Review);
    assert_eq!(
        entry.because,
        "A person decides. Open findings: possible_duplicate, federal_program."
    );
    assert_eq!(entry.shown_from, day("2026-06-02"));
    assert_eq!(case.tasks(), [WorkTask::Review]);
}

#[test]
fn a_review_without_findings_names_the_rules() {
    let case = case(Status::NeedsReview).decided("mva", "needs_review", &[]);
    let entry = case.entry(WorkTask::Review);
    assert_eq!(entry.because, "A person decides, by the rule a-rule.");
}

fn review_that_settles(code: &str) -> Review {
    Review {
        reason: "Seen.".into(),
        reviewed_at: noon("2026-06-03"),
        reviewed_by: someone(),
        items: Vec::new(),
        decided: Vec::new(),
        settles: vec![code.to_owned()],
        findings: vec![SettledFinding {
            code: code.to_owned(),
            pointer: "/items/0".to_owned(),
            related_claim: None,
        }],
        exceptions: Vec::new(),
        outdated: false,
    }
}

#[test]
fn settled_findings_are_not_named_while_the_review_counts() {
    let mut case = case(Status::NeedsReview)
        .finding("possible_duplicate", "review", "/items/0")
        .finding("federal_program", "review", "/items/0");
    let mut review = review_that_settles("possible_duplicate");
    case.claim.review = Some(review.clone());
    let because = |case: &Case| case.entry(WorkTask::Review).because;
    assert_eq!(
        because(&case),
        "A person decides. Open findings: federal_program."
    );
    review.outdated = true;
    case.claim.review = Some(review);
    assert_eq!(
        because(&case),
        "A person decides. Open findings: possible_duplicate, federal_program."
    );
}

#[test]
fn what_only_a_correction_mends_is_corrected_and_not_reviewed() {
    let mut case = case(Status::NeedsReview)
        .decided("mva", "needs_review", &[])
        .finding("coverage_missing", "review", "/coverages");
    assert_eq!(case.tasks(), [WorkTask::Correct]);
    let entry = case.entry(WorkTask::Correct);
    assert_eq!(
        entry.because,
        "Something in the claim is wrong or missing: coverage_missing. Send the corrected claim with `replaces`, or settle what is right."
    );
    assert_eq!(entry.due_on, day("2026-06-03"));
    assert_eq!(entry.step, WorkStep::Correct);
    case = case.finding("possible_duplicate", "review", "/items/0");
    assert_eq!(case.tasks(), [WorkTask::Review, WorkTask::Correct]);
    let review = case.entry(WorkTask::Review);
    assert!(
        !review.because.contains("coverage_missing"),
        "{}",
        review.because
    );
}

#[test]
fn a_warning_is_corrected_before_the_claim_is_sent_unless_it_is_settled() {
    let mut case = case(Status::Ready).finding("claim_number_unusual", "warning", "/items/0");
    assert_eq!(case.tasks(), [WorkTask::Send, WorkTask::Correct]);
    case.claim.review = Some(review_that_settles("claim_number_unusual"));
    assert_eq!(case.tasks(), [WorkTask::Send]);
    case.claim.review = None;
    case = case.sent(AUTO, "2026-06-03");
    case.claim.status = Status::Submitted;
    assert_eq!(case.tasks(), [WorkTask::Chase]);
}

#[test]
fn an_approval_is_asked_for_by_its_form() {
    for (payer, form, because) in [
        (
            "mva",
            "ocf_18",
            "The auto insurer has to approve item 1 first: send an OCF-18 (treatment and assessment plan) and enter it in the ledger as pending.",
        ),
        (
            "mva",
            "ocf_23",
            "The auto insurer has to approve item 1 first: send an OCF-23 (treatment confirmation) and enter it in the ledger as pending.",
        ),
        (
            "wsib",
            "wsib_approval",
            "WSIB has to approve item 1 first: ask for WSIB's approval and enter it in the ledger as pending.",
        ),
        (
            "private",
            "predetermination",
            "The private plan has to approve item 1 first: ask for a predetermination and enter it in the ledger as pending.",
        ),
    ] {
        let case = case(Status::NeedsPreauthorization);
        let case = case.decided(payer, "needs_preauthorization", &[form]);
        let entry = case.entry(WorkTask::AskApproval);
        let (asked, names_none) = entry
            .because
            .split_once(" The claim names")
            .expect("two sentences");
        assert_eq!(asked, because);
        assert!(names_none.contains("`replaces`"), "{names_none}");
        assert_eq!(entry.due_on, day("2026-06-03"));
        assert_eq!(entry.basis.as_deref(), Some("A source"));
        assert_eq!(entry.step, WorkStep::EnterApproval);
    }
}

#[test]
fn a_pending_approval_that_fits_is_chased_and_not_asked_for_again() {
    let case = case(Status::NeedsPreauthorization);
    let case = case.decided("mva", "needs_preauthorization", &["ocf_18"]);
    let pending = PreauthorizationStatus::Pending;
    let fits = case
        .clone()
        .approval(PreauthorizationKind::Ocf18, pending, "2026-06-02");
    assert_eq!(fits.tasks(), [WorkTask::Chase]);
    // Stem cells after an OCF-23, or a plan for something else, are still to be asked for.
    let mut other = fits.clone();
    other.approvals[0].entry.kind = PreauthorizationKind::Ocf23;
    assert_eq!(other.tasks(), [WorkTask::AskApproval, WorkTask::Chase]);
    let mut over = fits;
    over.approvals[0].entry.valid_to = Some(day("2026-05-31"));
    assert_eq!(over.tasks(), [WorkTask::AskApproval, WorkTask::Chase]);
}

#[test]
fn nothing_is_sent_before_it_is_given() {
    let case = case(Status::Ready)
        .put("/items/0/service_date", json!("2026-06-12"))
        .decided("mva", "ready", &["ocf_21b"]);
    let entry = case.entry(WorkTask::Send);
    assert_eq!(
        entry.because,
        "Send it to the auto insurer (coverage 0). The auto insurer's invoice is an OCF-21B."
    );
    assert_eq!(entry.shown_from, day("2026-06-12"));
    assert_eq!(entry.due_on, day("2026-06-15"));
    assert_eq!(entry.payer, Some(BilledParty::Mva));
}

#[test]
fn a_refusal_is_contested_or_goes_to_the_next_payer() {
    let case = case(Status::PartiallyPaid)
        .sent(AUTO, "2026-06-03")
        .answered(AUTO, "2026-06-19", (10_000, 5_000));
    let send = case.entry(WorkTask::Send);
    assert_eq!(
        send.because,
        "Send what is left to the private plan (coverage 1) ($50.00 of item 1)."
    );
    assert_eq!(send.due_on, day("2026-06-22"));
    assert_eq!(send.basis, None);
    let refused = case.entry(WorkTask::AppealOrRebill);
    assert_eq!(
        refused.because,
        "The auto insurer (coverage 0) refused $50.00 of item 1 (remittance R-1, entered on 2026-06-19). Appeal, or bill whoever is next."
    );
    assert_eq!(refused.payer, Some(BilledParty::Mva));
    assert_eq!(refused.due_on, day("2026-06-22"));
    let paid_by_the_next = case.answered(PLAN, "2026-07-02", (5_000, 0));
    assert_eq!(paid_by_the_next.tasks(), []);
}

#[test]
fn the_last_word_of_an_insurer_counts() {
    let case = case(Status::Denied)
        .due(&[AUTO])
        .answered(AUTO, "2026-06-19", (0, 15_000))
        .answered(AUTO, "2026-07-10", (0, 12_000));
    let refused = case.entry(WorkTask::AppealOrRebill);
    assert!(
        refused
            .because
            .contains("$120.00 of item 1 (remittance R-2"),
        "{}",
        refused.because
    );
}

#[test]
fn what_is_neither_paid_nor_refused_is_chased() {
    let case = case(Status::PartiallyPaid)
        .due(&[PATIENT])
        .sent(PATIENT, "2026-06-03")
        .answered(PATIENT, "2026-06-19", (10_000, 0));
    let entry = case.entry(WorkTask::Chase);
    assert_eq!(entry.due_on, day("2026-07-20"));
    assert!(
        entry
            .because
            .starts_with("$50.00 is outstanding. The patient answered on 2026-06-19"),
        "{}",
        entry.because
    );
    assert_eq!(case.tasks(), [WorkTask::Chase]);
}

#[test]
fn a_payer_who_answered_about_some_items_is_chased_for_the_others() {
    let mut case = case(Status::PartiallyPaid);
    let item = case.body["items"][0].clone();
    case.body["items"] = json!([item, item]);
    let mut due = PayersDue::default();
    due.add(1, &[AUTO]);
    due.add(2, &[AUTO]);
    case.claim.payers_due = Some(due);
    let case = case
        .sent(AUTO, "2026-06-03")
        .answered(AUTO, "2026-06-19", (15_000, 0));
    assert_eq!(case.tasks(), [WorkTask::Chase]);
    let entry = case.entry(WorkTask::Chase);
    assert_eq!(entry.due_on, day("2026-07-04"));
    assert!(
        entry.because.contains("has not answered about item 2"),
        "{}",
        entry.because
    );
    assert!(
        entry.because.contains("on $150.00: $1.50"),
        "{}",
        entry.because
    );
}

#[test]
fn an_appeal_is_chased_30_days_after_the_last_answer() {
    let case =
        case(Status::Appealed)
            .sent(AUTO, "2026-06-03")
            .answered(AUTO, "2026-06-19", (0, 15_000));
    let entry = case.entry(WorkTask::Chase);
    assert_eq!(entry.due_on, day("2026-07-20"));
    assert_eq!(entry.payer, Some(BilledParty::Mva));
    assert_eq!(entry.basis, None);
}

#[test]
fn decisions_that_say_little_or_nothing_are_read() {
    for decision in [
        json!({}),
        json!({"items": [{"sequence": 1}]}),
        json!([]),
        json!("?"),
    ] {
        let mut case = case(Status::NeedsReview);
        case.decision = decision.clone();
        let entry = case.entry(WorkTask::Review);
        assert_eq!(entry.because, "A person decides.", "{decision}");
    }
    let mut old = case(Status::Ready);
    old.claim.payers_due = None;
    assert_eq!(
        old.entry(WorkTask::Send).because,
        "Send it to the auto insurer."
    );
}
