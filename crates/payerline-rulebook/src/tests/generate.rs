//! Whole claims at random, with ledgers: valid ones, dense around the lines that the contract draws
//! (1 July 2026, the eighteenth birthday, an amount exactly used up, first and last days).

use proptest::{
    collection::vec,
    option,
    prelude::*,
    sample::{Index, select, subsequence},
};
use serde_json::{Value, json};

use crate::proof::witness::OTHER_CLAIM;

use super::notation::{PATIENT, Situation, blank_claim, outside, parse, parse_approval};
use payerline_domain::{
    claims::{
        accident::{AccidentCause, EmployerCovered, WsiaElection},
        coverage::{CoverageKind, CoverageStatus, Relationship},
        item::{Category, CodeSystem, InsuredByOhip, RequestedBy},
        outside_facts::{OutsideFacts, PossibleDuplicate},
        procedure::{Guidance, HarvestSite, TargetTissue},
    },
    preauthorizations::{Ledger, PreauthorizationKind, PreauthorizationStatus},
    values::{closed_enum::ClosedEnum, ids::ClaimId, place::Province},
};

/// Numbers that approvals can have; the ledger has some, the claim names some.
const NUMBERS: [&str; 4] = ["PA-1", "PA-2", "PA-3", "PA-4"];

/// Professions, as they may be written.
const PROFESSIONS: [&str; 5] = [
    "physician",
    "Nurse Practitioner",
    "physiotherapist",
    "massage-therapist",
    "healer",
];

/// Insurers that private plans are of.
pub const INSURERS: [&str; 4] = ["Maple Life", "Croix Bleue Médavie", "Großmann & Co.", "Oak"];

/// A valid claim as JSON, with all kinds of fields left out.
pub fn claim() -> impl Strategy<Value = Value> {
    let lists = (
        vec(coverage(), 0..=5),
        vec(item(), 1..=6),
        vec(select(&NUMBERS[..]), 0..=3),
    );
    (
        patient(),
        option::weighted(0.8, accident()),
        lists,
        option::weighted(0.8, procedure()),
        (select(&PROFESSIONS[..]), vec(diagnosis(), 0..=2)),
    )
        .prop_map(
            |(
                patient,
                accident,
                (coverages, items, numbers),
                procedure,
                (profession, diagnoses),
            )| {
                let mut claim = blank_claim();
                claim["patient"] = patient;
                claim["provider"]["profession"] = json!(profession);
                claim["accident"] = json!(accident);
                claim["coverages"] = json!(coverages);
                claim["third_party"] = json!({"kind": "lawyer", "name": "Lee LLP"});
                claim["diagnoses"] = json!(diagnoses);
                claim["items"] = json!(items);
                claim["preauthorizations"] = json!(numbers);
                claim["procedure"] = json!(procedure);
                claim
            },
        )
}

fn diagnosis() -> impl Strategy<Value = Value> {
    let codes = [
        ("icd-10-ca", "F43.1"),
        ("icd-10-ca", "M17.1"),
        ("clinic", "F1"),
    ];
    select(codes.to_vec()).prop_map(|(system, code)| json!({"system": system, "code": code}))
}

/// A valid claim with a ledger, and other claims that have the same services.
pub fn claim_and_ledger() -> impl Strategy<Value = Situation> {
    let duplicated = vec(any::<bool>(), 6);
    (claim(), ledger(), duplicated).prop_map(|(claim, ledger, duplicated)| {
        let submission = parse(&claim);
        let items = (0..).zip(&submission.items).zip(duplicated);
        let duplicates = items.filter(|(_, is_duplicate)| *is_duplicate);
        let claim = ClaimId::parse(OTHER_CLAIM).unwrap();
        let possible_duplicates = duplicates
            .map(|((item, _), _)| PossibleDuplicate { item, claim })
            .collect();
        Situation {
            outside: OutsideFacts {
                possible_duplicates,
                ..outside(ledger)
            },
            submission,
        }
    })
}

/// A ledger that has some of the numbers.
pub fn ledger() -> impl Strategy<Value = Ledger> {
    let approvals = subsequence(&NUMBERS[..], 0..=NUMBERS.len())
        .prop_flat_map(|numbers| numbers.into_iter().map(approval).collect::<Vec<_>>());
    approvals.prop_map(|approvals| Ledger {
        preauthorizations: approvals.iter().map(parse_approval).collect(),
        drawn: Vec::new(),
    })
}

