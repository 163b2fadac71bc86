//! What letters say, without HTTP and without a database.

use std::sync::Arc;

use super::{subject::Subject, text::Letter, words};
use crate::app::claims::decided::DecidedClaim;
use payerline_domain::{
    claims::{outside_facts::OutsideFacts, submission::Submission},
    preauthorizations::Ledger,
    values::{
        closed_enum::ClosedEnum,
        money::Cents,
        place::{Country, Province},
        time::Day,
    },
};
use payerline_rulebook::{Rulebook, explain::phrases::dollars};

const STEM_CELLS: &str = include_str!("../../../../examples/uncovered-stem-cell-sports.json");
const WORKER: &str = include_str!("../../../../examples/wsib-stem-cell-back.json");
const REPORT: &str = include_str!("../../../../examples/uncovered-lawyer-report.json");
const CAR: &str = include_str!("../../../../examples/mva-medication-after-july-2026.json");
const SILENT: &str = include_str!("../../../../examples/review-ohip-silent-consultation.json");
/// What only programs and staff say.
const INTERNAL: [&str; 6] = [
    "disposition",
    "allocation",
    "needs_",
    "uncovered",
    "mva",
    "rulebook",
];

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

/// The letter of a dry run.
fn letter_about(claim: &str) -> Letter {
    let today = day("2026-12-08");
    let rulebook = Arc::new(Rulebook::ontario().unwrap());
    let submission = Submission::parse(claim.as_bytes(), today).unwrap();
    let outside = OutsideFacts {
        today,
        ledger: Ledger::default(),
        possible_duplicates: Vec::new(),
        minor_injury_cents: Cents::default(),
        review_outdated: false,
    };
    let decided = DecidedClaim::decide(rulebook, submission, outside).unwrap();
    Letter::write(&Subject::from_dry_run(&decided), None, today)
}

/// All sentences.
fn sentences(letter: &Letter) -> String {
    format!("{letter:?}")
}

#[test]
fn days_and_amounts_are_written_as_in_ontario() {
    for (written, text) in [
        ("2026-12-08", "8 December 2026"),
        ("2026-01-31", "31 January 2026"),
        ("2024-02-29", "29 February 2024"),
    ] {
        assert_eq!(words::day(day(written)), text);
    }
    assert_eq!(dollars(Cents::from_stored(123_450)), "$1,234.50");
}

#[test]
fn every_place_reads_like_one() {
    for province in Province::ALL {
        let place = words::place(*province, None);
        assert!(place.starts_with("in ") || place.starts_with("on ") || place == "outside Canada");
    }
    let american = words::place(Province::Abroad, Some(Country::UNITED_STATES));
    assert_eq!(american, "in the United States");
}

#[test]
fn an_amount_says_how_it_comes_about() {
    let claim = |quantity: &str, tax: i64| {
        let text = REPORT.replace("\"tax_cents\": 11700", &format!("\"tax_cents\": {tax}"));
        let text = text.replace(
            "\"category\"",
            &format!("\"quantity\": {quantity}, \"category\""),
        );
        letter_about(&text).costs[0].calculation.clone()
    };
    assert_eq!(claim("1", 0), None);
    assert_eq!(claim("1", 11_700).as_deref(), Some("$117.00 tax included"));
    let both = "1.25 × $900.00, $117.00 tax included";
    assert_eq!(claim("1.25", 11_700).as_deref(), Some(both));
    assert_eq!(claim("2.5", 0).as_deref(), Some("2.5 × $900.00"));
    assert_eq!(claim("2.05", 0).as_deref(), Some("2.05 × $900.00"));
}

#[test]
fn a_long_description_is_cut() {
    let long = "Stem cells, ".repeat(100);
    let claim = STEM_CELLS.replace("Fat harvest, abdomen", &long);
    let letter = letter_about(&claim);
    let description = letter.costs[1].description.as_deref().unwrap();
    assert!(description.ends_with('…') && description.chars().count() <= 121);
}

