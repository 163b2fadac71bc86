//! Which of two forms of an answer a client asks for.

use actix_web::{
    HttpRequest,
    http::header::{Accept, Header, Quality},
};

use super::body;

/// Whether the client would rather have the text `media` (such as `text/plain`) than JSON, which it gets when it
/// asks for neither.
pub fn prefers(media: &str, request: &HttpRequest) -> bool {
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
            body::JSON | "application/*" | "*/*" => Some(false),
            _ => None,
        });
    first.unwrap_or(false)
}
