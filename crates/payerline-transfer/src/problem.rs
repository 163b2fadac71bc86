//! Why a claim was refused: the service's problem details (RFC 9457) as received, or the import's own.

use serde::Deserialize;
use serde_json::{json, value::RawValue};

/// The type of the problem that a batch ends with when its body broke off. It concerns the connection, not the
/// claim at that place.
const UNREADABLE_BODY: &str = "urn:payerline:problem:unreadable-body";

#[derive(Debug, Clone, Deserialize)]
#[serde(transparent)]
pub struct ProblemDetails(Box<RawValue>);

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Members {
    r#type: String,
    title: String,
    detail: String,
    errors: Vec<FieldError>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct FieldError {
    pointer: String,
    detail: String,
}

impl ProblemDetails {
    /// The import's own refusal of a claim that it does not send.
    pub fn new(status: u16, title: &str, detail: &str) -> Self {
        let problem = json!({"title": title, "status": status, "detail": detail});
        // Cannot fail for a `Value`; only the serializer's type says it may.
        Self(serde_json::value::to_raw_value(&problem).unwrap_or_default())
    }

    pub fn json(&self) -> &RawValue {
        &self.0
    }

    pub fn is_broken_connection(&self) -> bool {
        self.members().r#type == UNREADABLE_BODY
    }

    /// The reason in words: every field's error, or else the problem's own detail.
    pub fn reason(&self) -> String {
        let members = self.members();
        if members.errors.is_empty() {
            return match members.detail.as_str() {
                "" => members.title,
                _ => members.detail,
            };
        }
        let errors = members
            .errors
            .iter()
            .map(|error| match error.pointer.as_str() {
                "" => error.detail.clone(),
                pointer => format!("{pointer}: {}", error.detail),
            });
        errors.collect::<Vec<_>>().join("; ")
    }

    /// The reason in an answer's body; empty when the body is no problem.
    pub fn reason_in(body: &[u8]) -> String {
        let problem: Option<Self> = serde_json::from_slice(body).ok();
        problem.map(|problem| problem.reason()).unwrap_or_default()
    }

    fn members(&self) -> Members {
        serde_json::from_str(self.0.get()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_names_every_error() {
        let problem: ProblemDetails = serde_json::from_str(
            r#"{"title":"t","detail":"d","errors":[{"code":"x","pointer":"/a/0","detail":"must be b"},{"code":"y","pointer":"","detail":"not JSON"}]}"#,
        )
        .unwrap();
        assert_eq!(problem.reason(), "/a/0: must be b; not JSON");
        assert_eq!(
            ProblemDetails::new(413, "Too long", "at most 5").reason(),
            "at most 5"
        );
        assert_eq!(ProblemDetails::reason_in(b"<html>"), "");
    }
}
