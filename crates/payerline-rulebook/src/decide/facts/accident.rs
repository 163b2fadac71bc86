//! The accident: its cause and place, and what an injured worker elected.

use jiff::ToSpan;
use serde_json::{Value, json};

use super::patient::ADULT_AT;
use crate::table::vocabulary::{
    AccidentFacts, AccidentPlace, AccidentRegion, Answer, BusinessDays, Cause,
};
use payerline_domain::{
    claims::{
        accident::{Accident, AccidentCause, EmployerCovered, WsiaElection},
        coverage::CoverageKind,
        payer::Payer,
        submission::Submission,
    },
    values::{
        business_days::business_days_after,
        place::{Country, Province},
        time::Day,
    },
};

/// Emergency goods and services need no OCF-18 up to this business day after the accident (SABS s.38(2)).
const EMERGENCY_BUSINESS_DAYS: u32 = 5;
/// Benefits of an adult end so many weeks after the accident (SABS s.20(1)).
const BENEFIT_WEEKS: i32 = 260;
/// Benefits of who was a minor at the accident end after this birthday (SABS s.20(1)).
const BENEFIT_END_AGE_YEARS: i16 = 28;
/// Days after an accident on which more than five business days have passed, whatever the holidays.
const EXAMPLE_DAYS_LATER: i32 = 21;

impl AccidentFacts {
    /// The facts that all items share; those of a day of service are of a day with no accident yet. `employer_cover` says
    /// whether it matters that WSIB does not cover the employer.
    pub fn gather(submission: &Submission, employer_cover: bool) -> Self {
        let accident = submission.accident;
        let employer_covered = match accident {
            Some(it) if it.cause.is_at_work() => it.employer_covered,
            _ => EmployerCovered::Unknown,
        };
        let is_excluded = employer_covered == EmployerCovered::No;
        let employer_covered = match employer_covered {
            EmployerCovered::No if !employer_cover => EmployerCovered::Unknown,
            said => said,
        };
        let cause = match accident.map(|it| it.cause) {
            None => Cause::None,
            Some(AccidentCause::Auto) => Cause::Auto,
            Some(AccidentCause::Work) if is_excluded && employer_cover => Cause::Other,
            Some(AccidentCause::Work) => Cause::Work,
            Some(AccidentCause::AutoAtWork) if is_excluded && employer_cover => Cause::Auto,
            Some(AccidentCause::AutoAtWork) => Cause::AutoAtWork,
            Some(AccidentCause::Other) => Cause::Other,
        };
        let wsia_election = accident.map_or(WsiaElection::None, |it| it.wsia_election);
        let caused_by_work = match cause {
            Cause::Work => true,
            Cause::AutoAtWork => wsia_election != WsiaElection::Sue,
            Cause::None | Cause::Auto | Cause::Other => false,
        };
        Self {
            cause,
            caused_by_work: caused_by_work.into(),
            wsia_election,
            accident_place: match accident.map(|it| it.province) {
                None => AccidentPlace::None,
                Some(Province::Ontario) => AccidentPlace::Ontario,
                Some(_) => AccidentPlace::Elsewhere,
            },
            accident_region: accident.map_or(AccidentRegion::None, |it| region(&it)),
            employer_covered,
            business_days: BusinessDays::None,
            benefit_period_over: Answer::No,
            accident_unreported: speaks_of_an_unreported_accident(submission).into(),
        }
    }

    /// The same for an item of a day of service.
    pub fn on(mut self, submission: &Submission, service: Day) -> Self {
        let Some(accident) = submission.accident else {
            return self;
        };
        self.business_days =
            if business_days_after(accident.date, service) <= EMERGENCY_BUSINESS_DAYS {
                BusinessDays::AtMostFive
            } else {
                BusinessDays::Later
            };
        let is_over =
            self.cause == Cause::Auto && benefits_ended(submission, accident.date, service);
        self.benefit_period_over = is_over.into();
        self
    }

    /// True for an accident of this cause, and for a car accident at work, which concerns both insurers.
    pub fn concerns(&self, cause: Cause) -> bool {
        self.cause == cause || self.cause == Cause::AutoAtWork
    }

    /// The payer that an accident of this cause involves, whatever coverage was given.
    pub fn payer(&self) -> Option<Payer> {
        match (self.cause, self.wsia_election) {
            (Cause::Auto, _) | (Cause::AutoAtWork, WsiaElection::Sue) => Some(Payer::Mva),
            (Cause::Work | Cause::AutoAtWork, _) => Some(Payer::Wsib),
            (Cause::None | Cause::Other, _) => None,
        }
    }