/// A way to shuffle a list of up to five.
pub fn shuffling() -> impl Strategy<Value = Vec<Index>> {
    vec(any::<Index>(), 5)
}

fn patient() -> impl Strategy<Value = Value> {
    // Some turn 18 while the services are given.
    let born = prop_oneof![
        3 => Just("1984-03-09".to_owned()),
        1 => Just("2015-01-01".to_owned()),
        2 => (9..=12).prop_map(|day| format!("2008-07-{day:02}")),
    ];
    let card = json!({"value": "9393881587", "province": "ON"});
    let card = option::weighted(0.7, Just(card));
    (born, option::of(prop::bool::weighted(0.3)), card).prop_map(|(born, pregnant, card)| {
        json!({"id": PATIENT, "birth_date": born, "pregnant": pregnant, "health_number": card})
    })
}

fn accident() -> impl Strategy<Value = Value> {
    let date = prop_oneof![
        3 => (28..=30).prop_map(|day| format!("2026-06-{day}")),
        3 => days(1..=4),
        1 => select(vec!["2020-05-02".to_owned(), "2021-07-10".to_owned()]),
    ];
    let cause = prop_oneof![
        4 => Just("auto"),
        4 => Just("work"),
        1 => word::<AccidentCause>(),
    ];
    let province = prop_oneof![Just("ON"), word::<Province>()];
    let place = prop_oneof![
        3 => option::of(province).prop_map(|it| (None, it)),
        1 => select(&["US", "MX"][..]).prop_map(|it| (Some(it), None)),
    ];
    let employer = option::weighted(0.4, word::<EmployerCovered>());
    let election = option::of(word::<WsiaElection>());
    (cause, date, place, election, employer).prop_map(
        |(cause, date, (country, province), election, employer)| {
            json!({
                "cause": cause,
                "date": date,
                "country": country,
                "province": province,
                "wsia_election": election,
                "employer_covered": employer,
            })
        },
    )
}

fn coverage() -> impl Strategy<Value = Value> {
    let status = prop_oneof![2 => Just(None), 3 => word::<CoverageStatus>().prop_map(Some)];
    let effective = prop_oneof![days(1..=6), days(9..=13)];
    let mine = (
        word::<CoverageKind>(),
        status,
        option::of(word::<Relationship>()),
    );
    let details = (
        option::weighted(0.3, effective),
        option::of(select(&["20260417", "A-1"][..])),
        option::of(any::<bool>()),
        option::of(categories(0)),
        option::weighted(0.8, insurer()),
    );
    let professions = vec(select(&PROFESSIONS[..]), 0..=2);
    let born = select(&["1955-11-02", "1957-02-03"][..]);
    let more = (
        option::weighted(0.2, days(8..=12)),
        option::weighted(0.3, professions),
        option::of(born),
        option::weighted(0.2, 1..=9),
    );
    (mine, details, more).prop_map(
        |(
            (kind, status, relationship),
            (effective, number, guideline, listed, insurer),
            (end, professions, born, priority),
        )| {
            json!({
                "kind": kind,
                "status": status,
                "relationship": relationship,
                "effective_date": effective,
                "claim_number": number,
                "minor_injury_guideline": guideline,
                "covered_categories": listed,
                "insurer": insurer,
                "end_date": end,
                "covered_professions": professions,
                "subscriber": {"birth_date": born},
                "priority": priority,
            })
        },
    )
}

/// The name of an insurer, with letters of another case and blanks to spare, or one that no rule names.
fn insurer() -> impl Strategy<Value = String> {
    let ways: [fn(&str) -> String; 4] = [
        str::to_owned,
        str::to_uppercase,
        |it| format!(" {}  ", it.to_lowercase().replace(' ', "   ")),
        |it| format!("{it} Inc."),
    ];
    (select(&INSURERS[..]), select(ways.to_vec())).prop_map(|(name, way)| way(name))
}

