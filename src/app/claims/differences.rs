//! The differences between two JSON texts.

use serde_json::Value;

const MAX_POINTERS: usize = 100;

/// Lists the JSON Pointers at which two texts differ. If only their layout differs, the list holds the empty pointer.
pub fn find(stored: &str, remade: &str) -> Result<Vec<String>, serde_json::Error> {
    let (stored, remade) = (serde_json::from_str(stored)?, serde_json::from_str(remade)?);
    let mut found = Vec::new();
    collect(&stored, &remade, String::new(), &mut found);
    if found.is_empty() {
        found.push(String::new());
    }
    found.truncate(MAX_POINTERS);
    Ok(found)
}

fn collect(stored: &Value, remade: &Value, at: String, found: &mut Vec<String>) {
    match (stored, remade) {
        (Value::Object(stored), Value::Object(remade)) => {
            let new = remade.keys().filter(|key| !stored.contains_key(*key));
            for key in stored.keys().chain(new) {
                let values = (stored.get(key), remade.get(key));
                compare(values, format!("{at}/{key}"), found);
            }
        }
        (Value::Array(stored), Value::Array(remade)) => {
            for index in 0..stored.len().max(remade.len()) {
                let values = (stored.get(index), remade.get(index));
                compare(values, format!("{at}/{index}"), found);
            }
        }
        (stored, remade) if stored == remade => {}
        _ => found.push(at),
    }
}

fn compare(values: (Option<&Value>, Option<&Value>), at: String, found: &mut Vec<String>) {
    match values {
        (Some(stored), Some(remade)) => collect(stored, remade, at, found),
        _ => found.push(at),
    }
}
