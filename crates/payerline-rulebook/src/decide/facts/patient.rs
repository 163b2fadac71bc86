//! The patient.

use jiff::civil::Date;
use serde_json::{Value, json};

use crate::table::vocabulary::{Age, PatientFacts};
use payerline_domain::{claims::people::Patient, values::time::Day};

/// Who is younger, in years, is a minor.
pub const ADULT_AT: i16 = 18;
/// The patient of every example claim.
pub const EXAMPLE_ID: &str = "P-1";
const MINOR_AGE_YEARS: i16 = 10;

impl PatientFacts {
    pub fn gather(patient: &Patient, service_date: Day) -> Self {
        let is_minor = patient.birth_date.age_on(service_date) < ADULT_AT;
        Self {
            age: if is_minor { Age::Minor } else { Age::Adult },
            pregnant: patient.pregnant.into(),
        }
    }

    /// Such a patient on a day of service, and the same in words.
    pub fn example(&self, day: Day) -> (Value, String) {
        let Self { age, pregnant } = *self;
        let (born, age) = match age {
            Age::Adult => (Some(Date::constant(1984, 3, 9)), "an adult"),
            Age::Minor => {
                let year = day.date().year() - MINOR_AGE_YEARS;
                (Date::new(year, 1, 1).ok(), "under 18")
            }
        };
        let patient = json!({
            "id": EXAMPLE_ID,
            "birth_date": Day::from(born.unwrap_or(day.date())),
            "pregnant": pregnant.then_some(true),
        });
        let pregnant = pregnant.then_some(" and pregnant").unwrap_or_default();
        (patient, format!("The patient is {age}{pregnant}."))
    }
}
