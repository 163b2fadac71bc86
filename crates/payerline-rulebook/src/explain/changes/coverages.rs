//! Changes of the insurances: what was left out, what a plan covers, what an insurer confirms.

use std::collections::BTreeSet;

use crate::explain::{
    change::{Change, ChangeKind},
    phrases::{self, categories},
};
use crate::{
    decide::facts::ClaimFacts,
    table::vocabulary::{Cause, CoverageState},
};
use payerline_domain::{
    claims::{
        coverage::{Coverage, CoverageKind, CoverageStatus},
        item::Category,
        submission::{MAX_COVERAGES, Submission},
    },
    preauthorizations::{Ledger, PreauthorizationKind},
    values::text::Label,
};

/// Stands for the claim number that WSIB gave, which only WSIB and the patient know.
const CLAIM_NUMBER: &str = "00000000";

/// The changes that may be tried.
pub fn find(
    claim: &Submission,
    ledger: &Ledger,
    facts: &ClaimFacts<'_>,
    is_later_edition: bool,
) -> Vec<Change> {
    let billed = billed_categories(claim);
    let mut changes: Vec<Change> = missing(claim, facts).into_iter().collect();
    changes.extend(new_plan(claim, &billed, is_later_edition));
    for (index, coverage) in claim.coverages.iter().enumerate() {
        changes.extend(status(index, coverage));
        changes.extend(claim_number(index, coverage));
        changes.extend(plan(index, coverage, &billed));
        changes.extend(minor_injury(index, coverage, ledger));
    }
    changes
}

/// The categories of the claim's items, each once.
fn billed_categories(claim: &Submission) -> Vec<Category> {
    let billed: BTreeSet<Category> = claim.items.iter().map(|item| item.category).collect();
    billed.into_iter().collect()
}

/// The coverage of the insurer responsible for the accident, if the claim gives none in force.
fn missing(claim: &Submission, facts: &ClaimFacts<'_>) -> Option<Change> {
    let (kind, state) = match facts.accident.cause {
        Cause::Auto => (CoverageKind::Auto, facts.auto.state),
        Cause::Work => (CoverageKind::Wsib, facts.wsib.state),
        Cause::None | Cause::AutoAtWork | Cause::Other => return None,
    };
    if state != CoverageState::None || !has_room(claim) {
        return None;
    }
    let mut coverage = active(kind);
    let what = match kind {
        CoverageKind::Wsib => {
            coverage.claim_number = Label::parse(CLAIM_NUMBER).ok();
            "WSIB coverage with its claim number"
        }
        _ => "coverage of the auto insurer that was in force on the day of the accident",
    };
    let given = format!("If the claim gave the {what}");
    Some(added(ChangeKind::CoverageGiven, given, coverage))
}

/// A plan of the patient's that nobody mentioned, unless there is one already.
fn new_plan(claim: &Submission, billed: &[Category], is_later_edition: bool) -> Option<Change> {
    let has_plan = claim
        .coverages
        .iter()
        .any(|coverage| coverage.kind == CoverageKind::Private && !coverage.is_denied());
    if has_plan || !has_room(claim) {
        return None;
    }
    let coverage = Coverage {
        covered_categories: Some(billed.to_vec()),
        ..active(CoverageKind::Private)
    };
    let who = if is_later_edition {
        "you have"
    } else {
        "the patient has"
    };
    let given = format!(
        "If {who} a private plan that lists {} as covered and the claim gave it",
        categories(billed)
    );
    Some(added(ChangeKind::PlanGiven, given, coverage))
}

fn added(kind: ChangeKind, given: String, coverage: Coverage) -> Change {
    Change::new(kind, given, "/coverages/-", coverage, |claim, coverage| {
        claim.coverages.push(coverage);
    })
}

fn has_room(claim: &Submission) -> bool {
    claim.coverages.len() < MAX_COVERAGES
}

