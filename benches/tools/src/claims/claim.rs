//! One claim, written as JSON.

use jiff::civil::Date;

use super::{
    accident::{Accident, Cause},
    coverage::{Coverage, draw_coverages},
    json::Object,
    people::{HealthNumber, PATIENT_COUNT, Patient, Provider},
    random::{Random, Stream},
    treatment::{Item, Procedure, Treatment, TreatmentKind},
};

const FIRST_DAY: Date = jiff::civil::date(2022, 1, 3);
/// Treatments begin within four and a half years, some after 1 July 2026.
const FIRST_DAY_RANGE_DAYS: u32 = 1_700;

#[derive(Debug)]
pub struct Claim {
    pub external_id: String,
    pub patient: Patient,
    pub pregnant: Option<bool>,
    provider: Provider,
    pub accident: Option<Accident>,
    coverages: Vec<Coverage>,
    diagnoses: Vec<&'static str>,
    pub items: Vec<Item>,
    procedure: Option<Procedure>,
    preauthorizations: Vec<String>,
}

impl Claim {
    pub fn new(seed: u64, number: u64) -> Self {
        let mut random = Random::new(seed, Stream::Claim, number);
        // The smaller of two numbers: some patients come often.
        let patient = random.below(PATIENT_COUNT).min(random.below(PATIENT_COUNT));
        let patient = Patient::new(seed, patient);
        let first_day = FIRST_DAY.saturating_add(random.days(0, FIRST_DAY_RANGE_DAYS));
        let treatment = Treatment::draw(first_day, &mut random);
        let cause = Cause::draw(&mut random);
        let accident = Accident::draw(first_day, cause, &mut random);
        let coverages = draw_coverages(&patient.plans, cause, accident.as_ref(), &mut random);
        Self {
            external_id: external_id(number),
            pregnant: draw_pregnant(&patient, &mut random),
            provider: Provider::draw(seed, treatment.kind.is_medical(), &mut random),
            accident,
            coverages,
            diagnoses: draw_diagnoses(&treatment, &mut random),
            preauthorizations: draw_preauthorizations(treatment.kind, cause, &mut random),
            items: treatment.items,
            procedure: treatment.procedure,
            patient,
        }
    }

    /// Appends it as JSON.
    pub fn write(&self, out: &mut Vec<u8>) {
        let mut claim = Object::open(out);
        claim.text("external_id", &self.external_id);
        claim.object("patient", |it| self.write_patient(it));
        claim.object("provider", |it| {
            it.text("id", &self.provider.id);
            it.text("name", &self.provider.name);
            it.text("profession", self.provider.profession);
            it.text_if(
                "registration_number",
                self.provider.registration_number.as_deref(),
            );
        });
        if let Some(accident) = &self.accident {
            claim.object("accident", |it| {
                it.text("cause", accident.cause);
                it.day("date", accident.date);
                it.text_if("province", accident.province);
                it.text_if("wsia_election", accident.wsia_election);
            });
        }
        claim.objects("coverages", &self.coverages, write_coverage);
        if !self.diagnoses.is_empty() {
            claim.objects("diagnoses", &self.diagnoses, |code, it| {
                it.text("system", "icd-10-ca");
                it.text("code", code);
            });
        }
        claim.objects("items", &self.items, write_item);
        if let Some(procedure) = &self.procedure {
            claim.object("procedure", |it| write_procedure(procedure, it));
        }
        if !self.preauthorizations.is_empty() {
            claim.texts("preauthorizations", &self.preauthorizations);
        }
        claim.close();
    }

    fn write_patient(&self, out: &mut Object<'_>) {
        let patient = &self.patient;
        out.text("id", &patient.id);
        out.text_if("given_name", patient.given_name);
        out.text_if("family_name", patient.family_name);
        out.day("birth_date", patient.birth_date);
        out.text_if("sex", patient.sex);
        if let Some(pregnant) = self.pregnant {
            out.flag("pregnant", pregnant);
        }
        if let Some(HealthNumber {
            value,
            version,
            province,
        }) = &patient.health_number
        {
            out.object("health_number", |it| {
                it.text("value", value);
                it.text_if("version", *version);
                it.text("province", province);
            });
        }
    }
}

