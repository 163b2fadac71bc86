//! Which of several private plans of a patient pays first (CLHIA guideline G4).

use super::coverages::Indexed;
use payerline_domain::{
    claims::coverage::{Coverage, CoverageStatus, Priority, Relationship},
    values::folding::fold,
};

/// The plan that pays first.
#[derive(Debug, Clone, Copy)]
pub struct FirstPlan<'s> {
    pub plan: Indexed<'s>,
    /// It came before an equally good one as sent, because a parent's birthday is missing.
    pub birthday_unknown: bool,
}

/// The first by `priority`, then own before spouse's before child's; of parents' plans the one whose subscriber has the
/// earlier birthday; then active before pending; then as sent.
pub fn first_plan<'s>(plans: impl Iterator<Item = Indexed<'s>> + Clone) -> Option<FirstPlan<'s>> {
    let rank = |(_, plan): &Indexed<'_>| (priority(plan), plan.relation());
    let best = plans.clone().map(|it| rank(&it)).min()?;
    let tied = plans.filter(|it| rank(it) == best);
    let (_, relation) = best;
    let are_parents = relation == Relationship::Child && tied.clone().nth(1).is_some();
    let birthday_unknown = are_parents && tied.clone().any(|(_, plan)| birthday(plan).is_none());
    let are_compared = are_parents && !birthday_unknown;
    let earliest = tied.clone().filter_map(|(_, plan)| birthday(plan)).min();
    let mut first_born = tied.clone().filter(|(_, plan)| birthday(plan) == earliest);
    let are_named = are_compared && first_born.all(|(_, plan)| folded_name(plan).is_some());
    let first = tied.min_by_key(|(index, plan)| {
        (
            birthday(plan).filter(|_| are_compared),
            are_named.then(|| folded_name(plan)),
            plan.status == CoverageStatus::Pending,
            *index,
        )
    });
    first.map(|plan| FirstPlan {
        plan,
        birthday_unknown,
    })
}

/// A plan whose place is not said comes after those whose place is.
fn priority(plan: &Coverage) -> u8 {
    plan.priority.map_or(u8::MAX, Priority::value)
}

/// Month and day of the subscriber's birthday.
fn birthday(plan: &Coverage) -> Option<(i8, i8)> {
    let birth = plan.subscriber.as_ref()?.birth_date?.date();
    Some((birth.month(), birth.day()))
}

/// The subscriber's given name without case and accents.
fn folded_name(plan: &Coverage) -> Option<String> {
    let name = plan.subscriber.as_ref()?.given_name.as_ref()?;
    Some(fold(name.as_str()))
}
