//! Names that stand in documents and URLs, made of few enough characters to need no escaping there.

use std::{fmt, sync::Arc};

use serde::Serialize;
use utoipa::ToSchema;

use super::text::{Objection, check_length, decode_by_parsing};
use crate::parse::fault_code::FaultCode;

pub const MAX_NAME_CHARACTERS: usize = 64;

/// A stable name inside a document: 1 to 64 characters of `a` to `z`, `0` to `9`, `-` and `_`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slug(Arc<str>);

/// The name of a rulebook's version: 1 to 64 characters of `A` to `Z`, `a` to `z`, `0` to `9`, `.`, `_` and `-`.
/// It stands in URLs as a step of the path, so it is not `.` or `..`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
#[schema(value_type = String, min_length = 1, max_length = 64, pattern = r"^(\.{0,2}[A-Za-z0-9_-]|\.{3})[A-Za-z0-9._-]*$", example = "2026.2")]
pub struct VersionName(Arc<str>);

impl Slug {
    pub fn parse(text: &str) -> Result<Self, Objection> {
        check_length(text, 1, MAX_NAME_CHARACTERS)?;
        let is_known = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '-' | '_');
        check_characters(text, is_known, "must consist of a to z, 0 to 9, - and _")?;
        Ok(Self(text.into()))
    }
}

impl From<Slug> for Arc<str> {
    fn from(slug: Slug) -> Self {
        slug.0
    }
}

impl VersionName {
    pub fn parse(text: &str) -> Result<Self, Objection> {
        check_length(text, 1, MAX_NAME_CHARACTERS)?;
        let is_known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        let known = "must consist of A to Z, a to z, 0 to 9, ., _ and -";
        check_characters(text, is_known, known)?;
        if matches!(text, "." | "..") {
            let detail = "must not be only dots, which no URL can end with";
            return Err((FaultCode::InvalidName, detail.to_owned()));
        }
        Ok(Self(text.into()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for VersionName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

fn check_characters(
    text: &str,
    is_known: impl Fn(char) -> bool,
    detail: &str,
) -> Result<(), Objection> {
    if text.chars().all(is_known) {
        Ok(())
    } else {
        Err((FaultCode::InvalidName, detail.to_owned()))
    }
}

decode_by_parsing!(Slug, VersionName);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_lower_case_and_short() {
        for text in ["mva-plasma", "coverage_missing", "7", &"a".repeat(64)] {
            assert!(Slug::parse(text).is_ok(), "{text}");
        }
        for (text, code) in [
            ("", "too_short"),
            ("Plasma", "invalid_name"),
            ("plasma rule", "invalid_name"),
            ("plasma/1", "invalid_name"),
            ("régime", "invalid_name"),
            (&"a".repeat(65), "too_long"),
        ] {
            assert_eq!(Slug::parse(text).unwrap_err().0.word(), code, "{text}");
        }
    }

    #[test]
    fn a_version_can_be_a_step_of_a_path() {
        for text in ["2026.2", "draft-1", "A_b", "..."] {
            assert_eq!(VersionName::parse(text).unwrap().to_string(), text);
        }
        for text in [".", "..", "2026/2", "2026 2", "2026%2F2", "é"] {
            let (code, _) = VersionName::parse(text).unwrap_err();
            assert_eq!(code.word(), "invalid_name", "{text}");
        }
        assert_eq!(VersionName::parse("").unwrap_err().0.word(), "too_short");
        assert_eq!(
            VersionName::parse(&"1".repeat(65)).unwrap_err().0.word(),
            "too_long"
        );
    }
}
