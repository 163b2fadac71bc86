//! From the facts of an item back to a claim that has them: the way of `facts` in reverse.

use jiff::civil::Date;
use serde_json::{Value, json};

use super::{prose, report::Witness};
use crate::table::{
    conditions::Facts,
    insurers::Insurers,
    vocabulary::{
        AccidentPlace, Age, Answer, ApprovalKind, ApprovalState, Cause, CoverageState, PlanListing,
        Service,
    },
};
use payerline_domain::{
    claims::item::Category,
    values::{closed_enum::ClosedEnum, time::Day},
};

/// The price of every item, in cents.
const PRICE: i64 = 10_000;
/// The patient of every witness, and of the approval.
const PATIENT: &str = "P-1";
/// The number of the approval.
const NUMBER: &str = "PA-1";
/// How old a minor is.
const MINOR_YEARS: i16 = 10;

/// A claim whose first item has these facts, which some claim must be able to have; the insurer is
/// one of a list. A plan whose insurer no rule names does not say who insures it.
pub fn witness(facts: &Facts, insurers: &Insurers) -> Witness {
    let day = service_day(facts);
    let preauthorizations = preauthorizations(facts);
    let reported = facts.cause != Cause::None;
    let described = facts.procedure_described == Answer::Yes;
    let relied_on = !preauthorizations.is_empty();
    let claim = object([
        ("external_id", Some(json!("WITNESS-1"))),
        ("patient", Some(patient(facts, day))),
        (
            "provider",
            Some(json!({"id": "D-1", "profession": "physician"})),
        ),
        ("accident", reported.then(|| accident(facts))),
        ("coverages", Some(json!(coverages(facts, insurers)))),
        ("items", Some(json!(items(facts, day)))),
        ("procedure", described.then(|| procedure(facts))),
        ("preauthorizations", relied_on.then(|| json!([NUMBER]))),
    ]);
    Witness {
        facts: prose::sentences(facts, insurers),
        claim,
        preauthorizations,
        today: day,
    }
}

/// An object of the fields that there are.
fn object<'f>(fields: impl IntoIterator<Item = (&'f str, Option<Value>)>) -> Value {
    let given = fields.into_iter();
    let given = given.filter_map(|(name, value)| value.map(|value| (name.to_owned(), value)));
    Value::Object(given.collect())
}

/// Said only where it is the case.
fn only_if(answer: Answer, value: Value) -> Option<Value> {
    (answer == Answer::Yes).then_some(value)
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
    object([
        ("id", Some(json!(PATIENT))),
        ("birth_date", Some(json!(Day::from(born)))),
        ("pregnant", only_if(facts.pregnant, json!(true))),
    ])
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

fn coverages(facts: &Facts, insurers: &Insurers) -> Vec<Value> {
    let guideline = only_if(facts.minor_injury_guideline, json!(true));
    let number = only_if(facts.wsib_claim_number, json!("20260417"));
    let insurer = insurers.name(facts.private_insurer).map(|it| json!(it));
    let listed = listed(facts).map(|listed| json!(listed));
    let plan = [("insurer", insurer), ("covered_categories", listed)];
    let pending = facts.private == CoverageState::Pending;
    let another = pending && facts.active_private_plan == Answer::Yes;
    let given = [
        coverage("auto", facts.auto, [("minor_injury_guideline", guideline)]),
        coverage("wsib", facts.wsib, [("claim_number", number)]),
        coverage("private", facts.private, plan),
        another.then(another_plan),
    ];
    given.into_iter().flatten().collect()
}

fn coverage<const N: usize>(
    kind: &str,
    state: CoverageState,
    more: [(&str, Option<Value>); N],
) -> Option<Value> {
    let [kind, status] = [json!(kind), json!(state)].map(Some);
    let coverage = [("kind", kind), ("status", status)].into_iter().chain(more);
    (state != CoverageState::None).then(|| object(coverage))
}

/// A plan that is active but comes after every other.
fn another_plan() -> Value {
    json!({
        "kind": "private",
        "status": "active",
        "relationship": "spouse",
        "covered_categories": [],
    })
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
    let authorization = only_if(facts.health_canada_authorization, json!("CTA-1"));
    let antibiotics = only_if(facts.antibiotic_prophylaxis, json!(true));
    object([
        (
            "guidance",
            only_if(facts.image_guidance, json!("ultrasound")),
        ),
        ("aseptic_technique", only_if(facts.asepsis, json!(true))),
        ("antibiotic_prophylaxis", antibiotics),
        ("health_canada_authorization", authorization),
    ])
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
