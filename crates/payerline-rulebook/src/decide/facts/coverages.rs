//! Which of a claim's coverages of a kind counts, in an order that does not depend on how they were sent.

use crate::table::vocabulary::CoverageState;
use payerline_domain::claims::{
    coverage::{Coverage, CoverageKind, CoverageStatus, Relationship},
    submission::Submission,
};

/// A coverage with its index in `coverages`.
pub type Indexed<'s> = (usize, &'s Coverage);

/// The state of a kind of coverage, and the coverage of it that counts.
#[derive(Debug, Clone, Copy)]
pub struct Pick<'s> {
    pub state: CoverageState,
    /// The coverage chosen among the active and pending ones.
    pub chosen: Option<Indexed<'s>>,
}

impl Pick<'_> {
    pub const NONE: Self = Self {
        state: CoverageState::None,
        chosen: None,
    };
}

pub fn coverages_of_kind(
    submission: &Submission,
    kind: CoverageKind,
) -> impl Iterator<Item = Indexed<'_>> + Clone {
    let coverages = submission.coverages.iter().enumerate();
    coverages.filter(move |(_, it)| it.kind == kind)
}

pub fn pick<'s>(mut matching: impl Iterator<Item = Indexed<'s>> + Clone) -> Pick<'s> {
    let usable = matching.clone().filter(|(_, it)| !it.is_denied());
    match usable.min_by_key(preference) {
        Some(best) => chosen(best),
        None if matching.next().is_none() => Pick::NONE,
        None => Pick {
            state: CoverageState::Denied,
            chosen: None,
        },
    }
}

/// The smaller is preferred: own before spouse's before child's, active before pending, then as sent.
fn preference((index, coverage): &Indexed<'_>) -> (Relationship, bool, usize) {
    let pending = coverage.status == CoverageStatus::Pending;
    (coverage.relation(), pending, *index)
}

pub fn chosen(coverage: Indexed<'_>) -> Pick<'_> {
    let pending = coverage.1.status == CoverageStatus::Pending;
    Pick {
        state: if pending {
            CoverageState::Pending
        } else {
            CoverageState::Active
        },
        chosen: Some(coverage),
    }
}
