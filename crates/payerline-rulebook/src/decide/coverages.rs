//! Which of a claim's coverages counts for an item: by kind, in force, in an order that does not
//! depend on how they were sent.

use crate::table::vocabulary::{Cause, CoverageState, PlanListing};
use payerline_domain::{
    claims::{
        accident::{Accident, AccidentCause},
        coverage::{Coverage, CoverageKind, CoverageStatus, Relationship},
        item::{Category, Item},
        submission::Submission,
    },
    values::text::Line,
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
    const NONE: Self = Self {
        state: CoverageState::None,
        chosen: None,
    };
}

/// The accident's cause as a fact.
pub fn cause(accident: Option<Accident>) -> Cause {
    match accident.map(|accident| accident.cause) {
        None => Cause::None,
        Some(AccidentCause::Auto) => Cause::Auto,
        Some(AccidentCause::Work) => Cause::Work,
        Some(AccidentCause::AutoAtWork) => Cause::AutoAtWork,
        Some(AccidentCause::Other) => Cause::Other,
    }
}

/// The auto coverage that matches a car accident, also one at work.
pub fn auto(submission: &Submission) -> Pick<'_> {
    pick(auto_coverages(submission))
}

/// True if an auto coverage that matches and is not denied is under the Minor Injury Guideline.
pub fn any_minor_injury(submission: &Submission) -> bool {
    let mut usable = auto_coverages(submission).filter(|(_, it)| !it.is_denied());
    usable.any(|(_, it)| it.minor_injury_guideline)
}

/// The WSIB coverage that matches a work injury, also a car accident at work.
pub fn wsib(submission: &Submission) -> Pick<'_> {
    pick(wsib_coverages(submission))
}

/// True if a WSIB coverage that matches and is not denied has a claim number.
pub fn any_wsib_claim_number(submission: &Submission) -> bool {
    let mut usable = wsib_coverages(submission).filter(|(_, it)| !it.is_denied());
    usable.any(|(_, it)| it.claim_number.is_some())
}

fn auto_coverages(submission: &Submission) -> impl Iterator<Item = Indexed<'_>> + Clone {
    matching_coverages(submission, CoverageKind::Auto, AccidentCause::Auto)
}

fn wsib_coverages(submission: &Submission) -> impl Iterator<Item = Indexed<'_>> + Clone {
    matching_coverages(submission, CoverageKind::Wsib, AccidentCause::Work)
}

/// The coverages of a kind, in force on the day of the accident, when the accident has the cause
/// that they match or is a car accident at work, which concerns both insurers.
fn matching_coverages(
    submission: &Submission,
    kind: CoverageKind,
    cause: AccidentCause,
) -> impl Iterator<Item = Indexed<'_>> + Clone {
    let concerns = |it: &Accident| it.cause == cause || it.cause == AccidentCause::AutoAtWork;
    let day = submission.accident.filter(concerns).map(|it| it.date);
    coverages_of_kind(submission, kind)
        .filter(move |(_, it)| day.is_some_and(|day| it.in_force_on(day)))
}

fn coverages_of_kind(
    submission: &Submission,
    kind: CoverageKind,
) -> impl Iterator<Item = Indexed<'_>> + Clone {
    let coverages = submission.coverages.iter().enumerate();
    coverages.filter(move |(_, it)| it.kind == kind)
}

fn pick<'s>(mut matching: impl Iterator<Item = Indexed<'s>> + Clone) -> Pick<'s> {
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

fn chosen(coverage: Indexed<'_>) -> Pick<'_> {
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

/// The private plans of a claim that are not denied, the preferred ones first.
pub struct PreferredPlans<'s>(Vec<Indexed<'s>>);

impl<'s> PreferredPlans<'s> {
    pub fn from_claim(submission: &'s Submission) -> Self {
        let plans = coverages_of_kind(submission, CoverageKind::Private);
        let mut plans: Vec<_> = plans.filter(|(_, plan)| !plan.is_denied()).collect();
        plans.sort_by_key(preference);
        Self(plans)
    }

    /// The plans in force on the item's service date, and which of them counts.
    pub fn for_item(&self, item: &Item) -> PrivatePlans<'s> {
        let plans = self.0.iter().copied();
        let in_force = plans.filter(|(_, plan)| plan.in_force_on(item.service_date));
        let listing = |(_, plan): Indexed<'_>| listing(plan, item.category);
        // The first of those that are equally good.
        let best = in_force.clone().min_by_key(|plan| rank(listing(*plan)));
        // Beside an auto insurer a plan counts whatever it lists.
        let mut active = in_force.filter(|(_, plan)| plan.status == CoverageStatus::Active);
        PrivatePlans {
            pick: best.map_or(Pick::NONE, chosen),
            listing: best.map_or(PlanListing::None, listing),
            active: active.next(),
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub struct PrivatePlans<'s> {
    /// The plan that counts: active or pending.
    pub pick: Pick<'s>,
    pub listing: PlanListing,
    /// The best active plan, whatever it lists: the one that shares an auto claim.
    pub active: Option<Indexed<'s>>,
}

impl PrivatePlans<'_> {
    /// The insurer of the plan that counts, as the claim writes it.
    pub fn insurer(&self) -> Option<&str> {
        let (_, plan) = self.pick.chosen?;
        plan.insurer.as_ref().map(Line::as_str)
    }
}

fn listing(plan: &Coverage, category: Category) -> PlanListing {
    match &plan.covered_categories {
        None => PlanListing::Silent,
        Some(listed) if listed.contains(&category) => PlanListing::Lists,
        Some(_) => PlanListing::ListsOthers,
    }
}

/// The first plan that lists the category, else the first that does not say.
fn rank(listing: PlanListing) -> u8 {
    match listing {
        PlanListing::Lists => 0,
        PlanListing::Silent => 1,
        PlanListing::ListsOthers | PlanListing::None => 2,
    }
}
