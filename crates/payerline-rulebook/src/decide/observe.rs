//! Observes what is odd about a claim, whatever the rules decide.

use jiff::ToSpan;

use super::facts::{ClaimFacts, ItemFacts, accident};
use crate::table::{
    findings::Observation,
    vocabulary::{AccidentFacts, Cause},
};
use payerline_domain::{
    claims::{
        coverage::{Coverage, CoverageKind},
        decision::ItemDecision,
        item::{Category, InsuredByOhip, Item, RequestedBy},
        outside_facts::OutsideFacts,
        payer::Payer,
        profession::Profession,
        submission::Submission,
    },
    values::{ids::ClaimId, money::Cents, text::Label, time::Day},
};

/// Length of a WSIB claim number as far as known (general knowledge: warn, never refuse).
const WSIB_CLAIM_NUMBER_DIGITS: usize = 8;
/// Services must be claimed from OHIP within so many months (Bulletin 231001).
const OHIP_MONTHS: i32 = 3;
/// Services that are exempt from HST if a provider of that profession gives them (the CRA's list).
const EXEMPT_SERVICES: [(Category, Profession); 6] = [
    (Category::Physiotherapy, Profession::Physiotherapist),
    (Category::Chiropractic, Profession::Chiropractor),
    (
        Category::OccupationalTherapy,
        Profession::OccupationalTherapist,
    ),
    (Category::Psychotherapy, Profession::Psychotherapist),
    (Category::Acupuncture, Profession::Acupuncturist),
    (Category::Naturopathy, Profession::Naturopath),
];

/// Something observed, with a JSON Pointer.
pub struct Observed {
    pub observation: Observation,
    pub pointer: String,
    /// The other claim, where there is one.
    pub related_claim: Option<ClaimId>,
}

impl Observed {
    pub fn at(observation: Observation, pointer: String) -> Self {
        Self {
            observation,
            pointer,
            related_claim: None,
        }
    }
}

/// The observations about the coverages.
pub fn coverages(submission: &Submission, accident: &AccidentFacts) -> Vec<Observed> {
    let mut observed = Vec::new();
    let mut items = submission.items.iter();
    let is_for_patient = items.any(|it| it.requested_by == RequestedBy::Patient);
    if is_for_patient && accident::speaks_of_an_unreported_accident(submission) {
        let pointer = "/accident".to_owned();
        observed.push(Observed::at(Observation::AccidentMissing, pointer));
    }
    for (index, coverage) in submission.coverages.iter().enumerate() {
        if let Some(field) = not_in_force(submission, coverage, accident) {
            let pointer = format!("/coverages/{index}/{field}");
            observed.push(Observed::at(Observation::CoverageNotInForce, pointer));
        }
        if coverage.kind == CoverageKind::Wsib
            && coverage.claim_number.as_ref().is_some_and(is_unusual)
        {
            let pointer = format!("/coverages/{index}/claim_number");
            observed.push(Observed::at(Observation::ClaimNumberUnusual, pointer));
        }
    }
    observed
}

fn is_unusual(number: &Label) -> bool {
    let number = number.as_str();
    number.len() != WSIB_CLAIM_NUMBER_DIGITS || !number.bytes().all(|b| b.is_ascii_digit())
}

/// The field that says that a coverage was not in force on a day that counts for it: the day of the accident for auto
/// and WSIB, the days of service for the others. `None` if it was in force on all of them.
fn not_in_force(
    submission: &Submission,
    coverage: &Coverage,
    accident: &AccidentFacts,
) -> Option<&'static str> {
    let is_out = |day: &Day| !coverage.in_force_on(*day);
    let day = match coverage.kind {
        CoverageKind::Auto | CoverageKind::Wsib => submission
            .accident
            .filter(|_| accident.cause != Cause::Other)
            .map(|accident| accident.date)
            .filter(is_out),
        CoverageKind::Private | CoverageKind::Federal => {
            let mut days = submission.items.iter().map(|item| item.service_date);
            days.find(is_out)
        }
        CoverageKind::Ohip => None,
    };
    let has_ended = |day| coverage.end_date.is_some_and(|end| end < day);
    day.map(|day| {
        if has_ended(day) {
            "end_date"
        } else {
            "effective_date"
        }
    })
}