#[test]
fn who_has_no_insurance_learns_what_it_would_cost() {
    let letter = letter_about(STEM_CELLS);
    assert_eq!(letter.title, "Who would pay for your treatment");
    assert_eq!(letter.day, "8 December 2026");
    assert_eq!(letter.patient, "Emily Vandenberg");
    assert_eq!(letter.own_part, "You would pay $5,300.00 yourself.");
    assert_eq!(letter.total, "$5,300.00");
    assert!(letter.costs.iter().all(|line| line.payer == "You"));
    assert!(
        letter.reasons[0]
            .text
            .contains("OHIP does not pay for this either")
    );
    assert!(
        letter
            .assumptions
            .contains(&"You have no private plan that could pay.".to_owned())
    );
    assert_eq!(letter.account, []);
}

#[test]
fn a_worker_is_never_asked_to_pay() {
    let silent = WORKER.replace("\"claim_number\": \"31790455\"", "\"status\": \"denied\"");
    for claim in [WORKER, &silent] {
        let letter = letter_about(claim);
        assert!(
            letter
                .own_part
                .starts_with("You are not asked to pay anything now.")
        );
        let all = sentences(&letter);
        assert!(
            !all.contains("You would pay") && !all.contains("you are billed"),
            "{all}"
        );
        let is_paid_by_patient = |payer: &str| payer.starts_with("You");
        assert!(
            !letter
                .costs
                .iter()
                .any(|line| is_paid_by_patient(&line.payer))
        );
    }
    let letter = letter_about(WORKER);
    assert!(
        letter.decided[1]
            .starts_with("WSIB (workers' insurance) must approve this before it is billed")
    );
}

#[test]
fn a_third_party_is_billed_and_the_patient_is_not() {
    let letter = letter_about(REPORT);
    assert_eq!(letter.costs[0].payer, "Aldous & Finch LLP");
    assert_eq!(letter.own_part, "You would not be billed.");
    let asked =
        "Aldous & Finch LLP asked for this and would be billed $1,017.00. You would not be.";
    assert_eq!(letter.decided[1], asked);
    assert_eq!(letter.assumptions, Vec::<String>::new());
}

#[test]
fn payers_are_named_in_turn() {
    let letter = letter_about(CAR);
    let of_line = |line: usize| letter.costs[line].payer.as_str();
    let (auto, plan) = (
        "Lakehead Auto (auto insurer)",
        "Great Lakes Benefits (private plan)",
    );
    assert_eq!(
        of_line(0),
        format!("{auto}, then {plan}, if it is approved")
    );
    assert_eq!(of_line(1), format!("{plan}, then {auto}"));
    let decided = letter.decided.join("\n");
    assert!(
        decided.contains(&format!(
            "{auto} must approve service 1 before it is billed"
        )),
        "{decided}"
    );
    let accident = "You had a car accident in Ontario on 18 July 2026.";
    assert!(letter.assumptions.contains(&accident.to_owned()));
    assert_eq!(letter.reasons.len(), 2);
    assert_eq!(letter.reasons[1].services.as_deref(), Some("Service 2"));
}

#[test]
fn what_a_person_looks_at_is_not_called_decided() {
    let letter = letter_about(SILENT);
    let decided = letter.decided.join("\n");
    assert!(
        decided.contains("A person at the clinic would have to look at it"),
        "{decided}"
    );
    assert_eq!(
        letter.own_part,
        "Nobody can say yet whether you would pay something."
    );
    assert_eq!(letter.costs[0].payer, "Not decided yet");
    // What a person finds out is not taken for granted.
    assert!(!letter.assumptions.iter().any(|it| it.contains("OHIP")));
}

#[test]
fn letters_name_no_internal_words() {
    for claim in [STEM_CELLS, WORKER, REPORT, CAR, SILENT] {
        let letter = letter_about(claim);
        let texts = [
            letter.decided.join(" "),
            letter.own_part,
            letter.assumptions.join(" "),
            letter
                .costs
                .iter()
                .map(|it| it.payer.clone() + it.service)
                .collect(),
        ];
        for text in texts {
            let found = INTERNAL
                .iter()
                .find(|word| text.to_lowercase().contains(**word));
            assert_eq!(found, None, "{text}");
        }
    }
}
