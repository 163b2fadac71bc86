//! How a patient fares after a treatment: what is measured on a day, the evidence that case-by-case payers ask for.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    parse::{
        decode::{Decode, note_duplicates, read_integer},
        fault::{At, Faults},
        json::Node,
        record::record,
    },
    values::{
        ids::KeyId,
        text::{Label, Note},
        time::{Day, Timestamp},
    },
};

/// Outcomes of one claim.
pub const MAX_OUTCOMES: usize = 100;
const MAX_JOINTS: usize = 40;
const MAX_PAIN: i64 = 10;
const MAX_FUNCTION: i64 = 100;
const MAX_DEGREES: i64 = 360;

/// A whole number from 0 to a limit.
macro_rules! scale {
    ($(#[doc = $about:literal])+ $name:ident to $most:ident) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        pub struct $name(u16);

        impl $name {
            pub fn get(self) -> u16 {
                self.0
            }
        }

        impl Decode for $name {
            fn decode(node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
                let number = read_integer(node, 0..=$most, at, faults)?;
                u16::try_from(number).ok().map(Self)
            }
        }
    };
}

scale! {
    /// Pain, from 0 (none) to 10 (the worst imaginable).
    Pain to MAX_PAIN
}
scale! {
    /// Function, from 0 (none) to 100 (as before the injury).
    Function to MAX_FUNCTION
}
scale! {
    /// Degrees of a joint's movement.
    Degrees to MAX_DEGREES
}

record! {
    /// How the patient fares on a day. At least one of pain, function, range of motion and note must be given.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct OutcomeRequest {
        /// The day on which it was measured; not after today in Ontario, and not before the first service of the claim.
        #[schema(value_type = String, format = Date, example = "2026-07-13")]
        pub day: Day,
        /// Pain, from 0 (none) to 10 (the worst imaginable).
        #[schema(value_type = Option<u16>, minimum = 0, maximum = 10, example = 4)]
        pub pain: Option<Pain>,
        /// Function, from 0 (none) to 100 (as before the injury).
        #[schema(value_type = Option<u16>, minimum = 0, maximum = 100, example = 70)]
        pub function: Option<Function>,
        /// How far joints move, each once.
        #[schema(max_items = 40)]
        pub range_of_motion: Vec<JointMotion> [0..=MAX_JOINTS] = default,
        /// What else is to be said.
        #[schema(value_type = Option<String>, max_length = 10000, example = "Walks without a stick.")]
        pub note: Option<Note>,
    }
    built(outcome, at, faults) {
        let joints = outcome.range_of_motion.iter().map(|it| &it.joint);
        note_duplicates(joints, &at.field("range_of_motion"), faults);
        let has_measure = outcome.pain.is_some() || outcome.function.is_some() || outcome.note.is_some();
        if !has_measure && outcome.range_of_motion.is_empty() {
            let detail = "give at least one of pain, function, range_of_motion and note";
            faults.rule(crate::parse::fault_code::FaultCode::NothingMeasured, at, detail);
        }
    }
}

record! {
    /// How far a joint moves.
    #[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
    pub struct JointMotion {
        /// The joint and the movement, in the clinic's words.
        #[schema(value_type = String, min_length = 1, max_length = 64, example = "left knee flexion")]
        pub joint: JointName,
        /// How far it moves, in degrees.
        #[schema(value_type = u16, minimum = 0, maximum = 360, example = 110)]
        pub degrees: Degrees,
    }
}

/// The name of a joint: a label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JointName(String);

impl Decode for JointName {
    fn decode(node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        Label::decode(node, at, faults).map(|label| Self(label.as_str().to_owned()))
    }
}

/// An outcome as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PatientOutcome {
    /// The day on which it was measured.
    pub day: Day,
    /// Pain, from 0 (none) to 10 (the worst imaginable).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u16>, minimum = 0, maximum = 10, example = 4)]
    pub pain: Option<Pain>,
    /// Function, from 0 (none) to 100 (as before the injury).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u16>, minimum = 0, maximum = 100, example = 70)]
    pub function: Option<Function>,
    /// How far joints move.
    pub range_of_motion: Vec<JointMotion>,
    /// What else was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "Walks without a stick.")]
    pub note: Option<String>,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// The key of who recorded it.
    pub recorded_by: KeyId,
}

impl OutcomeRequest {
    /// The outcome as it is recorded.
    pub fn record(&self, recorded_at: Timestamp, recorded_by: KeyId) -> PatientOutcome {
        PatientOutcome {
            day: self.day,
            pain: self.pain,
            function: self.function,
            range_of_motion: self.range_of_motion.clone(),
            note: self.note.as_ref().map(|note| note.as_str().to_owned()),
            recorded_at,
            recorded_by,
        }
    }
}
