//! The HTTP client: one key, two requests, and which answers are worth another attempt.

use std::{
    net::IpAddr,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use reqwest::{
    Body, RequestBuilder, Response, StatusCode, Url,
    header::{self, HeaderValue},
    redirect,
};
use secrecy::{ExposeSecret, SecretString};

use payerline_domain::values::digest::{self, Sha256};

use crate::{
    content::Content,
    error::{TransferError, with_causes},
    problem::ProblemDetails,
};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Longer than the minute that a line of a batch may wait in the service's queue, so that the service's own answer
/// comes first.
const READ_TIMEOUT: Duration = Duration::from_secs(90);
/// OpenSSL's text for an answer in the clear to the beginning of an encrypted connection.
const NO_TLS: &str = "wrong version number";
const MAX_PROBLEM_BYTES: usize = 64 << 10;

pub struct Client {
    http: reqwest::Client,
    base: Url,
    key: SecretString,
    authorization: HeaderValue,
    /// Set by the first answer. Before it the address may be wrong; after it a failure is an outage, which ends.
    has_answered: AtomicBool,
}

pub enum RequestError {
    /// Another attempt may succeed.
    Transient {
        why: String,
        retry_after: Option<Duration>,
    },
    Permanent(TransferError),
}

impl Client {
    /// A client of the service at an address such as `https://claims.example.ca`.
    pub fn new(address: &str, key: &SecretString) -> Result<Self, TransferError> {
        let base = parse_address(address)?;
        let mut authorization = HeaderValue::try_from(format!("Bearer {}", key.expose_secret()))
            .map_err(|_| TransferError::Key)?;
        authorization.set_sensitive(true);
        let http = reqwest::Client::builder()
            .user_agent(concat!("payerline/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(READ_TIMEOUT)
            // A redirected POST may become a GET, and the key must not go to another address.
            .redirect(redirect::Policy::none())
            .build()
            .map_err(TransferError::Client)?;
        Ok(Self {
            http,
            base,
            key: key.clone(),
            authorization,
            has_answered: AtomicBool::new(false),
        })
    }

    pub fn address(&self) -> String {
        self.base.to_string()
    }

    /// A warning for addresses where everybody on the way can read along.
    pub fn encryption_warning(&self) -> Option<String> {
        let host = self.base.host_str().unwrap_or_default();
        let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
        let is_loopback = host == "localhost" || address.is_ok_and(|address| address.is_loopback());
        let is_readable = self.base.scheme() == "http" && !is_loopback;
        is_readable.then(|| {
            let address = &self.base;
            format!("warning: the key and patients' data go unencrypted to {address}")
        })
    }

    /// Differs for another service and for another key, which may be another clinic's.
    pub fn destination_digest(&self) -> String {
        let mut digest = Sha256::new();
        digest.update(self.base.as_str().as_bytes());
        digest.update(b"\n");
        digest.update(self.key.expose_secret().as_bytes());
        let mut digits = digest::hex(&digest.finish());
        digits.truncate(16);
        digits
    }

    /// Sends claims or remittances as NDJSON that is compressed by zstd.
    pub async fn send_batch(
        &self,
        content: Content,
        body: impl Into<Body>,
    ) -> Result<Response, RequestError> {
        let url = self.url(content.path());
        let request = self
            .http
            .post(url)
            .header(header::CONTENT_TYPE, "application/x-ndjson")
            .header(header::CONTENT_ENCODING, "zstd")
            .body(body);
        self.send(request, "application/x-ndjson").await
    }

    pub async fn list_claims(
        &self,
        filters: &[(&'static str, String)],
        media_type: &'static str,
    ) -> Result<Response, RequestError> {
        let mut url = self.url(&["v1", "claims"]);
        if !filters.is_empty() {
            url.query_pairs_mut().extend_pairs(filters);
        }
        let request = self.http.get(url).header(header::ACCEPT, media_type);
        self.send(request, media_type).await
    }

    pub fn unexpected_answer(&self, why: impl Into<String>) -> TransferError {
        TransferError::UnexpectedAnswer {
            address: self.address(),
            why: why.into(),
        }
    }

    fn url(&self, path: &[&str]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url
    }

    async fn send(
        &self,
        request: RequestBuilder,
        media_type: &str,
    ) -> Result<Response, RequestError> {
        let request = request.header(header::AUTHORIZATION, self.authorization.clone());
        let answer = match request.send().await {
            Ok(answer) => answer,
            Err(error) => return Err(self.connection_error(error)),
        };
        self.has_answered.store(true, Ordering::Relaxed);
        if answer.status().is_success() {
            let found = answer.headers().get(header::CONTENT_TYPE);
            let found = found.and_then(|value| value.to_str().ok()).unwrap_or("");
            if found.starts_with(media_type) {
                return Ok(answer);
            }
            let why = format!("the answer has the media type `{found}` instead of `{media_type}`");
            return Err(RequestError::Permanent(self.unexpected_answer(why)));
        }
        Err(self.answer_error(answer).await)
    }

    fn connection_error(&self, error: reqwest::Error) -> RequestError {
        let error = error.without_url();
        if self.has_answered.load(Ordering::Relaxed) {
            return RequestError::transient(with_causes(&error));
        }
        let address = self.address();
        if self.base.scheme() == "https" && with_causes(&error).contains(NO_TLS) {
            return RequestError::Permanent(TransferError::NoTls {
                plain: address.replacen("https://", "http://", 1),
                address,
            });
        }
        RequestError::Permanent(TransferError::Unreachable {
            address,
            source: error,
        })
    }

    /// The error of a complete answer with a status of 300 and above.
    async fn answer_error(&self, answer: Response) -> RequestError {
        let status = answer.status();
        let header = |name| {
            let value = answer.headers().get(name)?;
            value.to_str().ok().map(str::to_owned)
        };
        let retry_after = header(header::RETRY_AFTER)
            .and_then(|seconds| seconds.trim().parse().ok())
            .map(Duration::from_secs);
        let location = header(header::LOCATION);
        let reason = ProblemDetails::reason_in(&read_problem(answer).await);
        let detail = match (status, location) {
            (StatusCode::UNAUTHORIZED, _) => {
                "the key is not valid here; check PAYERLINE_KEY or --key-file".to_owned()
            }
            (StatusCode::FORBIDDEN, _) => format!("the key does not suffice. {reason}"),
            (StatusCode::NOT_FOUND, _) => {
                "there is no /v1/claims under this address: is it Payerline's?".to_owned()
            }
            (_, Some(other)) if status.is_redirection() => {
                format!("it redirects to {other}: give the address of the service itself")
            }
            _ if reason.is_empty() => status.canonical_reason().unwrap_or("no reason").to_owned(),
            _ => reason,
        };
        if matches!(status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504) {
            return RequestError::Transient {
                why: format!("{} answers {}: {detail}", self.base, status.as_u16()),
                retry_after,
            };
        }
        RequestError::Permanent(TransferError::Answer {
            address: self.address(),
            status: status.as_u16(),
            detail,
        })
    }
}

impl RequestError {
    pub fn transient(why: impl Into<String>) -> Self {
        Self::Transient {
            why: why.into(),
            retry_after: None,
        }
    }
}

/// Reads the beginning of an error's body.
async fn read_problem(mut answer: Response) -> Vec<u8> {
    let mut body = Vec::new();
    while body.len() < MAX_PROBLEM_BYTES
        && let Ok(Some(piece)) = answer.chunk().await
    {
        body.extend_from_slice(&piece);
    }
    body
}

fn parse_address(address: &str) -> Result<Url, TransferError> {
    let wrong = |why: &str| Err(TransferError::Address(why.to_owned()));
    // Of `localhost:8080` the parser would take `localhost` for the scheme.
    let scheme = address.split("://").next().unwrap_or_default();
    if !["http", "https"]
        .iter()
        .any(|it| scheme.eq_ignore_ascii_case(it))
    {
        return wrong("begin it with https://, or with http:// for a service on this machine");
    }
    let url = match Url::parse(address) {
        Ok(url) => url,
        Err(error) => return wrong(&error.to_string()),
    };
    if !url.username().is_empty() || url.password().is_some() {
        wrong("it has a user or a password; the key goes into PAYERLINE_KEY or --key-file")
    } else if url.query().is_some() || url.fragment().is_some() {
        wrong("it has a query or a fragment")
    } else {
        Ok(url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(address: &str, key: &str) -> Result<Client, TransferError> {
        Client::new(address, &SecretString::from(key.to_owned()))
    }

    #[test]
    fn an_address_may_have_a_path() {
        for (address, url) in [
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080/v1/claims"),
            (
                "https://example.ca/pay/",
                "https://example.ca/pay/v1/claims",
            ),
            ("https://example.ca/pay", "https://example.ca/pay/v1/claims"),
        ] {
            let client = client(address, "k").unwrap();
            assert_eq!(client.url(&["v1", "claims"]).as_str(), url);
        }
    }

    #[test]
    fn the_error_of_a_wrong_address_hides_its_password() {
        for address in [
            "127.0.0.1:8080",
            "claims.example.ca",
            "ftp://example.ca",
            "https://me:secret@example.ca",
            "https://example.ca/?a=b",
        ] {
            let error = client(address, "k").map(|_| ()).unwrap_err();
            assert!(!error.to_string().contains("secret"), "{error}");
        }
        assert!(matches!(
            client("http://a", "a\nb"),
            Err(TransferError::Key)
        ));
    }

    #[test]
    fn an_unencrypted_address_of_another_machine_has_a_warning() {
        for (address, is_warned) in [
            ("http://localhost:8080", false),
            ("http://127.0.0.2", false),
            ("http://[::1]:8080", false),
            ("https://example.ca", false),
            ("http://example.ca", true),
            ("http://10.0.0.7", true),
        ] {
            let client = client(address, "k").unwrap();
            assert_eq!(
                client.encryption_warning().is_some(),
                is_warned,
                "{address}"
            );
        }
    }

    #[test]
    fn another_service_or_another_key_is_another_destination() {
        let digest = |address, key| client(address, key).unwrap().destination_digest();
        let one = digest("http://a", "key");
        assert_eq!(one, digest("http://a/", "key"));
        assert_ne!(one, digest("http://b", "key"));
        assert_ne!(one, digest("http://a", "other"));
        assert_eq!(one.len(), 16);
    }
}
