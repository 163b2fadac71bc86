//! What a client sends to find its requests again: an id of its own, and its place in a trace. Both are logged, and neither
//! is trusted.

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

pub const REQUEST_ID_HEADER: HeaderName = HeaderName::from_static("x-request-id");
pub const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("x-client-request-id");
/// W3C Trace Context.
pub const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

const MAX_ID_CHARACTERS: usize = 128;

/// What of it is well-formed; the rest is passed over.
pub struct ClientTrace {
    request_id: Option<HeaderValue>,
    traceparent: Option<HeaderValue>,
}

impl ClientTrace {
    pub fn read(headers: &HeaderMap) -> Self {
        let find = |name, is_valid: fn(&str) -> bool| {
            let value = headers.get(name)?;
            value.to_str().ok().filter(|text| is_valid(text))?;
            Some(value.clone())
        };
        Self {
            request_id: find(REQUEST_ID_HEADER, is_request_id),
            traceparent: find(TRACEPARENT, is_traceparent),
        }
    }

    /// Gives the client its id back.
    pub fn add_header(&self, headers: &mut HeaderMap) {
        if let Some(id) = &self.request_id {
            headers.insert(CLIENT_REQUEST_ID, id.clone());
        }
    }

    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_ref()?.to_str().ok()
    }

    pub fn traceparent(&self) -> Option<&str> {
        self.traceparent.as_ref()?.to_str().ok()
    }
}

/// Printable, so that it can do no harm in a log.
fn is_request_id(text: &str) -> bool {
    let is_printable = |byte: u8| byte == b' ' || byte.is_ascii_graphic();
    (1..=MAX_ID_CHARACTERS).contains(&text.len()) && text.bytes().all(is_printable)
}

/// Version, trace, parent and flags in hexadecimal; what a later version adds comes after them.
fn is_traceparent(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let is_hex = |part: &str, length: usize| {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        part.len() == length && part.bytes().all(is_digit)
    };
    let is_nothing = |part: &str| part.bytes().all(|byte| byte == b'0');
    match &*parts {
        [version, trace, parent, flags, rest @ ..] => {
            is_hex(version, 2)
                && *version != "ff"
                && is_hex(trace, 32)
                && !is_nothing(trace)
                && is_hex(parent, 16)
                && !is_nothing(parent)
                && is_hex(flags, 2)
                && (rest.is_empty() || *version != "00")
                && is_request_id(text)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_of_a_client_is_printable_and_not_too_long() {
        let longest = "x".repeat(128);
        for id in ["7", "job 17/a", "{\"a\":1}", &longest] {
            assert!(is_request_id(id), "{id}");
        }
        let too_long = "x".repeat(129);
        for id in ["", "a\tb", "é", "a\u{7f}", &too_long] {
            assert!(!is_request_id(id), "{id}");
        }
    }

    #[test]
    fn a_traceparent_is_as_w3c_writes_it() {
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7";
        for text in [
            format!("00-{trace}-01"),
            format!("cc-{trace}-01-what-the-future-adds"),
        ] {
            assert!(is_traceparent(&text), "{text}");
        }
        for text in [
            String::new(),
            format!("00-{trace}"),
            format!("00-{trace}-01-more"),
            format!("ff-{trace}-01"),
            format!("00-{}-01", trace.to_uppercase()),
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01".to_owned(),
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01".to_owned(),
        ] {
            assert!(!is_traceparent(&text), "{text}");
        }
    }
}
