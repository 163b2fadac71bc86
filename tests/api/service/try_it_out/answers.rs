//! Answers as the document shows them: with ids, times, keys and cursors that are the same in every run, and shortened.

use std::{collections::BTreeMap, env, fs};

use serde_json::{Map, Value, json};

use jiff::{ToSpan, civil::Date};

use crate::support::{Answer, today};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi/answers.json");
/// Longer lists are cut to this many entries, and to those that the examples name.
const MAX_ENTRIES: usize = 4;
const SHOWN_ENTRIES: usize = 2;
/// Entries that are not cut.
const NAMED: [&str; 8] = [
    "private-plasma-maple",
    "INV-2026-000101",
    "INV-2026-000102",
    "INV-2026-000123",
    "mva-stem-cell-unapproved",
    "invalid-content",
    "total_mismatch",
    "coverage_missing",
];

/// By operation, status, media type and name.
#[derive(Default)]
pub struct Answers {
    kept: Value,
    ids: BTreeMap<String, String>,
}

impl Answers {
    /// Keeps the body of an answer, if it has one. What was kept under the name before stays.
    pub fn keep(&mut self, operation: &str, name: &str, answer: &Answer) {
        if answer.text().is_empty() {
            return;
        }
        let media_type = answer
            .header("content-type")
            .split(';')
            .next()
            .unwrap_or_default();
        let mut body = match media_type {
            "application/json" | "application/problem+json" => answer.json(),
            "text/html" => Value::from(replace_today(&answer.text())),
            _ => Value::from(shorten_text(&answer.text(), media_type)),
        };
        shorten(&mut body);
        self.replace(&mut body);
        if operation.starts_with("report_") {
            replace_days(&mut body);
        }
        let status = answer.status().to_string();
        let place = [operation, &status, media_type, name];
        let kept = place.into_iter().fold(&mut self.kept, |within, step| {
            if within.is_null() {
                *within = json!({});
            }
            &mut within[step]
        });
        if kept.is_null() {
            *kept = body;
        }
    }

    /// Puts what differs from run to run into a fixed form.
    fn replace(&mut self, value: &mut Value) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    match (name.as_str(), &value) {
                        ("key" | "admin_key", Value::String(_)) => *value = "pl_shown-once".into(),
                        ("next" | "prev", Value::String(_)) => {
                            *value = "bwGYCm4sT30xpbBvPlwdK3qVw1N5c1tZJQ".into();
                        }
                        _ => self.replace(value),
                    }
                }
            }
            Value::Array(elements) => elements.iter_mut().for_each(|it| self.replace(it)),
            Value::String(text) => *text = self.replace_in(text),
            _ => {}
        }
    }

    /// Replaces every id in a text by one of a sequence, and every time by one moment.
    fn replace_in(&mut self, text: &str) -> String {
        let mut replaced = String::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            if let Some(id) = rest.get(..36).filter(|it| is_id(it)) {
                let number = self.ids.len() + 1;
                let fixed = || format!("01980a6e-2c4f-7d31-a5b0-{number:012}");
                replaced += self.ids.entry(id.to_owned()).or_insert_with(fixed);
                rest = &rest[36..];
            } else if let Some(time) = rest.get(..27).filter(|it| is_time(it)) {
                replaced += "2026-06-15T14:03:22.123456Z";
                rest = &rest[time.len()..];
            } else {
                replaced.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
        replaced
    }

    /// Compares with the answers that the document has, or writes these if it is asked to.
    pub fn are_those_of_the_document(self, may_write: bool) {
        if may_write && env::var("PAYERLINE_UPDATE_EXAMPLES").is_ok_and(|value| value == "1") {
            let text = serde_json::to_string_pretty(&self.kept).expect("JSON") + "\n";
            fs::write(PATH, text).expect("openapi/answers.json is written");
            return;
        }
        let text = fs::read_to_string(PATH).expect("openapi/answers.json");
        let committed: Map<String, Value> = serde_json::from_str(&text).expect("JSON");
        let found = self.kept.as_object().expect("an object");
        for (operation, answers) in found {
            let expected = committed.get(operation);
            assert_eq!(
                Some(answers),
                expected,
                "{operation}: renew openapi/answers.json"
            );
        }
        assert_eq!(found.len(), committed.len(), "renew openapi/answers.json");
    }
}

/// Puts fixed days into the place of those that a report names without being asked: today, the day a year before, and this
/// month.
fn replace_days(value: &mut Value) {
    match value {
        Value::Object(fields) => fields.values_mut().for_each(replace_days),
        Value::Array(elements) => elements.iter_mut().for_each(replace_days),
        Value::String(text) => {
            let begin = today().checked_sub(1.year()).and_then(Date::tomorrow);
            let month = today().strftime("%Y-%m").to_string();
            *text = text
                .replace(&today().to_string(), "2026-06-15")
                .replace(&begin.expect("a day").to_string(), "2025-06-16")
                .replace(&month, "2026-06");
        }
        _ => {}
    }
}

fn is_id(text: &str) -> bool {
    let dashes = [8, 13, 18, 23];
    let is_right = |(at, it): (usize, char)| match dashes.contains(&at) {
        true => it == '-',
        false => it.is_ascii_hexdigit(),
    };
    text.is_ascii() && text.char_indices().all(is_right)
}

fn is_time(text: &str) -> bool {
    let pattern = "0000-00-00T00:00:00.000000Z";
    let is_right = |(it, wanted): (char, char)| match wanted {
        '0' => it.is_ascii_digit(),
        other => it == other,
    };
    text.chars().zip(pattern.chars()).all(is_right)
}

fn shorten(value: &mut Value) {
    match value {
        Value::Object(fields) => fields.values_mut().for_each(shorten),
        Value::Array(elements) => {
            if elements.len() > MAX_ENTRIES {
                let mut place = 0;
                elements.retain(|entry| {
                    place += 1;
                    place <= SHOWN_ENTRIES || is_named(entry)
                });
            }
            elements.iter_mut().for_each(shorten);
        }
        _ => {}
    }
}

fn is_named(entry: &Value) -> bool {
    let names = ["id", "external_id", "rule", "code", "type"].map(|name| entry[name].as_str());
    let is_known = |name: &str| NAMED.iter().any(|known| name.ends_with(known));
    names.into_iter().flatten().any(is_known)
}

/// Replaces the day of a letter.
fn replace_today(text: &str) -> String {
    let today = today().strftime("%-d %B %Y").to_string();
    text.replace(&today, "15 June 2026")
}

/// Keeps the first lines of a text, and an explanation whole.
fn shorten_text(text: &str, media_type: &str) -> String {
    let shown = match media_type {
        "text/plain" => usize::MAX,
        "text/markdown" => 20,
        _ => 4,
    };
    text.split_inclusive('\n').take(shown).collect()
}
