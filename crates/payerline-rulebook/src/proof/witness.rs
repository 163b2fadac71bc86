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
    claims::{
        accident::WsiaElection,
        item::{Category, InsuredByOhip},
    },
    values::{closed_enum::ClosedEnum, time::Day},
};

/// The price of every item.
const PRICE_CENTS: i64 = 10_000;
/// The patient of every witness, and of the approval.
const PATIENT: &str = "P-1";
/// The number of the approval.
const NUMBER: &str = "PA-1";
const MINOR_AGE_YEARS: i16 = 10;

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
    // Taken apart, so that the compiler names a fact that no claim would have.
    let Facts {
        service,
        category,
        ohip_insured,
        cause,
        // Follows from cause and election.
        caused_by_work: _,
        wsia_election,
        accident_place,
        accident_date,
        auto,
        minor_injury_guideline,
        wsib,
        wsib_claim_number,
        private,
        private_plan,
        active_private_plan,
        private_insurer,
        preauthorization,
        preauthorization_kind,
        age,
        pregnant,
        procedure_described,
        image_guidance,
        asepsis,
        antibiotic_prophylaxis,
        health_canada_authorization,
        // No part of a claim: it is decided.
        payer: _,
    } = *facts;
    let day = service_day(accident_date);
    let led = service == Service::FollowsStemCells;
    let guideline = only_if(minor_injury_guideline, json!(true));
    let number = only_if(wsib_claim_number, json!("20260417"));
    let insurer = insurers.name(private_insurer).map(|it| json!(it));
    let listed = listed(
        private_plan,
        category,
        led && leader.plan == LeaderPlan::OfItem,
    )
    .map(|it| json!(it));
    let plan = [("insurer", insurer), ("covered_categories", listed)];
    let has_another_plan = private == CoverageState::Pending && active_private_plan == Answer::Yes;
    let coverages = [
        coverage("auto", auto, [("minor_injury_guideline", guideline)]),
        coverage("wsib", wsib, [("claim_number", number)]),
        coverage("private", private, plan),
        has_another_plan.then(another_plan),
        (led && leader.plan == LeaderPlan::Another)
            .then(|| plan_for_stem_cells(private))
            .flatten(),
    ];
    let coverages: Vec<Value> = coverages.into_iter().flatten().collect();
    let mut items = vec![item(category, ohip_insured, day)];
    items.extend(led.then(|| item(Category::StemCellTherapy, leader.insured_by_ohip, day)));
    let procedure = object([
        ("guidance", only_if(image_guidance, json!("ultrasound"))),
        ("aseptic_technique", only_if(asepsis, json!(true))),
        (
            "antibiotic_prophylaxis",
            only_if(antibiotic_prophylaxis, json!(true)),
        ),
        (
            "health_canada_authorization",
            only_if(health_canada_authorization, json!("CTA-1")),
        ),
    ]);
    let mut approved = vec![category];
    approved.extend((led && leader.approved).then_some(Category::StemCellTherapy));
    let preauthorizations = preauthorizations(preauthorization_kind, preauthorization, &approved);
    let relied_on = !preauthorizations.is_empty();
    let claim = object([
        ("external_id", Some(json!("WITNESS-1"))),
        ("patient", Some(patient(age, pregnant, day))),
        (
            "provider",
            Some(json!({"id": "D-1", "profession": "physician"})),
        ),
        (
            "accident",
            accident(cause, accident_date, accident_place, wsia_election),
        ),
        ("coverages", Some(json!(coverages))),
        ("items", Some(json!(items))),
        ("procedure", only_if(procedure_described, procedure)),
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
fn service_day(accident: Option<Day>) -> Day {
    let usual = Day::from(Date::constant(2026, 8, 10));
    accident.map_or(usual, |accident| accident.max(usual))
}

fn patient(age: Age, pregnant: Answer, day: Day) -> Value {
    let born = match age {
        Age::Adult => Date::constant(1984, 3, 9),
        Age::Minor => Date::new(day.date().year() - MINOR_AGE_YEARS, 1, 1).unwrap_or(day.date()),
    };
    object([
        ("id", Some(json!(PATIENT))),
        ("birth_date", Some(json!(Day::from(born)))),
        ("pregnant", only_if(pregnant, json!(true))),
    ])
}

fn accident(
    cause: Cause,
    date: Option<Day>,
    place: AccidentPlace,
    election: WsiaElection,
) -> Option<Value> {
    let elsewhere = place == AccidentPlace::Elsewhere;
    (cause != Cause::None).then(|| {
        json!({
            "cause": cause,
            "date": date,
            "province": if elsewhere { "QC" } else { "ON" },
            "wsia_election": election,
        })
    })
}

fn item(category: Category, insured_by_ohip: InsuredByOhip, day: Day) -> Value {
    json!({
        "service_date": day,
        "category": category,
        "insured_by_ohip": insured_by_ohip,
        "unit_price_cents": PRICE_CENTS,
    })
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

/// A plan that lists stem cells alone and comes after every other. It is as active as the item's own plan.
fn plan_for_stem_cells(own: CoverageState) -> Option<Value> {
    let listed = [
        ("relationship", Some(json!("child"))),
        (
            "covered_categories",
            Some(json!([Category::StemCellTherapy])),
        ),
    ];
    coverage("private", own, listed)
}

/// The categories that the private plan lists.
fn listed(
    listing: PlanListing,
    category: Category,
    lists_stem_cells: bool,
) -> Option<Vec<Category>> {
    let mut listed = match listing {
        PlanListing::None | PlanListing::Silent => return None,
        PlanListing::Lists => vec![category],
        PlanListing::ListsOthers => Vec::new(),
    };
    listed.extend(lists_stem_cells.then_some(Category::StemCellTherapy));
    Some(listed)
}

/// The approval that the item relies on: for some categories alone, so that no other item uses it up.
fn preauthorizations(
    kind: ApprovalKind,
    state: ApprovalState,
    categories: &[Category],
) -> Vec<Value> {
    let payer = match kind {
        ApprovalKind::None => return Vec::new(),
        ApprovalKind::Ocf18 | ApprovalKind::Ocf23 => "mva",
        ApprovalKind::WsibApproval => "wsib",
        ApprovalKind::Predetermination => "private",
    };
    let items = i64::try_from(categories.len()).unwrap_or(i64::MAX);
    let needed = PRICE_CENTS.saturating_mul(items);
    let (status, cents) = match state {
        ApprovalState::None => return Vec::new(),
        ApprovalState::Insufficient => (ApprovalState::Approved, PRICE_CENTS - 1),
        ApprovalState::Approved => (ApprovalState::Approved, needed),
        state => (state, 0),
    };
    vec![json!({
        "number": NUMBER,
        "kind": kind,
        "patient_id": PATIENT,
        "payer": payer,
        "status": status.word(),
        "approved_cents": cents,
        "categories": categories,
    })]
}
