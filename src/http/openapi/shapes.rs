//! Puts what utoipa writes into shapes that client generators understand: closed objects with names, told apart by a
//! word, and no more freedom than there is.

use payerline_domain::values::text::{Label, MAX_LABEL_CHARACTERS};
use serde_json::{Map, Value, json};

use crate::http::boundary::body::{NDJSON, OCTETS, PLAIN_TEXT};

const SCHEMAS: &str = "/components/schemas";

pub fn settle(document: &mut Value) {
    refer_to_named_schemas(document);
    tag_alternatives(document);
    merge_parts(document);
    visit(document, &mut describe_optional_field);
    visit(document, &mut limit_label);
    visit(document, &mut write_lines_as_text);
    visit(document, &mut refuse_null_parameter);
}

/// Visits every object, the outer ones first.
pub(super) fn visit(value: &mut Value, change: &mut impl FnMut(&mut Map<String, Value>)) {
    match value {
        Value::Object(fields) => {
            change(fields);
            fields.values_mut().for_each(|field| visit(field, change));
        }
        Value::Array(elements) => elements.iter_mut().for_each(|it| visit(it, change)),
        _ => {}
    }
}

fn schemas_mut(document: &mut Value) -> Option<&mut Map<String, Value>> {
    document.pointer_mut(SCHEMAS)?.as_object_mut()
}

/// Returns the name of the schema that a reference refers to.
fn referred_name(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.rsplit('/').next()
}

/// Refers to schemas that utoipa writes out where they are used, such as the entries of lists, though they have a name.
fn refer_to_named_schemas(document: &mut Value) {
    let Some(named) = schemas_mut(document).cloned() else {
        return;
    };
    let is_structure =
        |schema: &Value| !schema["properties"].is_null() || !schema["allOf"].is_null();
    let mut refer = |fields: &mut Map<String, Value>| {
        for schema in fields.values_mut() {
            let same = named.iter().find(|(_, it)| *it == &*schema);
            if let Some((name, _)) = same.filter(|(_, it)| is_structure(it)) {
                *schema = json!({"$ref": format!("#{SCHEMAS}/{name}")});
            }
        }
    };
    for schema in schemas_mut(document).into_iter().flat_map(Map::values_mut) {
        visit(schema, &mut refer);
    }
}

/// Writes the word that tells alternatives apart into each of them, and names it as their discriminator. utoipa writes
/// each alternative as a schema and, beside it, an object of that word alone.
fn tag_alternatives(document: &mut Value) {
    let Some(schemas) = schemas_mut(document) else {
        return;
    };
    let mut tagged = Vec::new();
    for schema in schemas.values_mut() {
        let Some(alternatives) = schema["oneOf"].as_array() else {
            continue;
        };
        let read: Option<Vec<Alternative>> = alternatives.iter().map(Alternative::read).collect();
        let Some(read) = read else { continue };
        let Some(tag) = read.first().map(|it| it.tag.clone()) else {
            continue;
        };
        let mapping: Map<String, Value> = read
            .iter()
            .map(|it| (it.word.clone(), it.reference.clone()))
            .collect();
        let references = read.iter().map(|it| json!({"$ref": it.reference}));
        schema["oneOf"] = references.collect();
        schema["discriminator"] = json!({"propertyName": tag, "mapping": mapping});
        tagged.extend(read);
    }
    for alternative in tagged {
        if let Some(schema) = schemas.get_mut(&alternative.name) {
            alternative.write_tag(schema);
        }
    }
}

/// One of the alternatives that a word tells apart.
struct Alternative {
    /// The name of its schema.
    name: String,
    reference: Value,
    description: Value,
    /// The field that has the word.
    tag: String,
    word: String,
}

impl Alternative {
    fn read(schema: &Value) -> Option<Self> {
        let [named, tagged] = schema["allOf"].as_array()?.as_slice() else {
            return None;
        };
        let (tag, words) = tagged["properties"].as_object()?.iter().next()?;
        Some(Self {
            name: referred_name(named)?.to_owned(),
            reference: named["$ref"].clone(),
            description: schema["description"].clone(),
            tag: tag.clone(),
            word: words["enum"].get(0)?.as_str()?.to_owned(),
        })
    }

