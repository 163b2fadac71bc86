//! Why a line was refused: the service's problem (RFC 9457) as it came, or one of our own.

use serde::Deserialize;
use serde_json::{json, value::RawValue};

/// The kind of the problem that a batch ends with when its body broke off on the way: that says
/// nothing of the line where it did.
const UNREADABLE: &str = "urn:payerline:problem:unreadable-body";

/// A problem, as JSON.
#[derive(Debug, Clone, Deserialize)]
#[serde(transparent)]
pub struct Problem(Box<RawValue>);

/// What is read of a problem.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Parts {
    r#type: String,
    title: String,
    detail: String,
    errors: Vec<Fault>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Fault {
    pointer: String,
    detail: String,
}

impl Problem {
    /// A refusal of our own, before the line was sent.
    pub fn new(status: u16, title: &str, detail: &str) -> Self {
        let problem = json!({"title": title, "status": status, "detail": detail});
        // A value that was just made is JSON; the type of the serializer does not know it.
        Self(serde_json::value::to_raw_value(&problem).unwrap_or_default())
    }

    /// The problem as it came.
    pub fn json(&self) -> &RawValue {
        &self.0
    }

    /// Whether it is of the connection, not of the line.
    pub fn is_of_the_connection(&self) -> bool {
        self.parts().r#type == UNREADABLE
    }

    /// The reason in words: every fault with its place, or else what the problem says.
    pub fn reason(&self) -> String {
        let parts = self.parts();
        if parts.errors.is_empty() {
            return match parts.detail.as_str() {
                "" => parts.title,
                _ => parts.detail,
            };
        }
        let faults = parts
            .errors
            .iter()
            .map(|fault| match fault.pointer.as_str() {
                "" => fault.detail.clone(),
                pointer => format!("{pointer}: {}", fault.detail),
            });
        faults.collect::<Vec<_>>().join("; ")
    }

    /// What a body says that should be a problem; empty when it is none.
    pub fn detail_of(body: &[u8]) -> String {
        let problem: Option<Self> = serde_json::from_slice(body).ok();
        problem.map(|problem| problem.reason()).unwrap_or_default()
    }

    fn parts(&self) -> Parts {
        serde_json::from_str(self.0.get()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_names_every_fault() {
        let problem: Problem = serde_json::from_str(
            r#"{"title":"t","detail":"d","errors":[{"code":"x","pointer":"/a/0","detail":"must be b"},{"code":"y","pointer":"","detail":"not JSON"}]}"#,
        )
        .unwrap();
        assert_eq!(problem.reason(), "/a/0: must be b; not JSON");
        assert_eq!(
            Problem::new(413, "Too long", "at most 5").reason(),
            "at most 5"
        );
        assert_eq!(Problem::detail_of(b"<html>"), "");
    }
}
