//! From the facts of an item back to a claim that has them: the way of `decide/facts` in reverse.

use jiff::civil::Date;
use serde_json::{Value, json};

use super::report::Witness;
use crate::{
    decide::facts::{approval, service},
    table::{
        insurers::Insurers,
        vocabulary::{Answer, CoverageState, Facts, Service, UnitAmount},
    },
};
use payerline_domain::{
    claims::{
        item::{Category, InsuredByOhip, RequestedBy},
        outside_facts::PossibleDuplicate,
    },
    values::{ids::ClaimId, time::Day},
};

/// The stem cells that the first item of a witness follows, where it follows any. All else is as with that item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leader {
    insured_by_ohip: InsuredByOhip,
    plan: LeaderPlan,
    /// The approval, if there is one, is for them too.
    approved: bool,
}

/// Which private plan lists the stem cells that an item follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LeaderPlan {
    None,
    /// The plan that counts for the item, if it lists categories.
    OfItem,
    /// A further plan, if the item has one too.
    Another,
}

impl Leader {
    const USUAL: Self = Self {
        insured_by_ohip: InsuredByOhip::Unknown,
        plan: LeaderPlan::None,
        approved: false,
    };

    /// Every kind of leader, the usual one first.
    pub fn all() -> impl Iterator<Item = Self> {
        let plans = [LeaderPlan::None, LeaderPlan::OfItem, LeaderPlan::Another];
        let insured = [InsuredByOhip::Unknown, InsuredByOhip::Yes];
        insured.into_iter().flat_map(move |insured_by_ohip| {
            plans.into_iter().flat_map(move |plan| {
                [false, true].map(|approved| Self {
                    insured_by_ohip,
                    plan,
                    approved,
                })
            })
        })
    }
}

/// A claim whose first item has these facts, which some claim must be able to have; the insurer is
/// one of a list. A plan whose insurer no rule names does not say who insures it.
pub fn witness(facts: &Facts, insurers: &Insurers) -> Witness {
    witness_with_leader(facts, insurers, Leader::USUAL)
}

/// The same with a kind of leader.
pub fn witness_with_leader(facts: &Facts, insurers: &Insurers, leader: Leader) -> Witness {
    // Taken apart, so that the compiler names a group of facts that no claim would have.
    let Facts {
        item,
        accident,
        insurance,
        plan,
        approval,
        patient,
        health,
        procedure,
        // No part of a claim: it is decided.
        decided: _,
        accident_date,
        private_insurer,
    } = *facts;
    let day = match accident_date {
        Some(accident_date) => accident.example_service(accident_date),
        None => Day::from(USUAL_SERVICE),
    };
    let day = health.example_service(&item, day);
    let leader = (item.service == Service::FollowsStemCells).then_some(leader);
    let stem_cells_if = |holds: bool| holds.then_some(Category::StemCellTherapy);
    let on_plan = |plan| stem_cells_if(leader.is_some_and(|it| it.plan == plan));
    let approved: Vec<Category> = [item.category]
        .into_iter()
        .chain(stem_cells_if(leader.is_some_and(|it| it.approved)))
        .collect();

    let followed = leader.map(|it| service::leader(it.insured_by_ohip, day));
    let (item_example, of_item) = item.example(day);
    let (accident_example, of_accident) = accident.example(accident_date, day);
    let unreported = (accident.accident_unreported == Answer::Yes)
        .then(|| json!({"kind": "wsib", "status": "active", "claim_number": "20260417"}));
    let [(auto, of_auto), (wsib, of_wsib)] = insurance.examples(&accident);
    let insurer = (private_insurer, insurers);
    let service = (item.category, item.profession);
    let ([own_plan, active_plan, federal], of_plan) =
        plan.examples(insurer, service, on_plan(LeaderPlan::OfItem));
    let further_plan = on_plan(LeaderPlan::Another).and_then(|it| plan_for(it, plan.private));
    let needed = match leader.is_some_and(|it| it.approved) {
        true => UnitAmount::AtMost250.example_total_cents(),
        false => 0,
    };
    let needed = needed + item.unit_amount.example_total_cents();
    let (entry, of_approval) = approval.example(&approved, needed);
    let (health_number, diagnoses, of_health) = health.example();
    let (mut patient, of_patient) = patient.example(day);
    if let Some(fields) = patient.as_object_mut() {
        fields.insert("health_number".to_owned(), json!(health_number));
    }
    let third_party = (item.requested_by == RequestedBy::ThirdParty)
        .then(|| json!({"kind": "employer", "name": "An employer"}));
    let (procedure, of_procedure) = procedure.example();

    let numbers = entry.as_ref().map(|_| [approval::EXAMPLE_NUMBER]);
    let claim = without_nulls(json!({
        "external_id": "WITNESS-1",
        "patient": patient,
        "provider": {"id": "D-1", "profession": item.profession},
        "accident": accident_example,
        "coverages": [auto, wsib, unreported, own_plan, active_plan, further_plan, federal],
        "third_party": third_party,
        "diagnoses": diagnoses,
        "items": [item_example, followed],
        "procedure": procedure,
        "preauthorizations": numbers,
    }));
    let told = of_item.into_iter().chain([of_accident]);
    let told = told.chain(of_auto).chain(of_wsib);
    let told = told
        .chain([of_plan, of_approval, of_patient])
        .chain(of_health);
    let other_claim = item.possible_duplicate.then_some(OTHER_CLAIM);
    let duplicate = other_claim.and_then(ClaimId::parse);
    let duplicate = duplicate.map(|claim| PossibleDuplicate { item: 0, claim });
    Witness {
        facts: told.chain([of_procedure]).collect(),
        claim,
        preauthorizations: entry.into_iter().collect(),
        possible_duplicates: duplicate.into_iter().collect(),
        review_outdated: false,
        today: day.max(accident_date.unwrap_or(day)),
    }
}

/// The claim that an example may be a duplicate of.
pub const OTHER_CLAIM: &str = "01900000-0000-7000-8000-000000000000";

/// The day of the service where no accident is reported.
const USUAL_SERVICE: Date = Date::constant(2026, 8, 10);

/// A plan that lists one category alone and comes after every other. It is as active as the item's own plan.
fn plan_for(category: Category, own: CoverageState) -> Option<Value> {
    let plan = json!({
        "kind": "private",
        "status": own,
        "relationship": "child",
        "covered_categories": [category],
    });
    (own != CoverageState::None).then_some(plan)
}

/// The same without what is null: it is not said.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let said = fields.into_iter().filter(|(_, value)| !value.is_null());
            said.map(|(name, value)| (name, without_nulls(value)))
                .collect()
        }
        Value::Array(entries) => {
            let said = entries.into_iter().filter(|value| !value.is_null());
            said.map(without_nulls).collect()
        }
        other => other,
    }
}
