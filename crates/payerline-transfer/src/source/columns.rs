//! The columns that a CSV file can have: the paths of the JSON of a claim or a remittance, with dots. A test compares
//! the lists with the OpenAPI document, so no field is forgotten.

use payerline_domain::claims::{
    metadata::is_metadata_name,
    submission::{MAX_COVERAGES, MAX_DIAGNOSES},
};

use crate::content::Content;

/// The column of the reasons in a file of refused rows. An import passes over it.
pub const REFUSED_BECAUSE: &str = "refused_because";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellKind {
    Text,
    Integer,
    /// A number with at most two decimals.
    Decimal,
    /// `true` or `false`.
    Flag,
    /// Texts separated by semicolons; `[]` is the empty list.
    List,
}

use CellKind::{Decimal, Flag, Integer, List, Text};

/// Stands in a column for a name of metadata, which the sender chooses.
const ANY_NAME: &str = "NAME";

/// Every column of remittances.
const OF_REMITTANCES: [(&str, CellKind); 14] = [
    ("claim_id", Text),
    ("external_id", Text),
    ("number", Text),
    ("payer", Text),
    ("coverage", Integer),
    ("paid_on", Text),
    ("items.sequence", Integer),
    ("items.paid_cents", Integer),
    ("items.adjusted_cents", Integer),
    ("items.denied_cents", Integer),
    ("items.patient_cents", Integer),
    ("items.reason_codes", List),
    ("items.note", Text),
    ("reverses", Text),
];

/// Every column of claims, in the order of the API document; `#` is a number from 0.
const OF_CLAIMS: [(&str, CellKind); 71] = [
    ("external_id", Text),
    ("patient.id", Text),
    ("patient.given_name", Text),
    ("patient.family_name", Text),
    ("patient.birth_date", Text),
    ("patient.sex", Text),
    ("patient.pregnant", Flag),
    ("patient.health_number.value", Text),
    ("patient.health_number.version", Text),
    ("patient.health_number.province", Text),
    ("provider.id", Text),
    ("provider.name", Text),
    ("provider.profession", Text),
    ("provider.registration_number", Text),
    ("accident.cause", Text),
    ("accident.date", Text),
    ("accident.country", Text),
    ("accident.province", Text),
    ("accident.wsia_election", Text),
    ("accident.onset", Text),
    ("accident.employer_covered", Text),
    ("coverages.#.kind", Text),
    ("coverages.#.insurer", Text),
    ("coverages.#.policy_number", Text),
    ("coverages.#.claim_number", Text),
    ("coverages.#.effective_date", Text),
    ("coverages.#.end_date", Text),
    ("coverages.#.status", Text),
    ("coverages.#.minor_injury_guideline", Flag),
    ("coverages.#.relationship", Text),
    ("coverages.#.covered_categories", List),
    ("coverages.#.covered_professions", List),
    ("coverages.#.member_id", Text),
    ("coverages.#.subscriber.given_name", Text),
    ("coverages.#.subscriber.family_name", Text),
    ("coverages.#.subscriber.birth_date", Text),
    ("coverages.#.program", Text),
    ("coverages.#.priority", Integer),
    ("third_party.kind", Text),
    ("third_party.name", Text),
    ("third_party.reference", Text),
    ("diagnoses.#.system", Text),
    ("diagnoses.#.code", Text),
    ("items.service_date", Text),
    ("items.category", Text),
    ("items.code", Text),
    ("items.system", Text),
    ("items.description", Text),
    ("items.insured_by_ohip", Text),
    ("items.quantity", Decimal),
    ("items.unit_price_cents", Integer),
    ("items.tax_cents", Integer),
    ("items.requested_by", Text),
    ("items.prescribed", Flag),
    ("items.emergency", Flag),
    ("items.provider.id", Text),
    ("items.provider.name", Text),
    ("items.provider.profession", Text),
    ("items.provider.registration_number", Text),
    ("invoice_total_cents", Integer),
    ("metadata.NAME", Text),
    ("procedure.harvest_site", Text),
    ("procedure.platelet_rich_plasma", Flag),
    ("procedure.guidance", Text),
    ("procedure.target_tissue", Text),
    ("procedure.body_site", Text),
    ("procedure.aseptic_technique", Flag),
    ("procedure.antibiotic_prophylaxis", Flag),
    ("procedure.health_canada_authorization", Text),
    ("preauthorizations", List),
    ("replaces", Text),
];

