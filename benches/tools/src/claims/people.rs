//! The people of a network of clinics: some thousands of patients and some dozens of providers, who come back
//! from claim to claim as they are.

use jiff::civil::Date;

use super::{
    random::{Random, Stream},
    situation::Plan,
    tables,
};

/// How many patients there are.
pub const PATIENTS: u32 = 6_000;
/// How many providers are physicians: the first ones.
const PHYSICIANS: u32 = 22;
/// How many are others.
const THERAPISTS: u32 = 38;

/// The first day on which a patient can be born.
const BORN_FROM: Date = jiff::civil::date(1935, 1, 1);
/// Patients are born within so many days: 85 years, all before the first treatment.
const BORN_WITHIN: u32 = 31_000;

/// A patient.
#[derive(Debug)]
pub struct Patient {
    /// The clinic's id.
    pub id: String,
    /// The given name, where it was entered.
    pub given_name: Option<&'static str>,
    /// The family name, where it was entered.
    pub family_name: Option<&'static str>,
    /// The day of birth.
    pub birth_date: Date,
    /// The sex, where it was entered.
    pub sex: Option<&'static str>,
    /// The health number, where there is one.
    pub health_number: Option<HealthNumber>,
    /// The private plans.
    pub plans: Vec<Plan>,
}

/// A provincial health number.
#[derive(Debug)]
pub struct HealthNumber {
    /// Its digits.
    pub value: String,
    /// Its version code.
    pub version: Option<&'static str>,
    /// Who issued it.
    pub province: &'static str,
}

/// A provider.
#[derive(Debug)]
pub struct Provider {
    /// The clinic's id.
    pub id: String,
    /// The name.
    pub name: String,
    /// The profession.
    pub profession: &'static str,
    /// The number in the college's register.
    pub registration_number: Option<String>,
}

impl Patient {
    /// A patient by number.
    pub fn new(seed: u64, number: u32) -> Self {
        let mut random = Random::of(seed, Stream::Patient, number.into());
        let birth_date = BORN_FROM.saturating_add(random.days(0, BORN_WITHIN));
        Self {
            id: format!("P-{:05}", number + 1),
            given_name: random.percent(96).then(|| random.pick(tables::GIVEN_NAMES)),
            family_name: random
                .percent(97)
                .then(|| random.pick(tables::FAMILY_NAMES)),
            birth_date,
            sex: random.weigh(&[
                (47, Some("female")),
                (45, Some("male")),
                (1, Some("other")),
                (2, Some("unknown")),
                (5, None),
            ]),
            health_number: random.percent(88).then(|| HealthNumber::new(&mut random)),
            plans: Plan::some(&mut random),
        }
    }
}

impl HealthNumber {
    fn new(random: &mut Random) -> Self {
        let province = random.weigh(&[(96, "ON"), (2, "QC"), (1, "AB"), (1, "NS")]);
        let digits = random.within(100_000_000, 999_999_999);
        let value = if province == "ON" {
            format!("{digits}{}", check_digit(digits))
        } else {
            digits.to_string()
        };
        Self {
            value,
            version: random.weigh(&[
                (20, None),
                (20, Some("AB")),
                (20, Some("VG")),
                (20, Some("ML")),
                (10, Some("K")),
                (10, Some("TX")),
            ]),
            province,
        }
    }
}

/// The digit that makes ten of nine: Luhn's, as on Ontario's health numbers.
pub fn check_digit(mut nine: u32) -> u32 {
    let (mut sum, mut doubled) = (0, true);
    while nine > 0 {
        let digit = nine % 10;
        sum += match (doubled, digit) {
            (false, _) => digit,
            (true, 0..=4) => digit * 2,
            (true, _) => digit * 2 - 9,
        };
        doubled = !doubled;
        nine /= 10;
    }
    (10 - sum % 10) % 10
}

impl Provider {
    /// One who treats: a physician where only one may.
    pub fn any(seed: u64, only_physicians: bool, random: &mut Random) -> Self {
        let (first, count) = if only_physicians {
            (0, PHYSICIANS)
        } else {
            (PHYSICIANS, THERAPISTS)
        };
        Self::new(seed, first + random.below(count))
    }

    fn new(seed: u64, number: u32) -> Self {
        let mut random = Random::of(seed, Stream::Provider, number.into());
        let profession = if number < PHYSICIANS {
            "physician"
        } else {
            random.weigh(&[
                (70, "physiotherapist"),
                (15, "chiropractor"),
                (15, "massage therapist"),
            ])
        };
        let title = if profession == "physician" {
            "Dr. "
        } else {
            ""
        };
        let (given, family) = (
            random.pick(tables::GIVEN_NAMES),
            random.pick(tables::FAMILY_NAMES),
        );
        Self {
            id: format!("D-{}", number + 1),
            name: format!("{title}{given} {family}"),
            profession,
            registration_number: random
                .percent(90)
                .then(|| random.within(10_000, 99_999).to_string()),
        }
    }
}
