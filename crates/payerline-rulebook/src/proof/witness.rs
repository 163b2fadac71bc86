//! From the facts of an item back to a claim that has them: the way of `decide/facts` in reverse.

use jiff::civil::Date;
use serde_json::{Value, json};

use super::report::Witness;
use crate::{
    decide::facts::{approval, service},
    table::{
        insurers::Insurers,
        vocabulary::{CoverageState, Facts, Service},
    },
};
use payerline_domain::{
    claims::item::{Category, InsuredByOhip},
    values::time::Day,
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
        procedure,
        // No part of a claim: it is decided.
        decided: _,
        accident_date,
        private_insurer,
    } = *facts;
    let day = service_day(accident_date);
    let leader = (item.service == Service::FollowsStemCells).then_some(leader);
    let stem_cells_if = |holds: bool| holds.then_some(Category::StemCellTherapy);
    let on_plan = |plan| stem_cells_if(leader.is_some_and(|it| it.plan == plan));
    let approved: Vec<Category> = [item.category]
        .into_iter()
        .chain(stem_cells_if(leader.is_some_and(|it| it.approved)))
        .collect();

    let followed =
        leader.map(|it| service::item(Category::StemCellTherapy, it.insured_by_ohip, day));
    let (item_example, [of_service, of_ohip]) = item.example(day);
    let (accident_example, of_accident) = accident.example(accident_date);
    let [(auto, of_auto), (wsib, of_wsib)] = insurance.examples(&accident);
    let insurer = (private_insurer, insurers);
    let ([own_plan, active_plan], of_plan) =
        plan.examples(insurer, item.category, on_plan(LeaderPlan::OfItem));
    let further_plan = on_plan(LeaderPlan::Another).and_then(|it| plan_for(it, plan.private));
    let (entry, of_approval) = approval.example(&approved);
    let (patient, of_patient) = patient.example(day);
    let (procedure, of_procedure) = procedure.example();

    let numbers = entry.as_ref().map(|_| [approval::EXAMPLE_NUMBER]);
    let claim = without_nulls(json!({
        "external_id": "WITNESS-1",
        "patient": patient,
        "provider": {"id": "D-1", "profession": "physician"},
        "accident": accident_example,
        "coverages": [auto, wsib, own_plan, active_plan, further_plan],
        "items": [item_example, followed],
        "procedure": procedure,
        "preauthorizations": numbers,
    }));
    let told = [of_service, of_ohip, of_accident].into_iter();
    let told = told.chain(of_auto).chain(of_wsib);
    Witness {
        facts: told
            .chain([of_plan, of_approval, of_patient, of_procedure])
            .collect(),
        claim,
        preauthorizations: entry.into_iter().collect(),
        today: day,
    }
}

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

/// The day of the service, which is also that of the claim: none before the accident.
fn service_day(accident: Option<Day>) -> Day {
    let usual = Day::from(Date::constant(2026, 8, 10));
    accident.map_or(usual, |accident| accident.max(usual))
}