/// The part of a claim that the cells of a column fill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CellTarget {
    /// A field of the claim, by its path.
    Claim(&'static str),
    /// The text under a name of the claim's metadata.
    Metadata(String),
    /// A field of an element of one of the claim's lists, by its path in the element.
    Element {
        list: &'static str,
        index: usize,
        field: &'static str,
    },
    /// A field of the row's item, by its path in the item.
    Item(&'static str),
}

fn columns(content: Content) -> &'static [(&'static str, CellKind)] {
    match content {
        Content::Claims => &OF_CLAIMS,
        Content::Remittances => &OF_REMITTANCES,
    }
}

pub fn find(content: Content, name: &str) -> Option<(CellTarget, CellKind)> {
    columns(content).iter().find_map(|(path, kind)| {
        let target = match path.split_once(".#.") {
            Some((list, field)) => find_element(name, list, field)?,
            None if path.ends_with(ANY_NAME) => find_metadata(name, path)?,
            None if *path != name => return None,
            None => match path.strip_prefix("items.") {
                Some(field) => CellTarget::Item(field),
                None => CellTarget::Claim(path),
            },
        };
        Some((target, *kind))
    })
}

fn find_element(name: &str, list: &'static str, field: &'static str) -> Option<CellTarget> {
    let number = name.strip_prefix(list)?.strip_prefix('.')?;
    let number = number.strip_suffix(field)?.strip_suffix('.')?;
    let index: usize = number.parse().ok()?;
    let max_elements = match list {
        "coverages" => MAX_COVERAGES,
        _ => MAX_DIAGNOSES,
    };
    // Only one spelling, `0` and not `00` or `+0`, so that no column can occur twice.
    (index < max_elements && index.to_string() == number).then_some(CellTarget::Element {
        list,
        index,
        field,
    })
}

fn find_metadata(name: &str, path: &str) -> Option<CellTarget> {
    let name = name.strip_prefix(path.strip_suffix(ANY_NAME)?)?;
    is_metadata_name(name).then(|| CellTarget::Metadata(name.to_owned()))
}

