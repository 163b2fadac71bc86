//! Changes of the insurances: what was left out, what a plan covers, what an insurer confirms.

use crate::explain::{
    change::{Change, ChangeKind, Edit},
    phrases::{self, categories},
};
use crate::{decide::coverages, table::vocabulary::CoverageState};
use payerline_domain::{
    claims::{
        accident::AccidentCause,
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
pub fn find(claim: &Submission, ledger: &Ledger) -> Vec<Change> {
    let billed = billed_categories(claim);
    let mut changes: Vec<Change> = missing(claim).into_iter().collect();
    changes.extend(new_plan(claim, &billed));
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
    let mut billed: Vec<Category> = claim.items.iter().map(|item| item.category).collect();
    billed.sort_unstable();
    billed.dedup();
    billed
}

/// The coverage of the insurer responsible for the accident, if the claim gives none in force.
fn missing(claim: &Submission) -> Option<Change> {
    let (kind, state) = match claim.accident?.cause {
        AccidentCause::Auto => (CoverageKind::Auto, coverages::auto(claim).state),
        AccidentCause::Work => (CoverageKind::Wsib, coverages::wsib(claim).state),
        AccidentCause::AutoAtWork | AccidentCause::Other => return None,
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
    Some(Change {
        kind: ChangeKind::CoverageGiven,
        edit: Edit::Coverage(coverage),
        given: format!("If the claim gave the {what}"),
    })
}

/// A plan of the patient's that nobody mentioned, unless there is one already.
fn new_plan(claim: &Submission, billed: &[Category]) -> Option<Change> {
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
    Some(Change {
        kind: ChangeKind::PlanGiven,
        edit: Edit::Coverage(coverage),
        given: format!(
            "If the patient has a private plan that lists {} as covered and the claim gave it",
            categories(billed)
        ),
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
    Some(Change {
        kind,
        edit: Edit::Status(index, CoverageStatus::Active),
        given,
    })
}

fn claim_number(index: usize, coverage: &Coverage) -> Option<Change> {
    if coverage.kind != CoverageKind::Wsib || coverage.claim_number.is_some() {
        return None;
    }
    Some(Change {
        kind: ChangeKind::ClaimNumberGiven,
        edit: Edit::ClaimNumber(index, Label::parse(CLAIM_NUMBER).ok()?),
        given: "If the claim gave the WSIB claim number".to_owned(),
    })
}

/// A plan of which the claim does not say what it covers, or that covers not all services of the claim.
fn plan(index: usize, coverage: &Coverage, billed: &[Category]) -> Vec<Change> {
    if coverage.kind != CoverageKind::Private || coverage.is_denied() {
        return Vec::new();
    }
    let insurer = phrases::insurer(coverage);
    let covers = |all: Vec<Category>, named: &[Category]| Change {
        kind: ChangeKind::PlanCovers,
        edit: Edit::Categories(index, all),
        given: format!(
            "If {insurer} covers {} and the claim listed that",
            categories(named)
        ),
    };
    let Some(known) = &coverage.covered_categories else {
        let does_not = Change {
            kind: ChangeKind::PlanDoesNotCover,
            edit: Edit::Categories(index, Vec::new()),
            given: format!(
                "If {insurer} covers no {} and the claim said so with an empty list",
                phrases::either(billed)
            ),
        };
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
    let mut all: Vec<Category> = known.iter().chain(&others).copied().collect();
    all.sort_unstable();
    all.dedup();
    vec![covers(all, &others)]
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
    Some(Change {
        kind: ChangeKind::MinorInjuryConfirmed,
        edit: Edit::MinorInjury(index),
        given: format!(
            "If {} treats the injury under the Minor Injury Guideline and the claim said so",
            phrases::insurer(coverage)
        ),
    })
}
