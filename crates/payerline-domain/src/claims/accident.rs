//! The accident a claim reports: its cause decides which insurer is responsible.

use crate::{
    parse::{fault_code::FaultCode, json::Node, record::record},
    values::{
        closed_enum::string_enum,
        place::{Country, Province},
        time::Day,
    },
};

record! {
    /// What happened to the patient, when and where.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Accident {
        /// What caused the injury.
        pub cause: AccidentCause,
        /// The day it happened, not after the earliest service and not after today in Ontario. It governs the order of payers:
        /// O. Reg. 58/25 changed that order for accidents from 2026-07-01 on. With `onset: gradual` it is the day on which
        /// the illness was first reported, and may lie after the service.
        #[schema(value_type = String, format = Date, example = "2026-05-02")]
        pub date: Day,
        /// The country in which it happened: two capital letters of ISO 3166-1, such as `CA`, `US` or `MX`. Left out
        /// means `CA`; with `province: XX` it then means that the country is not known.
        // No `default` in the document: which country and province are meant depends on the other of the two, and a client
        // that fills both in would contradict itself.
        #[schema(value_type = String, min_length = 2, max_length = 2, pattern = "^[A-Z]{2}$", example = "CA")]
        pub country: Country = default,
        /// Where it happened: two letters of a province or territory, `XX` for outside Canada. Left out means `ON`, or
        /// `XX` where the country is another than `CA`. It must agree with the country.
        pub province: Province = usual_province(country),
        /// What an injured worker chose under the Workplace Safety and Insurance Act when a car
        /// accident happened at work; left out means `none`.
        #[schema(default = "none")]
        pub wsia_election: WsiaElection = WsiaElection::None,
        /// Whether it happened at once or came on slowly, as an occupational illness does; left out means `sudden`.
        #[schema(default = "sudden")]
        pub onset: Onset = default,
        /// Work injuries: whether WSIB covers the employer. Left out means `unknown`, which decides like `yes`: nearly
        /// all employers of injured workers are covered, also those that ought to be registered and are not.
        #[schema(default = "unknown")]
        pub employer_covered: EmployerCovered = default,
    }
    compared by field;
    check(node, at, faults) {
        let is_canada_named = matches!(node.get("country"), Some(Node::Text(_))) && country == Country::CANADA;
        let is_abroad = country != Country::CANADA;
        if (province == Province::Abroad && is_canada_named) || (province != Province::Abroad && is_abroad) {
            let detail = "contradicts the country: provinces and territories belong to CA, and XX to any other country; \
                          correct one of the two, or leave one out";
            faults.rule(FaultCode::PlaceContradicts, &at.field("province"), detail);
        }
    }
}

/// The province of an accident whose claim names none.
fn usual_province(country: Country) -> Province {
    if country == Country::CANADA {
        Province::Ontario
    } else {
        Province::Abroad
    }
}

impl AccidentCause {
    /// True if the accident happened at work.
    pub fn is_at_work(self) -> bool {
        matches!(self, Self::Work | Self::AutoAtWork)
    }
}

impl Accident {
    /// The country in which it happened; `None` if it is only known that it was not Canada.
    pub fn known_country(&self) -> Option<Country> {
        let is_known = self.province != Province::Abroad || self.country != Country::CANADA;
        is_known.then_some(self.country)
    }
}

string_enum! {
    /// How an injury or illness began.
    Onset = Sudden {
        /// At once, in an accident.
        Sudden = "sudden",
        /// Slowly, as an occupational illness: the accident's date is the day on which it was first reported.
        Gradual = "gradual",
    }
}

string_enum! {
    /// Whether WSIB covers the employer of an injured worker.
    EmployerCovered = Unknown {
        /// It does.
        Yes = "yes",
        /// WSIB's word or an exempt industry proves that it does not.
        No = "no",
        /// Not known; decides like `yes`.
        Unknown = "unknown",
    }
}

string_enum! {
    /// What caused an injury.
    AccidentCause {
        /// A car accident, not at work.
        Auto = "auto",
        /// A work injury without a car.
        Work = "work",
        /// A car accident at work.
        AutoAtWork = "auto_at_work",
        /// Something else, such as sports or a fall at home.
        Other = "other",
    }
}

string_enum! {
    /// A worker's choice between workers' insurance and suing, after a car accident at work (SABS s.61).
    WsiaElection {
        /// Not chosen, or not known.
        None = "none",
        /// WSIB benefits.
        Benefits = "benefits",
        /// To sue instead of WSIB benefits.
        Sue = "sue",
    }
}
