//! Parts of the OpenAPI document that utoipa cannot express, written into its JSON.

use serde_json::{Map, Value, json};

use super::boundary::problem_examples;

const REQUEST_ID: &str = "X-Request-Id";

/// Adds the examples of problems, the header that every answer has, and the hints of parameters.
pub fn add_parts(document: &mut Value) -> Result<(), serde_json::Error> {
    let examples = problem_examples::list_components()?;
    if let Some(Value::Object(components)) = document.get_mut("components") {
        components.insert("examples".to_owned(), examples.into());
        components.insert("headers".to_owned(), json!({REQUEST_ID: request_id()}));
    }
    for operation in list_operations(document) {
        let responses = operation
            .get_mut("responses")
            .and_then(Value::as_object_mut);
        responses
            .into_iter()
            .flatten()
            .for_each(|(_, response)| add_request_id(response));
        let parameters = operation
            .get_mut("parameters")
            .and_then(Value::as_array_mut);
        parameters.into_iter().flatten().for_each(leave_empty);
    }
    Ok(())
}

fn list_operations(document: &mut Value) -> impl Iterator<Item = &mut Map<String, Value>> {
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    let items = paths.into_iter().flatten().map(|(_, item)| item);
    let items = items.filter_map(Value::as_object_mut);
    items
        .flatten()
        .filter_map(|(_, operation)| operation.as_object_mut())
}

fn request_id() -> Value {
    json!({
        "description": "The id of this request, as in the log and in problems. Keep it for support.",
        "schema": {"type": "string", "format": "uuid"},
    })
}

fn add_request_id(response: &mut Value) {
    let Some(response) = response.as_object_mut() else {
        return;
    };
    let headers = response.entry("headers").or_insert_with(|| json!({}));
    if let Some(headers) = headers.as_object_mut() {
        let header = json!({"$ref": format!("#/components/headers/{REQUEST_ID}")});
        headers.insert(REQUEST_ID.to_owned(), header);
    }
}

/// Moves example and default of a parameter that may be left out into its description. Swagger UI fills both into the
/// form, so that a list asked for as it is opened would find only what all the examples have in common.
fn leave_empty(parameter: &mut Value) {
    if parameter["required"] == true {
        return;
    }
    let Some(parameter) = parameter.as_object_mut() else {
        return;
    };
    let schema = parameter.get_mut("schema").and_then(Value::as_object_mut);
    let default = schema.and_then(|schema| schema.remove("default"));
    let example = parameter.remove("example");
    let hints = [("For example", example), ("Left out:", default)];
    if let Some(Value::String(description)) = parameter.get_mut("description") {
        for (words, value) in hints {
            let Some(value) = value else { continue };
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            description.push_str(&format!(" {words} `{text}`."));
        }
    }
}
