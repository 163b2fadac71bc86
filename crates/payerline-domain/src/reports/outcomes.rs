//! How patients fare after their treatments.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Tabular, histogram::Histogram, period::ReportPeriod};
use crate::{
    claims::{
        outcome::{Function, Pain, PatientOutcome},
        submission::Submission,
    },
    values::closed_enum::{ClosedEnum, string_enum},
};

string_enum! {
    /// How long after the first service of the claim something was measured.
    OutcomeMoment {
        /// Less than 6 weeks after.
        Baseline = "baseline",
        /// 6 weeks after, and before 3 months (13 weeks).
        SixWeeks = "six_weeks",
        /// 3 months after, and before 6 months (26 weeks).
        ThreeMonths = "three_months",
        /// 6 months after, or later.
        SixMonths = "six_months",
    }
}

impl OutcomeMoment {
    /// The moment that so many days belong to.
    pub fn of(days: i64) -> Self {
        match days.div_euclid(7) {
            ..6 => Self::Baseline,
            6..13 => Self::SixWeeks,
            13..26 => Self::ThreeMonths,
            _ => Self::SixMonths,
        }
    }
}

/// What was measured at a moment after the service of a claim: the first that was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measured {
    pub moment: OutcomeMoment,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pain: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function: Option<u16>,
}

/// What was measured of a patient after the services of a claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimOutcomes {
    /// The clinic's id of the patient, in its normal form.
    pub patient: String,
    /// By moment; those at which nothing was measured are left out.
    pub measured: Vec<Measured>,
}

impl ClaimOutcomes {
    /// Sorts what was measured by how long after the first service it was; `None` if it is neither pain nor function.
    pub fn find(submission: &Submission, outcomes: &[PatientOutcome]) -> Option<Self> {
        let treated_on = submission.items.iter().map(|it| it.service_date).min()?;
        let mut in_order: Vec<&PatientOutcome> = outcomes.iter().collect();
        in_order.sort_by_key(|it| it.day);
        let mut measured: BTreeMap<OutcomeMoment, Measured> = BTreeMap::new();
        for outcome in in_order {
            if outcome.pain.is_none() && outcome.function.is_none() {
                continue;
            }
            let moment = OutcomeMoment::of(treated_on.days_until(outcome.day));
            let known = measured.entry(moment).or_insert(Measured {
                moment,
                pain: None,
                function: None,
            });
            known.pain = known.pain.or(outcome.pain.map(Pain::get));
            known.function = known.function.or(outcome.function.map(Function::get));
        }
        let patient = submission.patient.id.normal_form().into_owned();
        let measured: Vec<Measured> = measured.into_values().collect();
        (!measured.is_empty()).then_some(Self { patient, measured })
    }
}

/// How patients fare at four moments after the first service of their claims: pain (0 none, 10 the worst) and function (0
/// none, 100 as before).
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct OutcomesReport {
    #[serde(flatten)]
    pub period: ReportPeriod,
    /// A row for each moment, always all of them.
    pub data: Vec<OutcomesRow>,
}

/// What was measured at a moment. Of each claim the first measurement of the moment counts.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct OutcomesRow {
    /// How long after the first service.
    pub moment: OutcomeMoment,
    /// Of how many patients something was measured.
    #[schema(minimum = 0, example = 38)]
    pub patients: u64,
    /// For how many claims pain was measured.
    #[schema(minimum = 0, example = 41)]
    pub pain_claims: u64,
    /// The mean of pain, to one decimal; null if none was measured.
    #[schema(required = true, minimum = 0, maximum = 10, example = 4.2)]
    pub mean_pain: Option<f64>,
    /// The median of pain, by nearest rank; null if none was measured.
    #[schema(required = true, minimum = 0, maximum = 10, example = 4)]
    pub median_pain: Option<u32>,
    /// For how many claims function was measured.
    #[schema(minimum = 0, example = 36)]
    pub function_claims: u64,
    /// The mean of function, to one decimal; null if none was measured.
    #[schema(required = true, minimum = 0, maximum = 100, example = 71.5)]
    pub mean_function: Option<f64>,
    /// The median of function, by nearest rank; null if none was measured.
    #[schema(required = true, minimum = 0, maximum = 100, example = 70)]
    pub median_function: Option<u32>,
}

/// Adds claims up, one after the other.
#[derive(Debug, Default)]
pub struct OutcomeSums(BTreeMap<OutcomeMoment, MomentSums>);

