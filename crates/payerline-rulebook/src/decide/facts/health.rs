//! The public plan and the diagnoses.

use jiff::civil::Date;
use serde_json::{Value, json};

use crate::table::vocabulary::{
    AccidentFacts, Answer, CodeList, HealthFacts, LIKELY_INSURED, LikelyInsured, ServiceFacts,
};
use payerline_domain::{
    claims::{
        coverage::{CoverageKind, CoverageStatus},
        item::{InsuredByOhip, Item, RequestedBy},
        profession::Profession,
        submission::{Diagnosis, Submission},
    },
    values::{place::Province, time::Day},
};

/// From this day on, charges for medically necessary services of physician-equivalents count as extra-billing (federal
/// policy under the Canada Health Act).
const PHYSICIAN_EQUIVALENTS_FROM: Date = Date::constant(2026, 4, 1);
/// A day of service before that, for an example claim.
const BEFORE_PHYSICIAN_EQUIVALENTS: Date = Date::constant(2026, 3, 31);
const DIAGNOSIS_SYSTEM: &str = "icd-10-ca";
/// The chapter of mental and behavioural disorders.
const MENTAL_CHAPTER: char = 'F';

impl HealthFacts {
    /// The facts that all items share; whether OHIP is likely to insure an item is not among them.
    pub fn of_claim(submission: &Submission) -> Self {
        Self {
            ohip_proven: Answer::No,
            likely_ohip_insured: LikelyInsured::No,
            mental_diagnosis: submission.diagnoses.iter().any(is_mental).into(),
        }
    }

    /// The same for one item.
    pub fn of_item(
        self,
        submission: &Submission,
        item: &Item,
        service: &ServiceFacts,
        accident: &AccidentFacts,
    ) -> Self {
        Self {
            ohip_proven: is_ohip_proven(submission).into(),
            likely_ohip_insured: likely_insured(service, accident, item.service_date),
            ..self
        }
    }

    /// A health number that shows that OHIP insures the patient, and diagnoses; and the same in words.
    pub fn example(&self) -> (Option<Value>, Option<Value>, Vec<String>) {
        let Self {
            ohip_proven,
            // The item tells it.
            likely_ohip_insured: _,
            mental_diagnosis,
        } = *self;
        let number = json!({"value": "9393881587", "province": "ON"});
        let diagnoses = json!([{"system": DIAGNOSIS_SYSTEM, "code": "F43.1"}]);
        let mut sentences = Vec::new();
        if ohip_proven == Answer::No {
            sentences.push("Nothing shows that OHIP insures the patient.".to_owned());
        }
        if mental_diagnosis == Answer::Yes {
            sentences.push("A diagnosis is one of mental health.".to_owned());
        }
        (
            ohip_proven.then_some(number),
            mental_diagnosis.then_some(diagnoses),
            sentences,
        )
    }

    /// A day of service on which an item is as likely to be insured, the usual one if it matters not.
    pub fn example_service(&self, service: &ServiceFacts, usual: Day) -> Day {
        let since = Day::from(PHYSICIAN_EQUIVALENTS_FROM);
        let is_nurse_practitioners = service.profession == Profession::NursePractitioner
            && LIKELY_INSURED.contains(&service.category);
        match self.likely_ohip_insured {
            LikelyInsured::Physician if is_nurse_practitioners => {
                usual.min(Day::from(BEFORE_PHYSICIAN_EQUIVALENTS))
            }
            LikelyInsured::No if is_nurse_practitioners && is_silent(service) => {
                usual.min(Day::from(BEFORE_PHYSICIAN_EQUIVALENTS))
            }
            LikelyInsured::NursePractitioner => usual.max(since),
            LikelyInsured::Physician | LikelyInsured::No => usual,
        }
    }
}

fn is_mental(diagnosis: &Diagnosis) -> bool {
    diagnosis
        .system
        .as_str()
        .eq_ignore_ascii_case(DIAGNOSIS_SYSTEM)
        && diagnosis
            .code
            .as_str()
            .starts_with([MENTAL_CHAPTER, MENTAL_CHAPTER.to_ascii_lowercase()])
}

fn is_ohip_proven(submission: &Submission) -> bool {
    let coverages = submission.coverages.iter();
    let mut ohip = coverages
        .filter(|it| it.kind == CoverageKind::Ohip)
        .peekable();
    let has_number = || {
        let number = submission.patient.health_number.as_ref();
        number.is_some_and(|it| it.province == Province::Ontario)
    };
    let is_given = |status| matches!(status, CoverageStatus::Active | CoverageStatus::Pending);
    let (mut given, mut denied) = (false, false);
    for coverage in &mut ohip {
        given |= is_given(coverage.status);
        denied |= coverage.is_denied();
    }
    given || (has_number() && !denied)
}

/// True if the claim does not say whether OHIP insures an item that OHIP may be asked about.
fn is_silent(service: &ServiceFacts) -> bool {
    service.ohip_insured == InsuredByOhip::Unknown && service.requested_by == RequestedBy::Patient
}

/// The contract, 'Silence about OHIP'.
fn likely_insured(service: &ServiceFacts, accident: &AccidentFacts, day: Day) -> LikelyInsured {
    if !is_silent(service) || accident.caused_by_work == Answer::Yes {
        return LikelyInsured::No;
    }
    let is_likely = LIKELY_INSURED.contains(&service.category);
    let is_since = day >= Day::from(PHYSICIAN_EQUIVALENTS_FROM);
    match service.profession {
        Profession::NursePractitioner if is_likely && is_since => LikelyInsured::NursePractitioner,
        Profession::Physician if is_likely => LikelyInsured::Physician,
        _ if service.code_system == CodeList::Ohip => LikelyInsured::Physician,
        _ => LikelyInsured::No,
    }
}
