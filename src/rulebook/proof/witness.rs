//! From the facts of an item back to a claim that has them: the way of `facts` in reverse.

use jiff::civil::Date;
use serde_json::{Map, Value, json};

use super::{prose, report::Witness};
use crate::{
    domain::{item::Category, time::Day, word::Word},
    rulebook::{
        conditions::Facts,
        vocabulary::{
            AccidentPlace, Age, Answer, ApprovalKind, ApprovalState, Cause, CoverageState,
            PlanListing, Service,
        },
    },
};

/// The price of every item, in cents.
const PRICE: i64 = 10_000;
/// The patient of every witness, and of the approval.
const PATIENT: &str = "P-1";
/// The number of the approval.
const NUMBER: &str = "PA-1";
/// How old a minor is.
const MINOR_YEARS: i16 = 10;

/// A claim whose first item has these facts, which some claim must be able to have.
pub fn witness(facts: &Facts) -> Witness {
    let day = service_day(facts);
    let (items, preauthorizations) = (items(facts, day), preauthorizations(facts));
    let mut claim = json!({
        "external_id": "WITNESS-1",
        "patient": patient(facts, day),
        "provider": {"id": "D-1", "profession": "physician"},
        "coverages": coverages(facts),
        "items": items,
    });
    if facts.cause != Cause::None {
        claim["accident"] = accident(facts);
    }
    if facts.procedure_described == Answer::Yes {
        claim["procedure"] = procedure(facts);
    }
    if !preauthorizations.is_empty() {
        claim["preauthorizations"] = json!([NUMBER]);
    }
    Witness {
        facts: prose::sentences(facts),
        claim,
        preauthorizations,
        today: day,
    }
}

/// The day of the service, which is also that of the claim: none before the accident.
fn service_day(facts: &Facts) -> Day {
    let usual = Day::from(Date::constant(2026, 8, 10));
    facts
        .accident_date
        .map_or(usual, |accident| accident.max(usual))
}

fn patient(facts: &Facts, day: Day) -> Value {
    let born = match facts.age {
        Age::Adult => Date::constant(1984, 3, 9),
        Age::Minor => Date::new(day.date().year() - MINOR_YEARS, 1, 1).unwrap_or(day.date()),
    };
    let mut patient = json!({"id": PATIENT, "birth_date": Day::from(born)});
    if facts.pregnant == Answer::Yes {
        patient["pregnant"] = json!(true);
    }
    patient
}

/// The item that the facts are of, and the stem cells that it follows.
fn items(facts: &Facts, day: Day) -> Vec<Value> {
    let mut items = vec![json!({
        "service_date": day,
        "category": facts.category,
        "insured_by_ohip": facts.ohip_insured,
        "unit_price_cents": PRICE,
    })];
    if facts.service == Service::FollowsStemCells {
        items.push(json!({
            "service_date": day,
            "category": Category::StemCellTherapy,
            "unit_price_cents": PRICE,
        }));
    }
    items
}

fn accident(facts: &Facts) -> Value {
    let elsewhere = facts.accident_place == AccidentPlace::Elsewhere;
    json!({
        "cause": facts.cause,
        "date": facts.accident_date,
        "province": if elsewhere { "QC" } else { "ON" },
        "wsia_election": facts.wsia_election,
    })
}

fn coverages(facts: &Facts) -> Vec<Value> {
    let mut coverages = Vec::new();
    if let Some(mut auto) = coverage("auto", facts.auto) {
        if facts.minor_injury_guideline == Answer::Yes {
            auto.insert("minor_injury_guideline".to_owned(), json!(true));
        }
        coverages.push(Value::Object(auto));
    }
    if let Some(mut wsib) = coverage("wsib", facts.wsib) {
        if facts.wsib_claim_number == Answer::Yes {
            wsib.insert("claim_number".to_owned(), json!("20260417"));
        }
        coverages.push(Value::Object(wsib));
    }
    if let Some(mut plan) = coverage("private", facts.private) {
        if let Some(listed) = listed(facts) {
            plan.insert("covered_categories".to_owned(), json!(listed));
        }
        coverages.push(Value::Object(plan));
        if facts.private == CoverageState::Pending && facts.active_private_plan == Answer::Yes {
            coverages.push(json!({
                "kind": "private",
                "status": "active",
                "relationship": "spouse",
                "covered_categories": [],
            }));
        }
    }
    coverages
}

fn coverage(kind: &str, state: CoverageState) -> Option<Map<String, Value>> {
    let mut coverage = Map::new();
    coverage.insert("kind".to_owned(), json!(kind));
    coverage.insert("status".to_owned(), json!(state));
    (state != CoverageState::None).then_some(coverage)
}

/// The categories that the private plan lists.
fn listed(facts: &Facts) -> Option<Vec<Category>> {
    match facts.private_plan {
        PlanListing::None | PlanListing::Silent => None,
        PlanListing::Lists => Some(vec![facts.category]),
        PlanListing::ListsOthers => Some(Vec::new()),
    }
}

fn procedure(facts: &Facts) -> Value {
    let mut procedure = Map::new();
    let mut say = |fact: Answer, field: &str, value: Value| {
        if fact == Answer::Yes {
            procedure.insert(field.to_owned(), value);
        }
    };
    say(facts.image_guidance, "guidance", json!("ultrasound"));
    say(facts.asepsis, "aseptic_technique", json!(true));
    say(facts.antibiotic_prophylaxis, "antibiotic_prophylaxis", json!(true));
    say(facts.health_canada_authorization, "health_canada_authorization", json!("CTA-1"));
    Value::Object(procedure)
}

/// The approval that the item relies on: for its category alone, so that no other item uses it up.
fn preauthorizations(facts: &Facts) -> Vec<Value> {
    let payer = match facts.preauthorization_kind {
        ApprovalKind::None => return Vec::new(),
        ApprovalKind::Ocf18 | ApprovalKind::Ocf23 => "mva",
        ApprovalKind::WsibApproval => "wsib",
        ApprovalKind::Predetermination => "private",
    };
    let (status, cents) = match facts.preauthorization {
        ApprovalState::None => return Vec::new(),
        ApprovalState::Insufficient => (ApprovalState::Approved, PRICE - 1),
        ApprovalState::Approved => (ApprovalState::Approved, PRICE),
        state => (state, 0),
    };
    vec![json!({
        "number": NUMBER,
        "kind": facts.preauthorization_kind,
        "patient_id": PATIENT,
        "payer": payer,
        "status": status.word(),
        "approved_cents": cents,
        "categories": [facts.category],
    })]
}