fn item() -> impl Strategy<Value = Value> {
    let category = prop_oneof![
        2 => Just("stem_cell_therapy"),
        1 => Just("platelet_rich_plasma"),
        3 => word::<Category>(),
    ];
    let price = prop_oneof![Just(0), Just(24_000), Just(450_000), 0..=10_000_000_000_i64];
    let insured = prop_oneof![4 => Just(None), 1 => word::<InsuredByOhip>().prop_map(Some)];
    let tax = prop_oneof![Just(3_000), 0..=10_000_000_000_i64];
    let more = (option::of(1..=10_000), option::of(tax));
    let asked = prop_oneof![5 => Just(None), 1 => word::<RequestedBy>().prop_map(Some)];
    let provider = select(&PROFESSIONS[..]);
    let provider = provider.prop_map(|it| json!({"id": "D-8", "profession": it}));
    let marks = (
        any::<bool>(),
        any::<bool>(),
        asked,
        option::weighted(0.3, word::<CodeSystem>()),
        option::weighted(0.3, provider),
    );
    (
        days(9..=12),
        category,
        price,
        insured,
        option::weighted(0.3, more),
        marks,
    )
        .prop_map(|(day, category, price, insured, more, marks)| {
            let (quantity, tax) = more.unwrap_or_default();
            let (prescribed, emergency, asked, system, provider) = marks;
            json!({
                "service_date": day,
                "category": category,
                "unit_price_cents": price,
                "insured_by_ohip": insured,
                "quantity": quantity,
                "tax_cents": tax,
                "prescribed": prescribed,
                "emergency": emergency,
                "requested_by": asked,
                "code": system.map(|_| "A007A"),
                "system": system,
                "provider": provider,
            })
        })
}

fn procedure() -> impl Strategy<Value = Value> {
    let guidance = prop_oneof![2 => Just("ultrasound"), 1 => word::<Guidance>()];
    let mostly = || option::weighted(0.9, prop::bool::weighted(0.9));
    let material = (
        option::of(word::<HarvestSite>()),
        option::of(word::<TargetTissue>()),
    );
    (
        option::weighted(0.9, guidance),
        mostly(),
        mostly(),
        material,
        option::of(Just("CTA-1")),
    )
        .prop_map(
            |(guidance, asepsis, antibiotics, (site, tissue), authorization)| {
                json!({
                    "guidance": guidance,
                    "aseptic_technique": asepsis,
                    "antibiotic_prophylaxis": antibiotics,
                    "harvest_site": site,
                    "target_tissue": tissue,
                    "health_canada_authorization": authorization,
                })
            },
        )
}

fn approval(number: &'static str) -> impl Strategy<Value = Value> {
    let status = prop_oneof![3 => Just("approved"), 2 => word::<PreauthorizationStatus>()];
    let patient = prop_oneof![4 => Just(PATIENT), 1 => Just("P-2")];
    let cents = prop_oneof![Just(450_000), Just(10_000_000_000), 0..=10_000_000_000_i64,];
    let validity = (
        option::weighted(0.3, days(8..=11)),
        option::weighted(0.3, days(11..=13)),
    );
    (
        select(PreauthorizationKind::ALL),
        status,
        patient,
        cents,
        option::of(categories(1)),
        validity,
    )
        .prop_map(move |(kind, status, patient, cents, listed, (from, to))| {
            let may_be_confirmed = kind == PreauthorizationKind::Ocf23;
            let status = match status {
                "confirmed" if !may_be_confirmed => "approved",
                status => status,
            };
            json!({
                "number": number,
                "kind": kind.word(),
                "patient_id": patient,
                "payer": kind.payer().word(),
                "status": status,
                "approved_cents": cents,
                "categories": listed,
                "valid_from": from,
                "valid_to": to,
            })
        })
}

fn categories(least: usize) -> impl Strategy<Value = Vec<&'static str>> {
    vec(
        prop_oneof![Just("stem_cell_therapy"), word::<Category>()],
        least..=6,
    )
}

/// Days of July 2026.
fn days(range: std::ops::RangeInclusive<u8>) -> impl Strategy<Value = String> {
    range.prop_map(|day| format!("2026-07-{day:02}"))
}

fn word<T: ClosedEnum + std::fmt::Debug>() -> impl Strategy<Value = &'static str> {
    select(T::ALL).prop_map(ClosedEnum::word)
}