pub fn external_id(number: u64) -> String {
    format!("INV-{number:09}")
}

fn draw_pregnant(patient: &Patient, random: &mut Random) -> Option<bool> {
    if patient.sex != Some("female") {
        return None;
    }
    let is_fertile = (1978..=2006).contains(&patient.birth_date.year());
    let is_pregnant = is_fertile && random.percent(6);
    (is_pregnant || random.percent(30)).then_some(is_pregnant)
}

fn draw_diagnoses(treatment: &Treatment, random: &mut Random) -> Vec<&'static str> {
    let mut diagnoses = Vec::with_capacity(2);
    if random.percent(80) {
        diagnoses.push(treatment.site.diagnosis);
        if random.percent(20) {
            diagnoses.push(random.pick(&["M54.5", "M17.1", "M75.1", "M77.1", "S13.4", "S93.4"]));
        }
    }
    diagnoses
}

/// Numbers of approvals, of the kind that the claim's insurer gives.
fn draw_preauthorizations(kind: TreatmentKind, cause: Cause, random: &mut Random) -> Vec<String> {
    let needs_approval = matches!(kind, TreatmentKind::StemCells | TreatmentKind::Plasma);
    let (share, prefix) = match cause {
        Cause::Auto if !needs_approval && random.percent(35) => (12, "OCF23"),
        Cause::Auto => (25, "OCF18"),
        Cause::Work if needs_approval => (25, "WSIB"),
        Cause::Illness | Cause::Other if needs_approval => (15, "PD"),
        _ => (0, ""),
    };
    let count = if random.percent(share) {
        random.within(1, 2)
    } else {
        0
    };
    (0..count)
        .map(|_| format!("{prefix}-{}", random.within(10_000, 99_999)))
        .collect()
}

fn write_coverage(coverage: &Coverage, out: &mut Object<'_>) {
    out.text("kind", coverage.kind);
    out.text_if("insurer", coverage.insurer);
    out.text_if("policy_number", coverage.policy_number.as_deref());
    out.text_if("claim_number", coverage.claim_number.as_deref());
    if let Some(day) = coverage.effective_date {
        out.day("effective_date", day);
    }
    out.text_if("status", coverage.status);
    if let Some(minor_injury) = coverage.minor_injury_guideline {
        out.flag("minor_injury_guideline", minor_injury);
    }
    out.text_if("relationship", coverage.relationship);
    if let Some(categories) = &coverage.covered_categories {
        out.texts("covered_categories", categories);
    }
}

fn write_item(item: &Item, out: &mut Object<'_>) {
    out.day("service_date", item.date);
    out.text("category", item.category);
    out.text_if("code", item.code.as_deref());
    out.text_if("system", item.system);
    out.text_if("description", item.description.as_deref());
    out.text_if("insured_by_ohip", item.insured_by_ohip);
    if item.quantity != 1 {
        out.number("quantity", item.quantity);
    }
    out.number("unit_price_cents", item.unit_price_cents);
    if item.tax_cents != 0 {
        out.number("tax_cents", item.tax_cents);
    }
}

fn write_procedure(procedure: &Procedure, out: &mut Object<'_>) {
    let flag_if = |out: &mut Object<'_>, name: &str, value: Option<bool>| {
        if let Some(value) = value {
            out.flag(name, value);
        }
    };
    out.text_if("harvest_site", procedure.harvest_site);
    flag_if(out, "platelet_rich_plasma", procedure.platelet_rich_plasma);
    out.text_if("guidance", procedure.guidance);
    out.text_if("target_tissue", procedure.target_tissue);
    out.text_if("body_site", procedure.body_site);
    flag_if(out, "aseptic_technique", procedure.aseptic_technique);
    flag_if(
        out,
        "antibiotic_prophylaxis",
        procedure.antibiotic_prophylaxis,
    );
    out.text_if(
        "health_canada_authorization",
        procedure.health_canada_authorization.as_deref(),
    );
}