fn active(kind: CoverageKind) -> Coverage {
    Coverage {
        kind,
        insurer: None,
        policy_number: None,
        claim_number: None,
        effective_date: None,
        status: CoverageStatus::Active,
        minor_injury_guideline: false,
        relationship: None,
        covered_categories: None,
        covered_professions: None,
        end_date: None,
        member_id: None,
        subscriber: None,
        program: None,
        priority: None,
    }
}

fn status(index: usize, coverage: &Coverage) -> Option<Change> {
    if coverage.kind == CoverageKind::Ohip {
        return None;
    }
    let insurer = phrases::insurer(coverage);
    let (kind, given) = match coverage.status {
        CoverageStatus::Pending => (
            ChangeKind::CoverageConfirmed,
            format!("If {insurer} confirmed its coverage"),
        ),
        CoverageStatus::Denied => (
            ChangeKind::CoverageReconsidered,
            format!("If {insurer} took its refusal of the coverage back"),
        ),
        CoverageStatus::Active | CoverageStatus::Exhausted => return None,
    };
    let status = ("status", CoverageStatus::Active);
    Some(Change::of_coverage(
        kind,
        given,
        index,
        status,
        |it, status| it.status = status,
    ))
}

fn claim_number(index: usize, coverage: &Coverage) -> Option<Change> {
    if coverage.kind != CoverageKind::Wsib || coverage.claim_number.is_some() {
        return None;
    }
    Some(Change::of_coverage(
        ChangeKind::ClaimNumberGiven,
        "If the claim gave the WSIB claim number".to_owned(),
        index,
        ("claim_number", Label::parse(CLAIM_NUMBER).ok()?),
        |coverage, number| coverage.claim_number = Some(number),
    ))
}

/// A plan of which the claim does not say what it covers, or that covers not all services of the claim.
fn plan(index: usize, coverage: &Coverage, billed: &[Category]) -> Vec<Change> {
    if coverage.kind != CoverageKind::Private || coverage.is_denied() {
        return Vec::new();
    }
    let insurer = phrases::insurer(coverage);
    let lists = |kind, given, listed: Vec<Category>| {
        let listed = ("covered_categories", listed);
        Change::of_coverage(kind, given, index, listed, |coverage, listed| {
            coverage.covered_categories = Some(listed);
        })
    };
    let covers = |all, named: &[Category]| {
        let named = categories(named);
        let given = format!("If {insurer} covers {named} and the claim listed that");
        lists(ChangeKind::PlanCovers, given, all)
    };
    let Some(known) = &coverage.covered_categories else {
        let none = phrases::either(billed);
        let given =
            format!("If {insurer} covers no {none} and the claim said so with an empty list");
        let does_not = lists(ChangeKind::PlanDoesNotCover, given, Vec::new());
        return vec![covers(billed.to_vec(), billed), does_not];
    };
    let others: Vec<Category> = billed
        .iter()
        .copied()
        .filter(|category| !known.contains(category))
        .collect();
    if others.is_empty() {
        return Vec::new();
    }
    let all: BTreeSet<Category> = known.iter().chain(&others).copied().collect();
    vec![covers(all.into_iter().collect(), &others)]
}

/// Counts only where there is a treatment confirmation (OCF-23) to rely on.
fn minor_injury(index: usize, coverage: &Coverage, ledger: &Ledger) -> Option<Change> {
    let has_confirmation = ledger
        .preauthorizations
        .iter()
        .any(|entry| entry.kind == PreauthorizationKind::Ocf23);
    if coverage.kind != CoverageKind::Auto || coverage.minor_injury_guideline || !has_confirmation {
        return None;
    }
    Some(Change::of_coverage(
        ChangeKind::MinorInjuryConfirmed,
        format!(
            "If {} treats the injury under the Minor Injury Guideline and the claim said so",
            phrases::insurer(coverage)
        ),
        index,
        ("minor_injury_guideline", true),
        |coverage, applies| coverage.minor_injury_guideline = applies,
    ))
}
