//! The accident a claim reports: its cause decides which insurer is responsible.

use crate::{
    parse::record::record,
    values::{closed_enum::string_enum, place::Province, time::Day},
};

record! {
    /// What happened to the patient, when and where.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    #[serde(deny_unknown_fields)]
    pub struct Accident {
        /// What caused the injury.
        pub cause: AccidentCause,
        /// The day it happened, not after the earliest service and not after today in Ontario. It governs the order of payers:
        /// O. Reg. 58/25 changed that order for accidents from 2026-07-01 on.
        #[schema(value_type = String, format = Date, example = "2026-05-02")]
        pub date: Day,
        /// Where it happened: two letters of a province or territory, `XX` for outside Canada; left out means `ON`.
        #[schema(default = "ON")]
        pub province: Province = Province::Ontario,
        /// What an injured worker chose under the Workplace Safety and Insurance Act when a car
        /// accident happened at work; left out means `none`.
        #[schema(default = "none")]
        pub wsia_election: WsiaElection = WsiaElection::None,
    }
    compared by field;
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
