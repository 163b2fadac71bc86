//! The people of a network of clinics: thousands of patients and dozens of providers, the same in every claim.

use jiff::civil::Date;

use super::{
    coverage::PrivatePlan,
    random::{Random, Stream},
    tables,
};

pub const PATIENT_COUNT: u32 = 6_000;
/// The first providers are physicians, the others therapists.
const PHYSICIAN_COUNT: u32 = 22;
const THERAPIST_COUNT: u32 = 38;

const FIRST_BIRTH_DATE: Date = jiff::civil::date(1935, 1, 1);
/// 85 years, all before the first treatment.
const BIRTH_DATE_RANGE_DAYS: u32 = 31_000;

#[derive(Debug)]
pub struct Patient {
    pub id: String,
    pub given_name: Option<&'static str>,
    pub family_name: Option<&'static str>,
    pub birth_date: Date,
    pub sex: Option<&'static str>,
    pub health_number: Option<HealthNumber>,
    pub plans: Vec<PrivatePlan>,
}

/// A provincial health number.
#[derive(Debug)]
pub struct HealthNumber {
    pub value: String,
    pub version: Option<&'static str>,
    pub province: &'static str,
}

#[derive(Debug)]
pub struct Provider {
    pub id: String,
    pub name: String,
    pub profession: &'static str,
    pub registration_number: Option<String>,
}

impl Patient {
    pub fn new(seed: u64, number: u32) -> Self {
        let mut random = Random::new(seed, Stream::Patient, number.into());
        let birth_date = FIRST_BIRTH_DATE.saturating_add(random.days(0, BIRTH_DATE_RANGE_DAYS));
        Self {
            id: format!("P-{:05}", number + 1),
            given_name: random.percent(96).then(|| random.pick(tables::GIVEN_NAMES)),
            family_name: random
                .percent(97)
                .then(|| random.pick(tables::FAMILY_NAMES)),
            birth_date,
            sex: random.pick_weighted(&[
                (47, Some("female")),
                (45, Some("male")),
                (1, Some("other")),
                (2, Some("unknown")),
                (5, None),
            ]),
            health_number: random.percent(88).then(|| HealthNumber::new(&mut random)),
            plans: PrivatePlan::draw_all(&mut random),
        }
    }
}

impl HealthNumber {
    fn new(random: &mut Random) -> Self {
        let province = random.pick_weighted(&[(96, "ON"), (2, "QC"), (1, "AB"), (1, "NS")]);
        let digits = random.within(100_000_000, 999_999_999);
        let value = if province == "ON" {
            format!("{digits}{}", check_digit(digits))
        } else {
            digits.to_string()
        };
        Self {
            value,
            version: random.pick_weighted(&[
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

/// The tenth digit of an Ontario health number (Luhn).
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
    pub fn draw(seed: u64, only_physicians: bool, random: &mut Random) -> Self {
        let (first, count) = if only_physicians {
            (0, PHYSICIAN_COUNT)
        } else {
            (PHYSICIAN_COUNT, THERAPIST_COUNT)
        };
        Self::new(seed, first + random.below(count))
    }

    fn new(seed: u64, number: u32) -> Self {
        let mut random = Random::new(seed, Stream::Provider, number.into());
        let profession = if number < PHYSICIAN_COUNT {
            "physician"
        } else {
            random.pick_weighted(&[
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
