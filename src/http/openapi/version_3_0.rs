//! The document as OpenAPI 3.0, for tools that know no later version.

use serde_json::{Map, Value, json};

use crate::http::boundary::body::{JSON, NDJSON, OCTETS, PLAIN_TEXT};

const VERSION: &str = "3.0.3";
/// Fields that hold any JSON, in which nothing is to be converted.
const EXAMPLES: [&str; 4] = ["example", "value", "default", "enum"];
/// Fields whose own fields have names of ours.
const NAMED: [&str; 3] = ["properties", "schemas", "mapping"];

/// Converts a document of OpenAPI 3.1. What 3.0 cannot say is left out.
pub fn convert(document: &mut Value) {
    convert_part(document);
    document["openapi"] = VERSION.into();
    let license = document.pointer_mut("/info/license");
    if let Some(license) = license.and_then(Value::as_object_mut) {
        license.remove("identifier");
    }
}

fn convert_part(part: &mut Value) {
    match part {
        Value::Object(fields) => {
            for (name, field) in fields.iter_mut() {
                match field {
                    _ if EXAMPLES.contains(&name.as_str()) => {}
                    Value::Object(named) if NAMED.contains(&name.as_str()) => {
                        named.values_mut().for_each(convert_part);
                    }
                    _ => convert_part(field),
                }
            }
            convert_fields(fields);
        }
        Value::Array(elements) => elements.iter_mut().for_each(convert_part),
        _ => {}
    }
}

fn convert_fields(fields: &mut Map<String, Value>) {
    // Some tools fail at media types that they do not know.
    if fields.contains_key(OCTETS) || fields.contains_key(PLAIN_TEXT) {
        fields.shift_remove(NDJSON);
    }
    // Rust clients write and read the word by which alternatives are told apart twice: once for the discriminator and once
    // for the field.
    fields.shift_remove("discriminator");
    // Most tools read an answer as what stands first. The other document shows people the text first.
    if fields.contains_key(JSON)
        && let Some(text) = fields.shift_remove(PLAIN_TEXT)
    {
        fields.insert(PLAIN_TEXT.to_owned(), text);
    }
    fields.shift_remove("propertyNames");
    if let Some(Value::Array(examples)) = fields.get("examples") {
        let first = examples.first().cloned().unwrap_or_default();
        fields.shift_remove("examples");
        fields.insert("example".to_owned(), first);
    }
    if let Some(least) = fields.get("exclusiveMinimum").filter(|it| it.is_number()) {
        fields.insert("minimum".to_owned(), least.clone());
        fields.insert("exclusiveMinimum".to_owned(), true.into());
    }
    for choices in ["type", "oneOf"] {
        remove_null(fields, choices);
    }
    // Beside a reference 3.0 reads nothing.
    if fields.len() > 1
        && let Some(reference) = fields.shift_remove("$ref")
    {
        fields.insert("allOf".to_owned(), json!([{"$ref": reference}]));
    }
}

/// Says `nullable` in place of null among the choices, and writes a single choice that is left as what it is.
fn remove_null(fields: &mut Map<String, Value>, name: &str) {
    let Some(Value::Array(choices)) = fields.get_mut(name) else {
        return;
    };
    let count = choices.len();
    choices.retain(|choice| choice != "null" && choice["type"] != "null");
    if choices.len() == count {
        return;
    }
    if let [only] = choices.as_mut_slice() {
        let only = only.take();
        fields.shift_remove(name);
        match only {
            Value::Object(schema) => fields.extend(schema),
            word => drop(fields.insert(name.to_owned(), word)),
        }
    }
    fields.insert("nullable".to_owned(), true.into());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_3_0_cannot_say_is_said_in_its_words() {
        let mut document = json!({
            "openapi": "3.1.0",
            "info": {"license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
            "components": {"schemas": {"Item": {"type": "object", "properties": {
                "code": {"type": ["string", "null"], "examples": ["SC-KNEE"]},
                "system": {"oneOf": [{"$ref": "#/System"}, {"type": "null"}], "description": "Whose code."},
                "category": {"$ref": "#/Category", "description": "What it is."},
                "quantity": {"type": "number", "exclusiveMinimum": 0},
                "metadata": {"type": "object", "propertyNames": {"maxLength": 40}},
                "examples": {"type": "array", "items": {"$ref": "#/Item"}, "example": [{"type": ["string", "null"]}]},
            }}}},
        });
        convert(&mut document);
        let expected = json!({
            "openapi": "3.0.3",
            "info": {"license": {"name": "Apache-2.0"}},
            "components": {"schemas": {"Item": {"type": "object", "properties": {
                "code": {"type": "string", "nullable": true, "example": "SC-KNEE"},
                "system": {"allOf": [{"$ref": "#/System"}], "nullable": true, "description": "Whose code."},
                "category": {"allOf": [{"$ref": "#/Category"}], "description": "What it is."},
                "quantity": {"type": "number", "minimum": 0, "exclusiveMinimum": true},
                "metadata": {"type": "object"},
                "examples": {"type": "array", "items": {"$ref": "#/Item"}, "example": [{"type": ["string", "null"]}]},
            }}}},
        });
        assert_eq!(document, expected);
    }
}
