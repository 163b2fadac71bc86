//! Claims to send: the committed examples, a minimal one, and one with every field.

use std::{fs, ops::Deref, path::Path};

use jiff::{Timestamp, civil::Date, tz};
use serde_json::{Value, json};

/// The directory of the committed examples.
pub const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples");

/// A claim to send; it is its JSON, and can be altered field by field.
#[derive(Debug, Clone)]
pub struct Claim(Value);

impl Claim {
    /// A small claim: a physiotherapist's consultation for 100 dollars and no insurance, so that it is the patient's own
    /// to pay (`uncovered`, `ready`). Its item has a code of its own, so that no other such claim bills the same service.
    pub fn new(external_id: &str) -> Self {
        Self(json!({
            "external_id": external_id,
            "patient": {"id": "P-1", "birth_date": "1984-03-09"},
            "provider": {"id": "D-7", "profession": "physiotherapist"},
            "coverages": [],
            "items": [{
                "service_date": "2026-06-01",
                "category": "consultation",
                "code": external_id,
                "unit_price_cents": 10_000,
            }],
        }))
    }

    /// A committed example, such as `wsib-physiotherapy`.
    pub fn example(name: &str) -> Self {
        let path = Path::new(EXAMPLES).join(name).with_extension("json");
        let text =
            fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self(serde_json::from_str(&text).expect("an example is JSON"))
    }

    /// The claim with a value put at a JSON Pointer; `-` as the last step appends to a list.
    pub fn with(mut self, pointer: &str, value: impl Into<Value>) -> Self {
        let (parent, last) = pointer.rsplit_once('/').expect("a pointer starts with /");
        let parent = self.0.pointer_mut(parent).expect("what is altered exists");
        match parent {
            Value::Object(fields) => {
                fields.insert(last.to_owned(), value.into());
            }
            Value::Array(list) if last == "-" => list.push(value.into()),
            Value::Array(list) => {
                list[last.parse::<usize>().expect("an index")] = value.into();
            }
            other => panic!("nothing can be put into {other}"),
        }
        self
    }

    /// The claim without the field at a JSON Pointer.
    pub fn without(mut self, pointer: &str) -> Self {
        let (parent, last) = pointer.rsplit_once('/').expect("a pointer starts with /");
        let parent = self.0.pointer_mut(parent).expect("what is altered exists");
        let removed = parent.as_object_mut().expect("an object").remove(last);
        assert!(removed.is_some(), "{pointer} was there");
        self
    }

    /// The claim as a text without white space.
    pub fn text(&self) -> String {
        self.0.to_string()
    }
}

impl Deref for Claim {
    type Target = Value;

    fn deref(&self) -> &Value {
        &self.0
    }
}

/// A valid claim that has every field of the contract, apart from `replaces`, which needs a claim.
pub fn full_claim(external_id: &str) -> Claim {
    Claim(json!({
        "external_id": external_id,
        "patient": {
            "id": "P-4411", "given_name": "Amina", "family_name": "Okafor", "birth_date": "1984-03-09",
            "sex": "female", "pregnant": false,
            "health_number": {"value": "9393881587", "version": "AB", "province": "ON"},
        },
        "provider": {
            "id": "D-7", "name": "Dr. Wei Chen", "profession": "physician", "registration_number": "87123",
        },
        "accident": {"cause": "auto", "date": "2026-05-02", "province": "ON", "wsia_election": "none"},
        "coverages": [{
            "kind": "auto", "insurer": "Lakehead Auto", "policy_number": "LA-1", "claim_number": "C-1",
            "effective_date": "2026-01-01", "status": "active", "minor_injury_guideline": false,
            "relationship": "self", "covered_categories": ["rehabilitation"],
        }],
        "diagnoses": [{"system": "icd-10-ca", "code": "M17.1"}],
        "items": [{
            "service_date": "2026-06-01", "category": "stem_cell_therapy", "code": "SC-KNEE",
            "system": "clinic", "description": "Stem-cell injection,\nleft knee", "insured_by_ohip": "no",
            "quantity": 1, "unit_price_cents": 450_000, "tax_cents": 0,
        }],
        "procedure": {
            "harvest_site": "bone_marrow", "platelet_rich_plasma": true, "guidance": "ultrasound",
            "target_tissue": "cartilage", "body_site": "left knee", "aseptic_technique": true,
            "antibiotic_prophylaxis": true, "health_canada_authorization": "CTA-1",
        },
        "preauthorizations": [],
    }))
}

/// A text with its one occurrence of a snippet replaced: for JSON that no serializer would write.
#[track_caller]
pub fn edited(text: &str, from: &str, to: &str) -> String {
    assert_eq!(
        text.matches(from).count(),
        1,
        "{from} stands once in {text}"
    );
    text.replace(from, to)
}

/// The day it is in Ontario.
pub fn today() -> Date {
    let toronto = tz::get!("America/Toronto");
    Timestamp::now().to_zoned_datetime(toronto).date()
}
