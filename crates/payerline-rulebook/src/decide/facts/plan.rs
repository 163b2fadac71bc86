//! The private plan that counts for an item.

use serde_json::{Value, json};

use super::coverages::{Indexed, Pick, chosen, coverages_of_kind, preference};
use crate::table::{
    insurers::{Insurer, Insurers},
    vocabulary::{Answer, CoverageState, PlanFacts, PlanListing},
};
use payerline_domain::{
    claims::{
        coverage::{Coverage, CoverageKind, CoverageStatus},
        item::{Category, Item},
        submission::Submission,
    },
    values::text::Line,
};

impl PlanFacts {
    pub fn gather(plans: &PrivatePlans<'_>) -> Self {
        Self {
            private: plans.pick.state,
            private_plan: plans.listing,
            active_private_plan: plans.active.is_some().into(),
        }
    }

    /// Such a plan for an item of a category, and a further one that is active; and the same in words. A plan that lists
    /// categories also lists some besides. The insurer is one of a list; if no rule names it, the plan does not say who
    /// insures it.
    pub fn examples(
        &self,
        (insurer, insurers): (Insurer, &Insurers),
        category: Category,
        besides: Option<Category>,
    ) -> ([Option<Value>; 2], String) {
        let Self {
            private,
            private_plan,
            active_private_plan,
        } = *self;
        let (lists, listing) = match private_plan {
            PlanListing::Lists => (Some(Some(category)), "lists the category"),
            PlanListing::ListsOthers => (Some(None), "lists other categories only"),
            PlanListing::Silent | PlanListing::None => (None, "does not say what it covers"),
        };
        let listed = lists.map(|it| it.into_iter().chain(besides).collect::<Vec<_>>());
        let plan = json!({
            "kind": "private",
            "status": private,
            "insurer": insurers.name(insurer),
            "covered_categories": listed,
        });
        // Active, but after every other.
        let another = json!({
            "kind": "private",
            "status": "active",
            "relationship": "spouse",
            "covered_categories": [],
        });
        let has_another = private == CoverageState::Pending && active_private_plan == Answer::Yes;
        let state = match private {
            // A denied plan counts as none.
            CoverageState::None | CoverageState::Denied => {
                return ([None, None], "There is no private plan.".to_owned());
            }
            CoverageState::Active => "is active",
            CoverageState::Pending => "is not confirmed yet",
        };
        // Where no rule names an insurer, it does not matter.
        let whose = match (insurers.name(insurer), insurer) {
            (Some(name), _) => format!(" of {}", name.as_str()),
            (None, _) if insurers.names().is_empty() => String::new(),
            (None, Insurer::Another | Insurer::Named(_)) => {
                " of an insurer that no rule names".to_owned()
            }
            (None, Insurer::None) => ", whose insurer the claim does not say,".to_owned(),
        };
        let another = has_another.then_some(another);
        let beside = another.as_ref().map_or("", |_| "; another plan is active");
        let sentence = format!("The private plan{whose} {state} and {listing}{beside}.");
        ([Some(plan), another], sentence)
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
        // One that lists the category before one that does not say; the first of those that are equally good.
        let best = in_force.clone().min_by_key(|plan| listing(*plan));
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
