//! What a sender notes down on a claim for itself. Nothing looks at it.

use serde::{Serialize, Serializer};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr, Schema,
        schema::{AdditionalProperties, ObjectBuilder, Type},
    },
};

use crate::{
    parse::{
        compare::Compare,
        decode::{self, Decode},
        fault::{At, Faults},
        fault_code::FaultCode,
        json::Node,
    },
    values::text::{Line, MAX_LINE_CHARACTERS},
};

const MAX_PAIRS: usize = 20;
const MAX_NAME_CHARACTERS: usize = 40;

/// Pairs of a name and a text, in the order sent. A claim is the same whatever they say: they count neither in its
/// digest nor as a difference, so that the first of two sendings keeps its own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metadata(Vec<(String, Line)>);

impl Metadata {
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &Line)> {
        self.0.iter().map(|(name, text)| (name.as_str(), text))
    }

    /// It is no part of what a claim's digest is made of, so it is never written with the claim.
    pub(super) fn is_not_written(&self) -> bool {
        true
    }
}

impl Decode for Metadata {
    fn decode(node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let Node::Object(entries) = node else {
            return decode::note_wrong_type("an object", node, at, faults);
        };
        if entries.len() > MAX_PAIRS {
            let count = entries.len();
            let detail = format!("must have at most {MAX_PAIRS} pairs; this has {count}");
            faults.rule(FaultCode::TooMany, at, detail);
        }
        let mut pairs: Vec<(String, Line)> = Vec::new();
        for (index, (name, node)) in entries.iter().enumerate() {
            let at = at.field(name);
            if entries.iter().take(index).any(|(before, _)| before == name) {
                let detail = "this key stands more than once in its object; send it once";
                faults.shape(FaultCode::DuplicateKey, &at, detail);
            }
            check_name(name, &at, faults);
            pairs.extend(Line::decode(node, &at, faults).map(|text| (name.to_string(), text)));
        }
        Some(Self(pairs))
    }
}

/// Whether a text may name something in the metadata.
pub fn is_metadata_name(text: &str) -> bool {
    let is_known = |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | '.' | '-');
    (1..=MAX_NAME_CHARACTERS).contains(&text.len()) && text.chars().all(is_known)
}

fn check_name(name: &str, at: &At<'_>, faults: &mut Faults) {
    if !is_metadata_name(name) {
        let detail = format!(
            "a name must have 1 to {MAX_NAME_CHARACTERS} characters of A to Z, a to z, 0 to 9, _, . and -"
        );
        faults.rule(FaultCode::InvalidName, at, detail);
    }
}

impl Compare for Metadata {
    fn note_differences(&self, _: &Self, _: &At<'_>, _: &mut Faults) {}
}

impl Serialize for Metadata {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.pairs())
    }
}

impl PartialSchema for Metadata {
    fn schema() -> RefOr<Schema> {
        let text = ObjectBuilder::new()
            .schema_type(Type::String)
            .max_length(Some(MAX_LINE_CHARACTERS));
        let name = ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some(format!("^[A-Za-z0-9_.-]{{1,{MAX_NAME_CHARACTERS}}}$")));
        ObjectBuilder::new()
            .schema_type(Type::Object)
            .description(Some(
                "Pairs of a name and a text that the sender notes down for itself.",
            ))
            .property_names(Some(name))
            .additional_properties(Some(AdditionalProperties::RefOr(text.into())))
            .max_properties(Some(MAX_PAIRS))
            .examples([serde_json::json!({"batch": "17"})])
            .into()
    }
}

impl ToSchema for Metadata {}