/// The column whose name is most like a misspelt one.
pub fn find_nearest(content: Content, name: &str) -> String {
    let number: String = name.chars().filter(char::is_ascii_digit).take(3).collect();
    let number = if number.is_empty() { "0" } else { &number };
    let known = columns(content)
        .iter()
        .map(|(path, _)| path.replace('#', number));
    let distance = |path: &String| strsim::osa_distance(&name.to_ascii_lowercase(), path);
    known.min_by_key(distance).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::Value;

    use super::*;

    #[test]
    fn names_are_paths() {
        assert_eq!(
            find(Content::Claims, "patient.pregnant"),
            Some((CellTarget::Claim("patient.pregnant"), Flag))
        );
        assert_eq!(
            find(Content::Claims, "items.quantity"),
            Some((CellTarget::Item("quantity"), Decimal))
        );
        assert_eq!(
            find(Content::Claims, "items.provider.id"),
            Some((CellTarget::Item("provider.id"), Text))
        );
        let batch = CellTarget::Metadata("batch.no".to_owned());
        assert_eq!(
            find(Content::Claims, "metadata.batch.no"),
            Some((batch, Text))
        );
        let coverage = CellTarget::Element {
            list: "coverages",
            index: 19,
            field: "claim_number",
        };
        assert_eq!(
            find(Content::Claims, "coverages.19.claim_number"),
            Some((coverage, Text))
        );
        for unknown in [
            "",
            "items.0.quantity",
            "coverages.20.kind",
            "coverages.00.kind",
            "coverages.#.kind",
            "coverages.kind",
            "coverages..kind",
            "Patient.id",
            "metadata.",
            "metadata.two words",
            "third_party",
            "items.provider",
            "coverages.0.subscriber",
        ] {
            assert_eq!(find(Content::Claims, unknown), None, "{unknown}");
        }
    }

    #[test]
    fn a_misspelt_name_is_told_the_right_one() {
        for (wrong, right) in [
            ("patient.birthdate", "patient.birth_date"),
            ("coverage.1.kind", "coverages.1.kind"),
            ("Items.Category", "items.category"),
            ("unit_price_cents", "items.unit_price_cents"),
            ("metadata", "metadata.NAME"),
            (
                "coverages.2.subscriber.birthdate",
                "coverages.2.subscriber.birth_date",
            ),
        ] {
            assert_eq!(find_nearest(Content::Claims, wrong), right);
        }
    }

    /// The columns are exactly the fields in the OpenAPI document, each of its kind.
    #[test]
    fn the_columns_are_the_fields_of_claims_and_remittances() {
        let document: Value =
            serde_json::from_str(include_str!("../../../../openapi/openapi.json")).unwrap();
        for (content, schema) in [
            (Content::Claims, "Submission"),
            (Content::Remittances, "RemittanceLine"),
        ] {
            let mut fields = BTreeMap::new();
            let schema = &document["components"]["schemas"][schema];
            collect(&document, schema, String::new(), &mut fields);
            let known: BTreeMap<String, CellKind> = columns(content)
                .iter()
                .map(|(path, kind)| ((*path).to_owned(), *kind))
                .collect();
            assert_eq!(known, fields);
            assert_eq!(known.len(), columns(content).len(), "no column twice");
        }
    }

    #[test]
    fn every_column_is_documented() {
        let text = include_str!("../../../../docs/import-csv.md");
        for (path, _) in OF_CLAIMS.iter().chain(&OF_REMITTANCES) {
            let name = format!("`{}`", path.replace('#', "N"));
            assert!(text.contains(&name), "{name}");
        }
        assert!(text.contains(&format!("`{REFUSED_BECAUSE}`")));
    }

    /// Walks a schema down to the fields that a cell can hold.
    fn collect(
        document: &Value,
        schema: &Value,
        path: String,
        fields: &mut BTreeMap<String, CellKind>,
    ) {
        let alternatives = schema["oneOf"].as_array().and_then(|all| all.first());
        let schema = alternatives.unwrap_or(schema);
        if let Some(reference) = schema["$ref"].as_str() {
            let schema = document.pointer(&reference[1..]).unwrap();
            return collect(document, schema, path, fields);
        }
        let kind = match schema["type"]
            .as_str()
            .or(schema["type"][0].as_str())
            .unwrap()
        {
            "object" if schema["additionalProperties"].is_object() => {
                assert_eq!(schema["additionalProperties"]["type"], "string");
                fields.insert(format!("{path}.{ANY_NAME}"), Text);
                return;
            }
            "object" => {
                for (name, field) in schema["properties"].as_object().unwrap() {
                    let dot = if path.is_empty() { "" } else { "." };
                    collect(document, field, format!("{path}{dot}{name}"), fields);
                }
                return;
            }
            "array" => {
                let mut inner = BTreeMap::new();
                let path = if path == "items" {
                    path
                } else {
                    format!("{path}.#")
                };
                collect(document, &schema["items"], path.clone(), &mut inner);
                // A list of texts is one cell.
                if inner.len() == 1 && inner.get(&path) == Some(&Text) {
                    let path = path.trim_end_matches(".#").to_owned();
                    fields.insert(path, List);
                } else {
                    fields.extend(inner);
                }
                return;
            }
            "boolean" => Flag,
            "integer" => Integer,
            "number" => Decimal,
            "string" => Text,
            other => panic!("a kind of cell for {other}"),
        };
        fields.insert(path, kind);
    }
}
