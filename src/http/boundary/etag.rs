//! ETags: a resource's version in quotes.

use actix_web::{
    HttpRequest,
    http::header::{self, HeaderName},
};

use super::problem::ApiError;
use crate::app::expected_version::ExpectedVersion;

/// The ETag of a version.
pub fn of(version: i64) -> String {
    format!("\"{version}\"")
}

/// Whether a conditional header names this version, or any.
pub fn matches(request: &HttpRequest, name: HeaderName, version: i64) -> bool {
    let own = of(version);
    let mut given = request.headers().get_all(name);
    given.any(|value| {
        let tags = value.to_str().unwrap_or_default().split(',');
        tags.map(|tag| tag.trim())
            .any(|tag| tag == "*" || tag.trim_start_matches("W/") == own)
    })
}

/// The version that a change is based on, from `If-Match`: one ETag, a list of them, or `*` (RFC 9110, 13.1.1).
///
/// # Errors
/// [`ApiError::IfMatchMissing`] without the header, [`ApiError::IfMatchUnusable`] when it has no ETag of ours.
pub fn demanded(request: &HttpRequest) -> Result<ExpectedVersion, ApiError> {
    let mut versions = Vec::new();
    let mut is_missing = true;
    for value in request.headers().get_all(header::IF_MATCH) {
        is_missing = false;
        for tag in value.to_str().unwrap_or_default().split(',').map(str::trim) {
            if tag == "*" {
                return Ok(ExpectedVersion::Any);
            }
            versions.extend(version_of(tag));
        }
    }
    match (is_missing, versions.is_empty()) {
        (true, _) => Err(ApiError::IfMatchMissing),
        (false, true) => Err(ApiError::IfMatchUnusable),
        (false, false) => Ok(ExpectedVersion::OneOf(versions)),
    }
}

/// The version in a strong ETag of ours.
fn version_of(tag: &str) -> Option<i64> {
    let version = tag.strip_prefix('"')?.strip_suffix('"')?.parse().ok()?;
    (of(version) == tag).then_some(version)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn read(values: &[&str]) -> Result<ExpectedVersion, ApiError> {
        let mut request = TestRequest::default();
        for value in values {
            request = request.append_header((header::IF_MATCH, *value));
        }
        demanded(&request.to_http_request())
    }

    #[test]
    fn one_tag_a_list_and_a_star_are_understood() {
        let one_of = |versions: &[i64]| ExpectedVersion::OneOf(versions.to_vec());
        assert_eq!(read(&["\"3\""]).unwrap(), one_of(&[3]));
        assert_eq!(read(&["\"3\", \"x\" ,\"5\""]).unwrap(), one_of(&[3, 5]));
        assert_eq!(read(&["\"3\"", "\"5\""]).unwrap(), one_of(&[3, 5]));
        assert_eq!(read(&["*"]).unwrap(), ExpectedVersion::Any);
    }

    #[test]
    fn what_is_no_tag_of_ours_is_told_apart_from_a_stale_one() {
        assert!(matches!(read(&[]), Err(ApiError::IfMatchMissing)));
        for value in ["3", "\"03\"", "W/\"3\"", "\"x\"", ""] {
            assert!(
                matches!(read(&[value]), Err(ApiError::IfMatchUnusable)),
                "{value}"
            );
        }
    }
}
