//! Pages of other origins that may call the API from a browser (CORS). Unless some are configured, none may.

use std::str::FromStr;

use actix_cors::Cors;
use actix_web::{
    http::{
        Method, Uri,
        header::{self, HeaderMap},
    },
    middleware::Condition,
};

use super::{
    entered::IDEMPOTENCY_REPLAYED,
    trace::{CLIENT_REQUEST_ID, REQUEST_ID_HEADER, TRACEPARENT},
};

/// A browser asks again after this time whether it may.
const MAX_AGE_SECONDS: usize = 3600;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AllowedOrigins(Vec<String>);

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no origin; give scheme, host and port if it has one, as in https://billing.example.ca, separated by commas"
)]
pub struct InvalidOrigin(String);

impl FromStr for AllowedOrigins {
    type Err = InvalidOrigin;

    /// An empty text names none. An origin that no browser sends is refused, since its page would wait in vain.
    fn from_str(text: &str) -> Result<Self, InvalidOrigin> {
        let origins = text.split(',').map(str::trim).filter(|it| !it.is_empty());
        let read = origins.map(|origin| match read_origin(origin) {
            Some(read) if read == origin => Ok(read),
            _ => Err(InvalidOrigin(origin.to_owned())),
        });
        read.collect::<Result<_, _>>().map(Self)
    }
}

/// Returns an origin as browsers write it.
fn read_origin(text: &str) -> Option<String> {
    let uri: Uri = text.parse().ok()?;
    let (scheme, authority) = (uri.scheme_str()?, uri.authority()?);
    let is_web = scheme == "http" || scheme == "https";
    let origin = format!("{scheme}://{authority}").to_ascii_lowercase();
    (is_web && !authority.as_str().contains(['@', '*'])).then_some(origin)
}

impl AllowedOrigins {
    /// Returns what answers browsers' questions and marks the answers that pages may read.
    pub fn middleware(&self) -> Condition<Cors> {
        let allowed_headers = [
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::CONTENT_ENCODING,
            header::IF_MATCH,
            header::IF_NONE_MATCH,
            REQUEST_ID_HEADER,
            TRACEPARENT,
        ];
        let exposed_headers = [
            header::ALLOW,
            header::ETAG,
            header::LOCATION,
            header::RETRY_AFTER,
            IDEMPOTENCY_REPLAYED,
            REQUEST_ID_HEADER,
            CLIENT_REQUEST_ID,
        ];
        let cors = Cors::default()
            .allowed_methods([
                Method::GET,
                Method::HEAD,
                Method::POST,
                Method::PUT,
                Method::DELETE,
            ])
            .allowed_headers(allowed_headers)
            .expose_headers(exposed_headers)
            .max_age(MAX_AGE_SECONDS);
        let cors = self
            .0
            .iter()
            .fold(cors, |cors, origin| cors.allowed_origin(origin));
        Condition::new(!self.0.is_empty(), cors)
    }
}

/// Copies what lets a page read an answer to the answer that takes its place.
pub fn copy_headers(from: &HeaderMap, to: &mut HeaderMap) {
    for (name, value) in from {
        if name.as_str().starts_with("access-control-") || *name == header::VARY {
            to.append(name.clone(), value.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_scheme_host_and_port() {
        let read = |text: &str| text.parse::<AllowedOrigins>();
        assert_eq!(read("").unwrap(), AllowedOrigins::default());
        let two = read("https://billing.example.ca, http://localhost:3000,").unwrap();
        assert_eq!(
            two.0,
            ["https://billing.example.ca", "http://localhost:3000"]
        );
        for wrong in [
            "*",
            "https://*.example.ca",
            "billing.example.ca",
            "https://billing.example.ca/",
            "https://billing.example.ca/app",
            "https://Billing.example.ca",
            "https://a@billing.example.ca",
            "ftp://billing.example.ca",
            "https://",
            "null",
        ] {
            assert_eq!(read(wrong), Err(InvalidOrigin(wrong.to_owned())), "{wrong}");
        }
    }
}
