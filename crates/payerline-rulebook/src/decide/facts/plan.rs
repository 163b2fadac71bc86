//! The private plan that counts for an item, and the federal programme.

use serde_json::{Value, json};

use super::{
    coverages::{Indexed, Pick, chosen, coverages_of_kind, pick},
    preference::first_plan,
};
use crate::table::{
    insurers::{Insurer, Insurers},
    vocabulary::{Answer, CoverageState, KINDS_OF_REHABILITATION, PlanFacts, PlanListing},
};
use payerline_domain::{
    claims::{
        coverage::{Coverage, CoverageKind, CoverageStatus},
        item::{Category, Item},
        profession::Profession,
        submission::Submission,
    },
    values::{closed_enum::ClosedEnum, text::Line, time::Day},
};

impl PlanFacts {
    pub fn gather(plans: &PrivatePlans<'_>, federal: &Pick<'_>) -> Self {
        Self {
            private: plans.pick.state,
            private_plan: plans.listing,
            plan_professions: plans.professions,
            federal_program: federal.state,
            active_private_plan: plans.active.is_some().into(),
        }
    }

    /// Such a plan for an item of a category, and a further one that is active; and the same in words. A plan that lists
    /// categories also lists some besides. The insurer is one of a list; if no rule names it, the plan does not say who
    /// insures it.
    pub fn examples(
        &self,
        (insurer, insurers): (Insurer, &Insurers),
        (category, profession): (Category, Profession),
        besides: Option<Category>,
    ) -> ([Option<Value>; 3], String) {
        let Self {
            private,
            private_plan,
            plan_professions,
            federal_program,
            active_private_plan,
        } = *self;
        // Where the plan lists the profession, it need not list the category, and where it lists other professions only,
        // it covers nothing whatever the categories.
        let lists = match (private_plan, plan_professions) {
            (PlanListing::Lists, PlanListing::Lists)
            | (PlanListing::ListsOthers, PlanListing::ListsOthers) => None,
            (PlanListing::Lists, _) => Some(Some(category)),
            (PlanListing::ListsOthers, _) => Some(None),
            (PlanListing::Silent, PlanListing::Lists) => Some(Some(Category::Rehabilitation)),
            (PlanListing::Silent | PlanListing::None, _) => None,
        };
        let listing = match private_plan {
            PlanListing::Lists => "lists the service",
            PlanListing::ListsOthers => "lists other services only",
            PlanListing::Silent | PlanListing::None => "does not say whether it covers the service",
        };
        let listed = lists.map(|it| it.into_iter().chain(besides).collect::<Vec<_>>());
        let other = match profession {
            Profession::Dentist => Profession::Optometrist,
            _ => Profession::Dentist,
        };
        let professions = match plan_professions {
            PlanListing::Lists => Some([profession.word()]),
            PlanListing::ListsOthers => Some([other.word()]),
            PlanListing::Silent | PlanListing::None => None,
        };
        let plan = json!({
            "kind": "private",
            "status": private,
            "insurer": insurers.name(insurer),
            "covered_categories": listed,
            "covered_professions": professions,
        });
        let federal = (federal_program != CoverageState::None).then(
            || json!({"kind": "federal", "status": federal_program, "program": "veterans_affairs"}),
        );
        let programme = match federal_program {
            CoverageState::None | CoverageState::Denied => "",
            CoverageState::Active => " A federal programme is active.",
            CoverageState::Pending => " A federal programme is not confirmed yet.",
        };
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
                let sentence = format!("There is no private plan.{programme}");
                return ([None, None, federal], sentence);
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
        let professions = match plan_professions {
            PlanListing::Lists => "; it lists the profession",
            PlanListing::ListsOthers => "; it lists other professions only",
            PlanListing::Silent | PlanListing::None => "",
        };
        let sentence = format!(
            "The private plan{whose} {state} and {listing}{professions}{beside}.{programme}"
        );
        ([Some(plan), another, federal], sentence)
    }
}

/// The private plans of a claim that are not denied, in the order sent.
pub struct PrivateCoverages<'s>(Vec<Indexed<'s>>);

impl<'s> PrivateCoverages<'s> {
    pub fn from_claim(submission: &'s Submission) -> Self {
        let plans = coverages_of_kind(submission, CoverageKind::Private);
        Self(plans.filter(|(_, plan)| !plan.is_denied()).collect())
    }

