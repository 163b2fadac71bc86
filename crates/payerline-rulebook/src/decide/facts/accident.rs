//! The accident: its cause and place, and what an injured worker elected.

use serde_json::{Value, json};

use crate::table::vocabulary::{AccidentFacts, AccidentPlace, Cause};
use payerline_domain::{
    claims::{
        accident::{Accident, AccidentCause, WsiaElection},
        payer::Payer,
    },
    values::{place::Province, time::Day},
};

impl AccidentFacts {
    pub fn gather(accident: Option<Accident>) -> Self {
        let cause = match accident.map(|it| it.cause) {
            None => Cause::None,
            Some(AccidentCause::Auto) => Cause::Auto,
            Some(AccidentCause::Work) => Cause::Work,
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
        }
    }

    /// The payer that an accident of this cause involves, whatever coverage was given.
    pub fn payer(&self) -> Option<Payer> {
        match (self.cause, self.wsia_election) {
            (Cause::Auto, _) | (Cause::AutoAtWork, WsiaElection::Sue) => Some(Payer::Mva),
            (Cause::Work | Cause::AutoAtWork, _) => Some(Payer::Wsib),
            (Cause::None | Cause::Other, _) => None,
        }
    }

    /// Such an accident, if there is one, and the same in words.
    pub fn example(&self, date: Option<Day>) -> (Option<Value>, String) {
        let Self {
            cause,
            // Follows from cause and election, and is told by them.
            caused_by_work: _,
            wsia_election,
            accident_place,
        } = *self;
        let what = match cause {
            Cause::None => return (None, "No accident is reported.".to_owned()),
            Cause::Auto => "A car accident",
            Cause::Work => "A work injury",
            Cause::AutoAtWork => "A car accident at work",
            Cause::Other => "An accident of another cause",
        };
        let (province, place) = match accident_place {
            AccidentPlace::Elsewhere => ("QC", "outside Ontario"),
            AccidentPlace::Ontario | AccidentPlace::None => ("ON", "in Ontario"),
        };
        let day = date.map_or(String::new(), |day| format!(" on {day}"));
        let election = match wsia_election {
            WsiaElection::None => "",
            WsiaElection::Benefits => "; the worker takes WSIB benefits",
            WsiaElection::Sue => "; the worker elected to sue",
        };
        let accident = json!({
            "cause": cause,
            "date": date,
            "province": province,
            "wsia_election": wsia_election,
        });
        let sentence = format!("{what} {place}{day} is reported{election}.");
        (Some(accident), sentence)
    }
}