    fn write_tag(self, schema: &mut Value) {
        let word = json!({
            "type": "string",
            "enum": [self.word],
            "description": self.description,
        });
        let properties = schema["properties"].as_object().into_iter().flatten();
        let properties = properties.map(|(name, it)| (name.clone(), it.clone()));
        let all: Map<String, Value> = std::iter::once((self.tag.clone(), word))
            .chain(properties)
            .collect();
        schema["properties"] = all.into();
        if let Some(required) = schema["required"].as_array_mut() {
            required.insert(0, self.tag.into());
        }
    }
}

/// Merges an object that utoipa writes as several, one of them closed to the fields of the others, into one.
fn merge_parts(document: &mut Value) {
    let requested = find_request_schemas(document);
    let Some(schemas) = schemas_mut(document) else {
        return;
    };
    let names: Vec<String> = schemas.keys().cloned().collect();
    let mut parts = Vec::new();
    for name in names {
        let Some(schema) = schemas.get(&name) else {
            continue;
        };
        if let Some(mut merged) = merge(schema, schemas) {
            if requested.contains(&name)
                && let Some(fields) = merged.as_object_mut()
            {
                fields.insert("additionalProperties".to_owned(), false.into());
            }
            let used = schema["allOf"].as_array().into_iter().flatten();
            parts.extend(used.filter_map(referred_name).map(str::to_owned));
            schemas.insert(name, merged);
        }
    }
    // Nothing refers any more to what was only a part.
    for part in parts {
        let reference = format!("\"#{SCHEMAS}/{part}\"");
        if !document.to_string().contains(&reference)
            && let Some(schemas) = schemas_mut(document)
        {
            schemas.shift_remove(&part);
        }
    }
}

/// Returns the names of the schemas that bodies of requests have.
fn find_request_schemas(document: &mut Value) -> Vec<String> {
    let mut names = Vec::new();
    visit(document, &mut |fields| {
        let content = fields.get("requestBody").map(|body| &body["content"]);
        let contents = content.and_then(Value::as_object).into_iter().flatten();
        let schemas = contents.map(|(_, content)| &content["schema"]);
        names.extend(schemas.filter_map(referred_name).map(str::to_owned));
    });
    names
}

fn merge(schema: &Value, schemas: &Map<String, Value>) -> Option<Value> {
    let (mut required, mut properties) = (Vec::new(), Map::new());
    for part in schema["allOf"].as_array()? {
        let part = match referred_name(part) {
            Some(name) => schemas.get(name)?,
            None => part,
        };
        let merged = merge(part, schemas);
        let part = merged.as_ref().unwrap_or(part);
        required.extend(part["required"].as_array().into_iter().flatten().cloned());
        properties.extend(part["properties"].as_object()?.clone());
    }
    Some(json!({
        "type": "object",
        "description": schema["description"],
        "required": required,
        "properties": properties,
    }))
}

/// Moves the description of a field that may be null beside its `oneOf`, where readers and generators look for it;
/// utoipa writes it inside.
fn describe_optional_field(field: &mut Map<String, Value>) {
    let Some(Value::Array(choices)) = field.get_mut("oneOf") else {
        return;
    };
    if !choices.iter().any(|choice| choice["type"] == "null") {
        return;
    }
    let described = choices.iter_mut().filter_map(Value::as_object_mut);
    let descriptions: Vec<Value> = described
        .filter(|choice| choice.contains_key("$ref"))
        .filter_map(|choice| choice.remove("description"))
        .collect();
    if let Some(description) = descriptions.into_iter().next() {
        field.insert("description".to_owned(), description);
    }
}

/// Says which characters a text of at most 64 may have, unless its pattern says more.
fn limit_label(schema: &mut Map<String, Value>) {
    let is_label = schema.get("maxLength") == Some(&MAX_LABEL_CHARACTERS.into());
    if is_label && !schema.contains_key("pattern") {
        schema.insert("pattern".to_owned(), Label::PATTERN.into());
    }
}