/// What only tables from 2026.3 on describe.
pub fn later(
    submission: &Submission,
    outside: &OutsideFacts,
    claim: &ClaimFacts<'_>,
    decided: &[ItemDecision],
) -> Vec<Observed> {
    let mut observed = Vec::new();
    for duplicate in &outside.possible_duplicates {
        let pointer = format!("/items/{}", duplicate.item);
        observed.push(Observed {
            related_claim: Some(duplicate.claim),
            ..Observed::at(Observation::PossibleDuplicate, pointer)
        });
    }
    for (index, item) in submission.items.iter().enumerate() {
        if is_stale(item, outside.today) {
            let pointer = format!("/items/{index}/service_date");
            observed.push(Observed::at(Observation::OhipStale, pointer));
        }
        let provider = item.provider.as_ref().unwrap_or(&submission.provider);
        if is_exempt_but_taxed(item, provider.kind()) {
            let pointer = format!("/items/{index}/tax_cents");
            observed.push(Observed::at(Observation::TaxOnExemptService, pointer));
        }
    }
    for (index, diagnosis) in submission.diagnoses.iter().enumerate() {
        let mut before = submission.diagnoses.iter().take(index);
        if before.any(|it| it == diagnosis) {
            let pointer = format!("/diagnoses/{index}");
            observed.push(Observed::at(Observation::DuplicateDiagnosis, pointer));
        }
    }
    if a_birthday_is_missing(claim, decided) {
        let pointer = "/coverages".to_owned();
        observed.push(Observed::at(Observation::BirthdayRuleUnknown, pointer));
    }
    observed.extend(minor_injury_cap(outside, claim, decided));
    if outside.review_outdated {
        observed.push(Observed::at(Observation::ReviewOutdated, String::new()));
    }
    observed
}

/// True if OHIP insures the item and no longer takes it.
fn is_stale(item: &Item, today: Day) -> bool {
    let last = item.service_date.date().checked_add(OHIP_MONTHS.months());
    item.insured_by_ohip == InsuredByOhip::Yes && last.is_ok_and(|last| today > Day::from(last))
}

/// Work for an insurer or lawyer is not exempt, so a third party's item may be taxed.
fn is_exempt_but_taxed(item: &Item, profession: Profession) -> bool {
    item.tax_cents > Cents::default()
        && item.requested_by == RequestedBy::Patient
        && EXEMPT_SERVICES.contains(&(item.category, profession))
}

/// True if a plan is billed of which nobody knows whether it comes before another parent's.
fn a_birthday_is_missing(claim: &ClaimFacts<'_>, decided: &[ItemDecision]) -> bool {
    let mut items = claim.items.iter().zip(decided);
    items.any(|(item, decided)| is_birthday_missing(item, decided))
}

fn is_birthday_missing(item: &ItemFacts<'_>, decided: &ItemDecision) -> bool {
    let plans = &item.plans;
    let is_federal = decided.coverage.is_some()
        && decided.coverage == item.federal.chosen.map(|(index, _)| index);
    match decided.billing_order.payers() {
        [Payer::Private] => plans.pick_by_chance && !is_federal,
        shared => shared.contains(&Payer::Private) && plans.active_by_chance,
    }
}

/// What the auto insurer is responsible for under the guideline, with the patient's other claims after the accident, adds
/// up to more than it pays.
fn minor_injury_cap(
    outside: &OutsideFacts,
    claim: &ClaimFacts<'_>,
    decided: &[ItemDecision],
) -> Option<Observed> {
    let (index, _) = claim.guideline?;
    let payers = decided.iter().map(|it| it.payer);
    let charge = claim.minor_injury_charge(outside, payers)?;
    let pointer = format!("/coverages/{index}/minor_injury_guideline");
    charge
        .exceeds_cap(charge.others)
        .then(|| Observed::at(Observation::MinorInjuryCap, pointer))
}
