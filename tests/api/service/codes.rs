//! The codes of answers: one list in the code, which the service answers, the OpenAPI document describes and
//! `docs/api.md` prints.

use std::{collections::BTreeSet, env, fs, path::Path};

use payerline_domain::{
    claims::lifecycle::{STEPS, Target},
    values::closed_enum::ClosedEnum,
};
use serde_json::Value;

use crate::support::{TestApp, array, committed_document, on_both_databases, strings};

on_both_databases!(
    the_codes_are_answered_without_a_key_and_stand_in_the_document,
    the_page_for_programmers_has_the_codes,
);

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The lists: in the answer, by what an entry is called, as a schema of the document, with the columns of their tables.
const LISTS: [(&str, &str, &str, &[&str]); 3] = [
    (
        "problems",
        "type",
        "ProblemType",
        &["type", "status", "meaning", "remedy"],
    ),
    (
        "faults",
        "code",
        "FaultCode",
        &["code", "meaning", "remedy"],
    ),
    (
        "findings",
        "code",
        "FindingCode",
        &["code", "severity", "meaning", "remedy", "basis"],
    ),
];

async fn the_codes_are_answered_without_a_key_and_stand_in_the_document(app: &TestApp) {
    let codes = app.without_key().get("/v1/codes").await.is(200).json();
    let document = committed_document();
    let schemas = &document["components"]["schemas"];
    for (list, name, schema, columns) in LISTS {
        let words = strings(&codes[list], name);
        let documented: Vec<&str> = array(&schemas[schema]["examples"])
            .iter()
            .filter_map(Value::as_str)
            .collect();
        assert_eq!(words, documented, "{schema}");
        assert_eq!(words.iter().collect::<BTreeSet<_>>().len(), words.len());
        let description = schemas[schema]["description"].as_str().expect("a table");
        for entry in array(&codes[list]) {
            for column in columns.iter().filter(|it| **it != "status") {
                let text = entry[column].as_str().unwrap_or_default();
                assert!(!text.is_empty(), "no {column} of {entry}");
                assert!(description.contains(text), "{text}");
            }
        }
    }
    for (schema, field, code) in [
        ("Problem", "type", "ProblemType"),
        ("Fault", "code", "FaultCode"),
        ("Finding", "code", "FindingCode"),
    ] {
        let referred = &schemas[schema]["properties"][field]["$ref"];
        assert_eq!(referred, &format!("#/components/schemas/{code}"));
    }
}

/// The compiler sees that each code that is answered is in the list, since faults have no other. This is the other
/// direction.
#[test]
fn each_code_of_a_fault_is_reported_somewhere() {
    let list = Path::new(ROOT).join("crates/payerline-domain/src/parse/fault_code.rs");
    let mut text = String::new();
    for directory in [
        "src",
        "crates/payerline-domain/src",
        "crates/payerline-rulebook/src",
    ] {
        read_all(&Path::new(ROOT).join(directory), &list, &mut text);
    }
    for code in payerline_domain::parse::fault_code::FaultCode::ALL {
        let is_reported = text.contains(&format!("FaultCode::{code:?}"));
        assert!(is_reported, "nothing reports {}", code.word());
    }
}

/// Reads all code below a directory, without tests and without the list itself.
fn read_all(directory: &Path, list: &Path, text: &mut String) {
    for entry in fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        let is_of_tests = path.ends_with("tests") || path.ends_with("problem_examples.rs");
        if path.is_dir() && !is_of_tests {
            read_all(&path, list, text);
        } else if path.extension().is_some_and(|it| it == "rs") && !is_of_tests && path != list {
            let code = fs::read_to_string(&path).expect("code");
            let end = code.find("#[cfg(test)]").unwrap_or(code.len());
            text.push_str(&code[..end]);
        }
    }
}

/// The drawing of a claim's life in ARCHITECTURE.md, made from the table of steps.
#[test]
fn the_drawing_of_a_claims_life_is_the_table_of_steps() {
    let mut drawing = "```mermaid\nstateDiagram-v2\n".to_owned();
    for rule in &STEPS {
        let step = rule.step.word();
        let to = match rule.to {
            Target::Status(status) => status.word(),
            Target::Decided | Target::Reviewed => "decided",
            Target::Answered => "answered",
        };
        let mut from: Vec<&str> = rule.from.iter().map(|it| it.word()).collect();
        // A claim that no payer has is drawn as one state, and what a decision makes of it is said beside.
        let unsent = ["needs_review", "needs_preauthorization", "ready"];
        if unsent.iter().all(|it| from.contains(it)) {
            from.retain(|it| !unsent.contains(it));
            from.insert(0, "decided");
        }
        for from in from {
            drawing += &format!("    {from} --> {to}: {step}\n");
        }
    }
    drawing += "```\n";
    let path = Path::new(ROOT).join("ARCHITECTURE.md");
    let mut page = fs::read_to_string(&path).expect("ARCHITECTURE.md");
    let committed = page.clone();
    replace_between(&mut page, "steps", &drawing);
    renew(&path, &committed, &page);
}

/// Replaces what stands between two markers of a page.
fn replace_between(page: &mut String, name: &str, text: &str) {
    let (begin, end) = (
        format!("<!-- {name} -->\n"),
        format!("<!-- end of {name} -->"),
    );
    let from = page.find(&begin).expect("it begins") + begin.len();
    let to = page.find(&end).expect("it ends");
    page.replace_range(from..to, text);
}

/// Writes a page anew with `PAYERLINE_UPDATE_DOCS=1`; otherwise it must be as it is committed.
fn renew(path: &Path, committed: &str, page: &str) {
    if env::var("PAYERLINE_UPDATE_DOCS").is_ok_and(|value| value == "1") {
        fs::write(path, page).expect("the page is written");
        return;
    }
    assert!(
        page == committed,
        "renew {}: see docs/contributing.md",
        path.display()
    );
}

async fn the_page_for_programmers_has_the_codes(app: &TestApp) {
    let codes = app.get("/v1/codes").await.is(200).json();
    let path = Path::new(ROOT).join("docs/api.md");
    let mut page = fs::read_to_string(&path).expect("docs/api.md");
    let committed = page.clone();
    for (list, _, _, columns) in LISTS {
        replace_between(&mut page, list, &write_table(&codes[list], columns));
    }
    renew(&path, &committed, &page);
}

fn write_table(entries: &Value, columns: &[&str]) -> String {
    let headings = columns.iter().map(|it| match *it {
        "remedy" => "what to do",
        other => other,
    });
    let mut table = format!("| {} |\n", headings.collect::<Vec<_>>().join(" | "));
    table += &format!("|{}\n", "---|".repeat(columns.len()));
    for entry in array(entries) {
        let cells = columns
            .iter()
            .enumerate()
            .map(|(at, column)| match &entry[column] {
                Value::String(text) if at == 0 => {
                    format!("`{}`", text.trim_start_matches("urn:payerline:problem:"))
                }
                Value::String(text) => text.clone(),
                Value::Null => "any".to_owned(),
                other => other.to_string(),
            });
        table += &format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "));
    }
    table
}