/// Documents NDJSON as the text that it is. The schema of a line stands beside, under the name that OpenAPI 3.2 gives it.
fn write_lines_as_text(contents: &mut Map<String, Value>) {
    let Some(line) = contents.get(NDJSON).map(|it| it["schema"].clone()) else {
        return;
    };
    let examples = contents
        .get(NDJSON)
        .map_or(Value::Null, |it| it["examples"].clone());
    let mut lines = json!({
        "type": "string",
        "description": "Lines of JSON, as `x-itemSchema` describes each.",
    });
    for media_type in [NDJSON, PLAIN_TEXT, OCTETS] {
        if media_type == OCTETS
            && let Some(lines) = lines.as_object_mut()
        {
            lines.insert("format".to_owned(), "binary".into());
        }
        if let Some(content) = contents.get_mut(media_type) {
            content["schema"] = lines.clone();
            if !examples.is_null() {
                content["examples"] = examples.clone();
            }
            content["x-itemSchema"] = line.clone();
        }
    }
    // Generators take the first media type.
    if let Some(bytes) = contents.shift_remove(OCTETS) {
        contents.insert(OCTETS.to_owned(), bytes);
    }
}

/// A parameter is left out or has a value; JSON's null there is the text `null`.
fn refuse_null_parameter(parameter: &mut Map<String, Value>) {
    if parameter.contains_key("in")
        && let Some(kind) = parameter
            .get_mut("schema")
            .and_then(|it| it.get_mut("type"))
        && let Value::Array(types) = kind
    {
        types.retain(|it| it != "null");
        if let [only] = types.as_mut_slice() {
            *kind = only.take();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::http::openapi::collect;

    /// What a test found, each with its place.
    fn found_in(
        document: &Value,
        mut find: impl FnMut(&Map<String, Value>) -> bool,
    ) -> Vec<String> {
        fn search(
            at: &str,
            value: &Value,
            find: &mut impl FnMut(&Map<String, Value>) -> bool,
            found: &mut Vec<String>,
        ) {
            match value {
                Value::Object(fields) => {
                    if find(fields) {
                        found.push(at.to_owned());
                    }
                    for (name, field) in fields {
                        search(&format!("{at}/{name}"), field, find, found);
                    }
                }
                Value::Array(elements) => {
                    for (index, element) in elements.iter().enumerate() {
                        search(&format!("{at}/{index}"), element, find, found);
                    }
                }
                _ => {}
            }
        }
        let mut found = Vec::new();
        search("", document, &mut find, &mut found);
        found
    }

    fn schemas(document: &Value) -> &Map<String, Value> {
        document.pointer(SCHEMAS).unwrap().as_object().unwrap()
    }

    /// Adds the names of the schemas that a part refers to, and of those that they refer to.
    fn add_referred(part: &Value, document: &Value, names: &mut BTreeSet<String>) {
        found_in(part, |fields| {
            // Others refer to headers and examples.
            let reference = fields.get("$ref").and_then(Value::as_str);
            let name = reference.and_then(|it| it.strip_prefix(&format!("#{SCHEMAS}/")));
            if let Some(name) = name
                && names.insert(name.to_owned())
            {
                add_referred(&schemas(document)[name], document, names);
            }
            false
        });
    }

    fn nothing() -> Vec<String> {
        Vec::new()
    }

    #[test]
    fn alternatives_can_be_told_apart() {
        let document = collect().unwrap();
        let is_closed = |schema: &Value| {
            let schema = referred_name(schema).map_or(schema, |name| &schemas(&document)[name]);
            schema["additionalProperties"] == false
        };
        let lacking = found_in(&document, |fields| {
            assert!(!fields.contains_key("anyOf"), "{fields:?}");
            let Some(Value::Array(choices)) = fields.get("oneOf") else {
                return false;
            };
            let is_optional = choices.len() == 2 && choices.contains(&json!({"type": "null"}));
            let is_closed = choices.iter().all(is_closed);
            !is_optional && !is_closed && !fields.contains_key("discriminator")
        });
        assert_eq!(lacking, nothing());
        let change = &schemas(&document)["RuleChange"];
        assert_eq!(change["discriminator"]["propertyName"], "op");
        for (word, reference) in change["discriminator"]["mapping"].as_object().unwrap() {
            let name = reference.as_str().unwrap().rsplit('/').next().unwrap();
            let alternative = &schemas(&document)[name];
            assert_eq!(alternative["properties"]["op"]["enum"], json!([word]));
            assert_eq!(alternative["required"][0], "op", "{name}");
        }
    }

    #[test]
    fn requests_refuse_fields_that_the_service_refuses() {
        let document = collect().unwrap();
        let mut requested = BTreeSet::new();
        found_in(&document["paths"], |fields| {
            if let Some(body) = fields.get("requestBody") {
                add_referred(body, &document, &mut requested);
            }
            false
        });
        let open = requested.iter().filter(|name| {
            let schema = &schemas(&document)[*name];
            !schema["properties"].is_null() && schema["additionalProperties"] != false
        });
        assert_eq!(open.cloned().collect::<Vec<_>>(), nothing());
        assert!(requested.contains("Submission") && requested.contains("RuleMove"));
    }

    /// What is closed cannot be a part of something else: nothing would have the fields of both.
    #[test]
    fn no_schema_is_made_of_parts_or_written_out_in_another() {
        let document = collect().unwrap();
        let inner = found_in(&document, |fields| {
            fields.contains_key("allOf") || fields.contains_key("properties")
        });
        let schemas_of = |place: &&String| {
            let name = place
                .strip_prefix(SCHEMAS)
                .and_then(|it| it.strip_prefix('/'));
            !name.is_some_and(|name| schemas(&document)[name]["allOf"].is_null())
        };
        assert_eq!(inner.iter().find(schemas_of), None);
        let entries =
            &schemas(&document)["Listing_Preauthorization"]["properties"]["data"]["items"];
        assert_eq!(referred_name(entries), Some("Preauthorization"));
        let approval = &schemas(&document)["Preauthorization"];
        for field in ["number", "id"] {
            assert!(approval["properties"].get(field).is_some(), "{field}");
            assert!(
                approval["required"]
                    .as_array()
                    .unwrap()
                    .contains(&field.into())
            );
        }
    }

    #[test]
    fn no_parameter_takes_null() {
        let document = collect().unwrap();
        let taking = found_in(&document, |fields| {
            fields.contains_key("in") && fields["schema"].to_string().contains("null")
        });
        assert_eq!(taking, nothing());
    }

    /// Go names the constructor of `Clinic` `NewClinic`.
    #[test]
    fn no_schema_has_the_name_of_a_constructor() {
        let document = collect().unwrap();
        let names = schemas(&document).keys();
        let constructors: BTreeSet<String> = names.map(|name| format!("New{name}")).collect();
        let clashes = schemas(&document)
            .keys()
            .filter(|name| constructors.contains(*name));
        assert_eq!(clashes.cloned().collect::<Vec<_>>(), nothing());
    }

    #[test]
    fn texts_of_at_most_64_characters_say_which() {
        let document = collect().unwrap();
        let lacking = found_in(&document, |fields| {
            fields.get("maxLength") == Some(&json!(64)) && !fields.contains_key("pattern")
        });
        assert_eq!(lacking, nothing());
        assert_eq!(schemas(&document)["Label"]["pattern"], Label::PATTERN);
    }

    #[test]
    fn every_schema_is_used() {
        let document = collect().unwrap();
        let mut used = BTreeSet::new();
        add_referred(&document["paths"], &document, &mut used);
        let unused = schemas(&document)
            .keys()
            .filter(|name| !used.contains(*name));
        assert_eq!(unused.cloned().collect::<Vec<_>>(), nothing());
    }

    #[test]
    fn lines_are_text() {
        let document = collect().unwrap();
        let mut lines = Vec::new();
        found_in(&document, |fields| {
            for content in fields
                .values()
                .filter(|it| it.get("x-itemSchema").is_some())
            {
                assert_eq!(content["schema"]["type"], "string", "{content}");
                lines.extend(referred_name(&content["x-itemSchema"]).map(str::to_owned));
            }
            false
        });
        lines.sort();
        let expected = [
            "BatchResult",
            "BatchResult",
            "ClaimSummary",
            "RemittanceLine",
            "RemittanceLine",
            "RemittanceResult",
            "RemittanceResult",
            "Submission",
            "Submission",
        ];
        assert_eq!(lines, expected);
    }
}
