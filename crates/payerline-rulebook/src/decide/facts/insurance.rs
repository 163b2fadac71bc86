//! The insurers that an accident concerns: auto and WSIB.

use serde_json::{Value, json};

use super::coverages::{Indexed, Pick, coverages_of_kind};
use crate::table::vocabulary::{AccidentFacts, Answer, Cause, CoverageState, InsuranceFacts};
use payerline_domain::claims::{
    coverage::{Coverage, CoverageKind},
    submission::Submission,
};

/// The auto coverages that match a car accident, also one at work.
pub fn auto<'s>(
    submission: &'s Submission,
    accident: &AccidentFacts,
) -> impl Iterator<Item = Indexed<'s>> + Clone + use<'s> {
    matching_coverages(
        submission,
        CoverageKind::Auto,
        accident.concerns(Cause::Auto),
    )
}

/// The WSIB coverages that match a work injury, also a car accident at work.
pub fn wsib<'s>(
    submission: &'s Submission,
    accident: &AccidentFacts,
) -> impl Iterator<Item = Indexed<'s>> + Clone + use<'s> {
    matching_coverages(
        submission,
        CoverageKind::Wsib,
        accident.concerns(Cause::Work),
    )
}

/// The coverages of a kind, in force on the day of the accident, if it concerns their insurer.
fn matching_coverages(
    submission: &Submission,
    kind: CoverageKind,
    is_concerned: bool,
) -> impl Iterator<Item = Indexed<'_>> + Clone {
    let day = submission
        .accident
        .map(|it| it.date)
        .filter(|_| is_concerned);
    coverages_of_kind(submission, kind)
        .filter(move |(_, it)| day.is_some_and(|day| it.in_force_on(day)))
}

/// Whether a coverage that is not denied has something.
fn any_usable<'s>(
    mut coverages: impl Iterator<Item = Indexed<'s>>,
    has: impl Fn(&Coverage) -> bool,
) -> Answer {
    coverages.any(|(_, it)| !it.is_denied() && has(it)).into()
}

impl InsuranceFacts {
    pub fn gather(
        submission: &Submission,
        accident: &AccidentFacts,
        auto: &Pick<'_>,
        wsib: &Pick<'_>,
    ) -> Self {
        Self {
            auto: auto.state,
            minor_injury_guideline: any_usable(self::auto(submission, accident), |it| {
                it.minor_injury_guideline
            }),
            wsib: wsib.state,
            wsib_claim_number: any_usable(self::wsib(submission, accident), |it| {
                it.claim_number.is_some()
            }),
        }
    }

    /// Such coverages, auto and WSIB, and what there is of each insurer that the accident concerns in words.
    pub fn examples(&self, accident: &AccidentFacts) -> [(Option<Value>, Option<String>); 2] {
        let Self {
            auto,
            minor_injury_guideline,
            wsib,
            wsib_claim_number,
        } = *self;
        let of_auto = json!({
            "kind": "auto",
            "status": auto,
            "minor_injury_guideline": minor_injury_guideline.then_some(true),
        });
        let of_wsib = json!({
            "kind": "wsib",
            "status": wsib,
            "claim_number": wsib_claim_number.then_some("20260417"),
        });
        let guideline = match minor_injury_guideline {
            Answer::Yes => ", under the Minor Injury Guideline",
            Answer::No => "",
        };
        let number = match wsib_claim_number {
            Answer::Yes => ", with a claim number",
            Answer::No => ", without a claim number",
        };
        let given = |state, coverage| (state != CoverageState::None).then_some(coverage);
        let auto_sentence = accident
            .concerns(Cause::Auto)
            .then(|| sentence("auto", auto, guideline));
        let wsib_sentence = accident
            .concerns(Cause::Work)
            .then(|| sentence("WSIB", wsib, number));
        [
            (given(auto, of_auto), auto_sentence),
            (given(wsib, of_wsib), wsib_sentence),
        ]
    }
}

fn sentence(name: &str, state: CoverageState, more: &str) -> String {
    match state {
        CoverageState::None => format!("No {name} coverage that was in force is given."),
        CoverageState::Active => format!("The {name} coverage is active{more}."),
        CoverageState::Pending => format!("The {name} coverage is not confirmed yet{more}."),
        CoverageState::Denied => format!("The {name} insurer refused or has nothing left to pay."),
    }
}