#[derive(Debug, Default)]
struct MomentSums {
    patients: BTreeSet<String>,
    pain: Histogram,
    function: Histogram,
}

impl OutcomeSums {
    /// Adds what was measured for a claim.
    pub fn add(&mut self, claim: &ClaimOutcomes) {
        for measured in &claim.measured {
            let sums = self.0.entry(measured.moment).or_default();
            if !sums.patients.contains(&claim.patient) {
                sums.patients.insert(claim.patient.clone());
            }
            if let Some(pain) = measured.pain {
                sums.pain.add(pain.into(), 1);
            }
            if let Some(function) = measured.function {
                sums.function.add(function.into(), 1);
            }
        }
    }

    /// Makes the report, a row for each moment.
    pub fn finish(mut self, period: ReportPeriod) -> OutcomesReport {
        let mut row = |moment: OutcomeMoment| {
            let MomentSums {
                patients,
                pain,
                function,
            } = self.0.remove(&moment).unwrap_or_default();
            OutcomesRow {
                moment,
                patients: u64::try_from(patients.len()).unwrap_or(u64::MAX),
                pain_claims: pain.count(),
                mean_pain: pain.mean(),
                median_pain: pain.median(),
                function_claims: function.count(),
                mean_function: function.mean(),
                median_function: function.median(),
            }
        };
        let data = OutcomeMoment::ALL.iter().map(|it| row(*it)).collect();
        OutcomesReport { period, data }
    }
}

impl Tabular for OutcomesReport {
    type Row = OutcomesRow;

    const FIELDS: &'static [&'static str] = &[
        "moment",
        "patients",
        "pain_claims",
        "mean_pain",
        "median_pain",
        "function_claims",
        "mean_function",
        "median_function",
    ];

    fn period(&self) -> ReportPeriod {
        self.period
    }

    fn rows(&self) -> &[OutcomesRow] {
        &self.data
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::time::Day;

    fn measured(moment: OutcomeMoment, pain: Option<u16>, function: Option<u16>) -> Measured {
        Measured {
            moment,
            pain,
            function,
        }
    }

    #[test]
    fn each_day_belongs_to_a_moment() {
        for (days, moment) in [
            (0, OutcomeMoment::Baseline),
            (41, OutcomeMoment::Baseline),
            (42, OutcomeMoment::SixWeeks),
            (90, OutcomeMoment::SixWeeks),
            (91, OutcomeMoment::ThreeMonths),
            (181, OutcomeMoment::ThreeMonths),
            (182, OutcomeMoment::SixMonths),
            (2000, OutcomeMoment::SixMonths),
        ] {
            assert_eq!(OutcomeMoment::of(days), moment, "{days}");
        }
    }

    #[test]
    fn a_patient_counts_once_and_each_claim_is_measured() {
        let baseline = OutcomeMoment::Baseline;
        let claim = |patient: &str, pain, function| ClaimOutcomes {
            patient: patient.to_owned(),
            measured: vec![measured(baseline, pain, function)],
        };
        let mut sums = OutcomeSums::default();
        sums.add(&claim("P-1", Some(6), Some(40)));
        sums.add(&claim("P-1", Some(8), None));
        sums.add(&claim("P-2", Some(3), None));
        let day = Day::parse("2026-06-01").unwrap();
        let report = sums.finish(ReportPeriod { from: day, to: day });
        let [first, second, ..] = report.data.as_slice() else {
            panic!("{report:?}");
        };
        assert_eq!((first.patients, first.pain_claims), (2, 3));
        assert_eq!((first.mean_pain, first.median_pain), (Some(5.7), Some(6)));
        assert_eq!(
            (first.function_claims, first.median_function),
            (1, Some(40))
        );
        assert_eq!((second.patients, second.mean_pain), (0, None));
        assert_eq!(report.data.len(), 4);
    }

    #[test]
    fn it_is_read_back_as_it_was_stored() {
        let outcomes = ClaimOutcomes {
            patient: "P-1".to_owned(),
            measured: vec![measured(OutcomeMoment::SixWeeks, Some(4), None)],
        };
        let stored = serde_json::to_string(&outcomes).unwrap();
        assert_eq!(
            stored,
            r#"{"patient":"P-1","measured":[{"moment":"six_weeks","pain":4}]}"#
        );
        assert_eq!(
            serde_json::from_str::<ClaimOutcomes>(&stored).unwrap(),
            outcomes
        );
    }
}
