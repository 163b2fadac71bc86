//! Content negotiation by the `Accept` header: the usual form of an answer, or one other.

use actix_web::{
    HttpRequest,
    http::header::{Accept, Header, Quality},
};

use super::body;

/// Returns true if the client prefers `media` (such as `text/plain`) to JSON. A client that asks for neither gets JSON.
pub fn prefers(media: &str, request: &HttpRequest) -> bool {
    prefers_to(body::JSON, media, request)
}

/// Returns true if the client prefers `media` to the usual form. A client that asks for neither gets that.
pub fn prefers_to(usual: &str, media: &str, request: &HttpRequest) -> bool {
    let Ok(mut accept) = Accept::parse(request) else {
        return false;
    };
    // `;q=0` means: never this one.
    accept.retain(|media| media.quality > Quality::ZERO);
    let first = accept
        .ranked()
        .into_iter()
        .find_map(|range| match range.essence_str() {
            "text/*" => Some(true),
            essence if essence == media => Some(true),
            "application/*" | "*/*" => Some(false),
            essence if essence == usual => Some(false),
            _ => None,
        });
    first.unwrap_or(false)
}

/// Returns which of some forms the client prefers. Any form, or any `application/*`, is the first; a client that asks for
/// none of them gets the first, too.
pub fn choose(forms: &[&'static str], request: &HttpRequest) -> Option<&'static str> {
    let mut accept = Accept::parse(request).ok()?;
    accept.retain(|media| media.quality > Quality::ZERO);
    accept.ranked().into_iter().find_map(|range| {
        let essence = range.essence_str();
        let kind = essence.strip_suffix('*').filter(|kind| *kind != "*/");
        let is_meant = |form: &&&str| match kind {
            Some(kind) => form.starts_with(kind),
            None => essence == "*/*" || essence == **form,
        };
        forms.iter().find(is_meant).copied()
    })
}
