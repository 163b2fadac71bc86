//! What the ledger says of a claim: facts from outside the submission on which its decision rests.

use serde::Serialize;
use utoipa::ToSchema;

use super::entry::PreauthorizationEntry;
use crate::{
    claims::submission::Submission,
    parse::{
        decode::{self, Decode, Fields, read_required},
        fault::{At, Faults},
        json::Node,
    },
    values::{money::Cents, text::Label},
};

/// What the ledger said of the approvals that a claim names: the facts from outside the submission
/// on which its decision rests, kept with it so that the decision can be replayed. Rules compare its texts with the
/// claim's byte for byte.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Ledger {
    /// The approvals found, by number.
    pub preauthorizations: Vec<PreauthorizationEntry>,
    /// What other claims had drawn of them, by number. Not written if they had drawn nothing: facts of former builds have
    /// no such member.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub drawn: Vec<DrawnApproval>,
}

/// What other claims have drawn of an approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DrawnApproval {
    /// The number of the approval.
    #[schema(value_type = String, min_length = 1, max_length = 64, example = "OCF18-88123")]
    pub number: Label,
    /// What is reserved and consumed of it, in Canadian cents.
    #[schema(value_type = i64, minimum = 0, example = 90000)]
    pub cents: Cents,
}

impl Decode for DrawnApproval {
    fn decode(node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let fields = Fields::match_names(node, &["number", "cents"], at, faults)?;
        let [number, cents] = fields.values;
        let number = read_required(number, Label::decode, &at.field("number"), faults);
        let cents = read_required(cents, read_drawn, &at.field("cents"), faults);
        fields.note_strangers(at, faults);
        Some(Self {
            number: number?,
            cents: cents?,
        })
    }
}

/// Many claims may have drawn together more than one approval or claim can be.
fn read_drawn(node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Cents> {
    decode::read_integer(node, 0..=i64::MAX / 2, at, faults).map(Cents::from_stored)
}

impl Ledger {
    /// Takes the approvals that a claim names. Number and patient are written as the claim writes them where they are
    /// the same text in another form. Where entries have the same number, the one that is written as the claim
    /// writes it goes before. A number that the claim names twice has one entry.
    pub fn of_claim(submission: &Submission, entries: &[PreauthorizationEntry]) -> Self {
        let mut preauthorizations: Vec<PreauthorizationEntry> = Vec::new();
        for number in &submission.preauthorizations {
            let is_named = |it: &&PreauthorizationEntry| it.number.has_same_normal_form(number);
            let exact = entries.iter().find(|it| it.number == *number);
            let Some(found) = exact.or_else(|| entries.iter().find(is_named)) else {
                continue;
            };
            if preauthorizations.iter().any(|it| is_named(&it)) {
                continue;
            }
            let mut entry = found.clone();
            entry.number = number.clone();
            if entry
                .patient_id
                .has_same_normal_form(&submission.patient.id)
            {
                entry.patient_id = submission.patient.id.clone();
            }
            preauthorizations.push(entry);
        }
        preauthorizations.sort_by(|one, other| one.number.cmp(&other.number));
        Self {
            preauthorizations,
            drawn: Vec::new(),
        }
    }

    /// What other claims have drawn of the approval with this number.
    pub fn drawn(&self, number: &Label) -> Cents {
        let mut drawn = self.drawn.iter();
        let found = drawn.find(|it| it.number == *number);
        found.map_or_else(Cents::default, |it| it.cents)
    }

    pub fn find(&self, number: &Label) -> Option<&PreauthorizationEntry> {
        self.preauthorizations
            .iter()
            .find(|entry| entry.number == *number)
    }
}
