//! ETags: a resource's version in quotes.

use actix_web::{
    HttpRequest,
    http::header::{self, HeaderName},
};

use super::problem::ApiError;

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

/// The version that a change is based on, from `If-Match`.
///
/// # Errors
/// [`ApiError::IfMatchMissing`] without the header, [`ApiError::Stale`] when it is no version of ours.
pub fn demanded(request: &HttpRequest) -> Result<i64, ApiError> {
    let value = request.headers().get(header::IF_MATCH);
    let value = value.ok_or(ApiError::IfMatchMissing)?;
    let version = || {
        let tag = value.to_str().ok()?.trim();
        let digits = tag.strip_prefix('"')?.strip_suffix('"')?;
        let version: i64 = digits.parse().ok()?;
        (of(version) == tag).then_some(version)
    };
    version().ok_or(ApiError::Stale)
}
