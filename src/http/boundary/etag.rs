//! ETags: a resource's version in quotes.

use actix_web::{
    HttpRequest,
    http::header::{self, HeaderName},
};

use super::problem::ApiError;
use crate::app::expected_version::ExpectedVersion;

pub fn format(version: i64) -> String {
    format!("\"{version}\"")
}

/// Returns true if a conditional header names this version, or any (`*`).
pub fn matches(request: &HttpRequest, name: HeaderName, version: i64) -> bool {
    let own = format(version);
    let mut given = request.headers().get_all(name);
    given.any(|value| {
        let tags = value.to_str().unwrap_or_default().split(',');
        tags.map(|tag| tag.trim())
            .any(|tag| tag == "*" || tag.trim_start_matches("W/") == own)
    })
}

/// Reads the version that a change is based on from `If-Match`: one ETag, a list of them, or `*` (RFC 9110, 13.1.1).
///
/// # Errors
/// [`ApiError::IfMatchMissing`] without the header, [`ApiError::IfMatchUnusable`] when it has no ETag of this API.
pub fn parse_if_match(request: &HttpRequest) -> Result<ExpectedVersion, ApiError> {
    let mut versions = Vec::new();
    let mut is_missing = true;
    for value in request.headers().get_all(header::IF_MATCH) {
        is_missing = false;
        for tag in value.to_str().unwrap_or_default().split(',').map(str::trim) {
            if tag == "*" {
                return Ok(ExpectedVersion::Any);
            }
            versions.extend(parse_version(tag));
        }
    }
    match (is_missing, versions.is_empty()) {
        (true, _) => Err(ApiError::IfMatchMissing),
        (false, true) => Err(ApiError::IfMatchUnusable),
        (false, false) => Ok(ExpectedVersion::OneOf(versions)),
    }
}

/// Reads the version from a strong ETag of this API.
fn parse_version(tag: &str) -> Option<i64> {
    let version = tag.strip_prefix('"')?.strip_suffix('"')?.parse().ok()?;
    (format(version) == tag).then_some(version)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn parse(values: &[&str]) -> Result<ExpectedVersion, ApiError> {
        let mut request = TestRequest::default();
        for value in values {
            request = request.append_header((header::IF_MATCH, *value));
        }
        parse_if_match(&request.to_http_request())
    }

    #[test]
    fn if_match_takes_one_tag_a_list_or_a_star() {
        let one_of = |versions: &[i64]| ExpectedVersion::OneOf(versions.to_vec());
        assert_eq!(parse(&["\"3\""]).unwrap(), one_of(&[3]));
        assert_eq!(parse(&["\"3\", \"x\" ,\"5\""]).unwrap(), one_of(&[3, 5]));
        assert_eq!(parse(&["\"3\"", "\"5\""]).unwrap(), one_of(&[3, 5]));
        assert_eq!(parse(&["*"]).unwrap(), ExpectedVersion::Any);
    }

    #[test]
    fn an_unknown_tag_is_not_a_stale_one() {
        assert!(matches!(parse(&[]), Err(ApiError::IfMatchMissing)));
        for value in ["3", "\"03\"", "W/\"3\"", "\"x\"", ""] {
            assert!(
                matches!(parse(&[value]), Err(ApiError::IfMatchUnusable)),
                "{value}"
            );
        }
    }
}