    /// Such an accident, if there is one, and the same in words. One after the service is an illness, of which the
    /// day counts on which it was first reported.
    pub fn example(&self, date: Option<Day>, service: Day) -> (Option<Value>, String) {
        let Self {
            cause,
            // Follows from cause and election, and is told by them.
            caused_by_work: _,
            wsia_election,
            // Told by the region.
            accident_place: _,
            accident_region,
            employer_covered,
            // The day of the service tells these.
            business_days: _,
            benefit_period_over: _,
            // A coverage tells it.
            accident_unreported: _,
        } = *self;
        let is_excluded = employer_covered == EmployerCovered::No;
        let (reported, what) = match cause {
            Cause::None => return (None, "No accident is reported.".to_owned()),
            Cause::Auto if is_excluded => (AccidentCause::AutoAtWork, "A car accident at work"),
            Cause::Auto => (AccidentCause::Auto, "A car accident"),
            Cause::Work => (AccidentCause::Work, "A work injury"),
            Cause::AutoAtWork => (AccidentCause::AutoAtWork, "A car accident at work"),
            Cause::Other if is_excluded => (AccidentCause::Work, "A work injury"),
            Cause::Other => (AccidentCause::Other, "An accident of another cause"),
        };
        let (country, province, place) = match accident_region {
            AccidentRegion::Ontario | AccidentRegion::None => (None, Some("ON"), "in Ontario"),
            AccidentRegion::Canada => (None, Some("QC"), "in another province"),
            AccidentRegion::UnitedStates => (Some("US"), None, "in the United States"),
            AccidentRegion::Abroad => (Some("MX"), None, "outside Canada and the United States"),
        };
        let employer = match employer_covered {
            EmployerCovered::Unknown => "",
            EmployerCovered::Yes => "; WSIB covers the employer",
            EmployerCovered::No => "; WSIB does not cover the employer",
        };
        let day = date.map_or(String::new(), |day| format!(" on {day}"));
        let election = match wsia_election {
            WsiaElection::None => "",
            WsiaElection::Benefits => "; the worker takes WSIB benefits",
            WsiaElection::Sue => "; the worker elected to sue",
        };
        let accident = json!({
            "cause": reported,
            "date": date,
            "country": country,
            "province": province,
            "wsia_election": wsia_election,
            "onset": date.is_some_and(|date| date > service).then_some("gradual"),
            "employer_covered": employer_covered,
        });
        let sentence = format!("{what} {place}{day} is reported{election}{employer}.");
        (Some(accident), sentence)
    }

    /// A day of service so long after an accident.
    pub fn example_service(&self, accident: Day) -> Day {
        let days = match (self.business_days, self.benefit_period_over) {
            (BusinessDays::None | BusinessDays::AtMostFive, _) => 0,
            (BusinessDays::Later, Answer::No) => EXAMPLE_DAYS_LATER,
            (BusinessDays::Later, Answer::Yes) => BENEFIT_WEEKS * DAYS_A_WEEK + 1,
        };
        plus_days(accident, days).unwrap_or(accident)
    }
}

const DAYS_A_WEEK: i32 = 7;

fn plus_days(day: Day, days: i32) -> Option<Day> {
    day.date().checked_add(days.days()).ok().map(Day::from)
}

fn region(accident: &Accident) -> AccidentRegion {
    match (accident.province, accident.country) {
        (Province::Ontario, _) => AccidentRegion::Ontario,
        (Province::Abroad, Country::UNITED_STATES) => AccidentRegion::UnitedStates,
        (Province::Abroad, _) => AccidentRegion::Abroad,
        _ => AccidentRegion::Canada,
    }
}

/// A coverage of an accident's insurer has a claim number, and no accident is reported.
pub fn speaks_of_an_unreported_accident(submission: &Submission) -> bool {
    let mut coverages = submission.coverages.iter();
    submission.accident.is_none()
        && coverages.any(|it| {
            matches!(it.kind, CoverageKind::Auto | CoverageKind::Wsib) && it.claim_number.is_some()
        })
}

/// True if the auto insurer's benefits ended before a day of service.
fn benefits_ended(submission: &Submission, accident: Day, service: Day) -> bool {
    let birth = submission.patient.birth_date;
    let last = if birth.age_on(accident) < ADULT_AT {
        let birthday = birth.date().checked_add(BENEFIT_END_AGE_YEARS.years());
        birthday.ok().map(Day::from)
    } else {
        plus_days(accident, BENEFIT_WEEKS * DAYS_A_WEEK)
    };
    last.is_some_and(|last| service > last)
}