    /// The plans in force on the item's service date, and which of them counts.
    pub fn for_item(&self, item: &Item, profession: Profession) -> PrivatePlans<'s> {
        if self.0.is_empty() {
            return PrivatePlans::NONE;
        }
        let plans = self.0.iter().copied();
        let in_force = plans.filter(|(_, plan)| plan.in_force_on(item.service_date));
        let listing = |(_, plan): Indexed<'_>| listing(plan, item.category, profession);
        // One that lists the service before one that does not say.
        let best_listing = in_force.clone().map(listing).min();
        let best = first_plan(
            in_force
                .clone()
                .filter(|it| Some(listing(*it)) == best_listing),
        );
        // Beside an auto insurer a plan counts whatever it lists.
        let active = in_force.filter(|(_, plan)| plan.status == CoverageStatus::Active);
        let active = first_plan(active);
        PrivatePlans {
            pick: best.map_or(Pick::NONE, |it| chosen(it.plan)),
            listing: best_listing.unwrap_or(PlanListing::None),
            professions: best.map_or(PlanListing::None, |it| {
                professions(it.plan.1, item.category, profession)
            }),
            active: active.map(|it| it.plan),
            pick_by_chance: best.is_some_and(|it| it.birthday_unknown),
            active_by_chance: active.is_some_and(|it| it.birthday_unknown),
        }
    }
}

impl PrivateCoverages<'_> {
    /// The active plans that are billed for an item after a first one, in turn. Where the plans pay `alone`, those that
    /// list other services only are none.
    pub fn further_active(
        &self,
        (item, profession): (&Item, Profession),
        first: Option<usize>,
        alone: bool,
    ) -> Vec<usize> {
        if self.0.len() < 2 {
            return Vec::new();
        }
        let mut left: Vec<Indexed<'_>> = self.0.clone();
        left.retain(|(index, plan)| {
            Some(*index) != first
                && plan.status == CoverageStatus::Active
                && plan.in_force_on(item.service_date)
                && !(alone && listing(plan, item.category, profession) == PlanListing::ListsOthers)
        });
        let mut turn = Vec::with_capacity(left.len());
        while !left.is_empty() {
            // Alone, one that lists the service before one that does not say.
            let listed = |(_, plan): &Indexed<'_>| {
                alone && listing(plan, item.category, profession) == PlanListing::Lists
            };
            let best = left.iter().any(listed);
            let Some(next) = first_plan(left.iter().copied().filter(|it| listed(it) == best))
            else {
                break;
            };
            let (index, _) = next.plan;
            left.retain(|(it, _)| *it != index);
            turn.push(index);
        }
        turn
    }
}

/// The federal programme that counts on a day of service: active or pending, and in force.
pub fn federal_program(submission: &Submission, service: Day) -> Pick<'_> {
    let programs = coverages_of_kind(submission, CoverageKind::Federal);
    pick(programs.filter(|(_, it)| !it.is_denied() && it.in_force_on(service)))
}

#[derive(Debug, Clone, Copy)]
pub struct PrivatePlans<'s> {
    /// The plan that counts: active or pending.
    pub pick: Pick<'s>,
    pub listing: PlanListing,
    /// What it says of the profession alone.
    pub professions: PlanListing,
    /// The best active plan, whatever it lists: the one that shares an auto claim.
    pub active: Option<Indexed<'s>>,
    /// Another parent's plan is as good as the one that counts, and a birthday that would tell them apart is missing.
    pub pick_by_chance: bool,
    /// The same of the best active plan.
    pub active_by_chance: bool,
}

impl PrivatePlans<'_> {
    const NONE: Self = Self {
        pick: Pick::NONE,
        listing: PlanListing::None,
        professions: PlanListing::None,
        active: None,
        pick_by_chance: false,
        active_by_chance: false,
    };

    /// The insurer of the plan that counts, as the claim writes it.
    pub fn insurer(&self) -> Option<&str> {
        let (_, plan) = self.pick.chosen?;
        plan.insurer.as_ref().map(Line::as_str)
    }
}

/// What a plan says of an item: where it lists both categories and professions, both must hold.
fn listing(plan: &Coverage, category: Category, profession: Profession) -> PlanListing {
    match (
        categories(plan, category),
        professions(plan, category, profession),
    ) {
        (Some(PlanListing::ListsOthers), _) | (_, PlanListing::ListsOthers) => {
            PlanListing::ListsOthers
        }
        (Some(listing), _) => listing,
        (None, listing) => listing,
    }
}

/// What a plan says of a category, if it lists categories. One that lists `rehabilitation` says nothing of its kinds.
fn categories(plan: &Coverage, category: Category) -> Option<PlanListing> {
    let listed = plan.covered_categories.as_ref()?;
    Some(if listed.contains(&category) {
        PlanListing::Lists
    } else if KINDS_OF_REHABILITATION.contains(&category)
        && listed.contains(&Category::Rehabilitation)
    {
        PlanListing::Silent
    } else {
        PlanListing::ListsOthers
    })
}

/// What a plan says of a profession. It matters to no stem cells and no plasma.
fn professions(plan: &Coverage, category: Category, profession: Profession) -> PlanListing {
    let without = [Category::StemCellTherapy, Category::PlateletRichPlasma];
    match &plan.covered_professions {
        Some(listed) if !without.contains(&category) => {
            let mut listed = listed.iter().map(|it| Profession::read(it.as_str()));
            if profession != Profession::Other && listed.any(|it| it == profession) {
                PlanListing::Lists
            } else {
                PlanListing::ListsOthers
            }
        }
        _ => PlanListing::Silent,
    }
}
