//! What witnesses are like where nothing else is needed.

use jiff::civil::Date;

use crate::table::{
    conditions::Facts,
    insurers::Insurer,
    vocabulary::{
        AccidentPlace, Age, Answer, ApprovalKind, ApprovalState, Cause, CoverageState,
        DecidedPayer, PlanListing, Service,
    },
};
use payerline_domain::{
    claims::{
        accident::WsiaElection,
        item::{Category, InsuredByOhip},
    },
    values::time::Day,
};

/// The day of an accident when any will do.
pub fn usual_day() -> Day {
    Day::from(Date::constant(2026, 5, 2))
}

/// What witnesses are like where nothing else is needed: an adult after a complete procedure, with
/// no accident, no private plan (or none of an insurer that a rule names) and no approval; insurers
/// that are needed are active.
pub fn usual() -> Facts {
    Facts {
        service: Service::Other,
        category: Category::Rehabilitation,
        ohip_insured: InsuredByOhip::No,
        cause: Cause::None,
        caused_by_work: Answer::No,
        wsia_election: WsiaElection::None,
        accident_place: AccidentPlace::Ontario,
        auto: CoverageState::Active,
        minor_injury_guideline: Answer::No,
        wsib: CoverageState::Active,
        wsib_claim_number: Answer::Yes,
        private: CoverageState::None,
        private_plan: PlanListing::Lists,
        active_private_plan: Answer::No,
        preauthorization: ApprovalState::None,
        preauthorization_kind: ApprovalKind::None,
        age: Age::Adult,
        pregnant: Answer::No,
        procedure_described: Answer::Yes,
        image_guidance: Answer::Yes,
        asepsis: Answer::Yes,
        antibiotic_prophylaxis: Answer::Yes,
        health_canada_authorization: Answer::Yes,
        payer: DecidedPayer::Undecided,
        accident_date: None,
        private_insurer: Insurer::None,
    }
}
