//! The service, seen from outside: one key, two requests, and what its answers mean for trying again.

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

use crate::{TransferError, error::chain, problem::Problem};

/// How long a connection may take to come about.
const CONNECT_IN: Duration = Duration::from_secs(10);
/// How long the service may be silent: longer than the minute that it lets a line of a batch wait for
/// a place in a full queue, so that its own answer comes first.
const SILENCE: Duration = Duration::from_secs(90);
/// How much is read of an answer that only says what is wrong.
const COMPLAINT: usize = 64 << 10;

/// A service to speak to.
pub struct Client {
    http: reqwest::Client,
    base: Url,
    key: SecretString,
    authorization: HeaderValue,
    /// Whether it has ever answered. Until then the address may be wrong; afterwards an outage ends.
    reached: AtomicBool,
}

/// Why a request has no good answer.
pub enum Trouble {
    /// It may be better later.
    Passing {
        /// What is wrong.
        why: String,
        /// How long the service wants to be left alone.
        retry_after: Option<Duration>,
    },
    /// It stays so.
    Lasting(TransferError),
}

impl Client {
    /// Speaks to the service at an address such as `https://claims.example.ca`.
    ///
    /// # Errors
    /// When the address or the key cannot be one.
    pub fn new(address: &str, key: &SecretString) -> Result<Self, TransferError> {
        let base = base(address)?;
        let mut authorization = HeaderValue::try_from(format!("Bearer {}", key.expose_secret()))
            .map_err(|_| TransferError::Key)?;
        authorization.set_sensitive(true);
        let http = reqwest::Client::builder()
            .user_agent(concat!("payerline/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_IN)
            .read_timeout(SILENCE)
            // A redirected POST may become a GET, and the key must go nowhere unasked.
            .redirect(redirect::Policy::none())
            .build()
            .map_err(TransferError::Client)?;
        Ok(Self {
            http,
            base,
            key: key.clone(),
            authorization,
            reached: AtomicBool::new(false),
        })
    }

    /// The address, for messages.
    pub fn address(&self) -> String {
        self.base.to_string()
    }

    /// What its user should know of the address: that everybody on the way can read along.
    pub fn warning(&self) -> Option<String> {
        let host = self.base.host_str().unwrap_or_default();
        let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
        let is_loopback = host == "localhost" || address.is_ok_and(|address| address.is_loopback());
        let is_open = self.base.scheme() == "http" && !is_loopback;
        is_open.then(|| {
            let address = &self.base;
            format!("warning: the key and patients' data go unencrypted to {address}")
        })
    }

    /// Tells apart where claims go: another service, and another key, which may be another clinic's.
    pub fn fingerprint(&self) -> String {
        let mut digest = Sha256::new();
        digest.update(self.base.as_str().as_bytes());
        digest.update(b"\n");
        digest.update(self.key.expose_secret().as_bytes());
        let mut digits = digest::hex(&digest.finish());
        digits.truncate(16);
        digits
    }

    /// Sends a batch: NDJSON, compressed by zstd.
    pub async fn batch(&self, body: impl Into<Body>) -> Result<Response, Trouble> {
        let url = self.url(&["v1", "claims", "batch"]);
        let request = self
            .http
            .post(url)
            .header(header::CONTENT_TYPE, "application/x-ndjson")
            .header(header::CONTENT_ENCODING, "zstd")
            .body(body);
        self.answered(request, "application/x-ndjson").await
    }

    /// Asks for all claims that filters find, as a media type.
    pub async fn list(
        &self,
        filters: &[(&'static str, String)],
        media_type: &'static str,
    ) -> Result<Response, Trouble> {
        let mut url = self.url(&["v1", "claims"]);
        if !filters.is_empty() {
            url.query_pairs_mut().extend_pairs(filters);
        }
        let request = self.http.get(url).header(header::ACCEPT, media_type);
        self.answered(request, media_type).await
    }

    /// An answer that makes no sense.
    pub fn strange(&self, why: impl Into<String>) -> TransferError {
        TransferError::Strange {
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

    async fn answered(
        &self,
        request: RequestBuilder,
        media_type: &str,
    ) -> Result<Response, Trouble> {
        let request = request.header(header::AUTHORIZATION, self.authorization.clone());
        let answer = match request.send().await {
            Ok(answer) => answer,
            Err(error) => return Err(self.unanswered(error)),
        };
        self.reached.store(true, Ordering::Relaxed);
        if answer.status().is_success() {
            let found = answer.headers().get(header::CONTENT_TYPE);
            let found = found.and_then(|value| value.to_str().ok()).unwrap_or("");
            if found.starts_with(media_type) {
                return Ok(answer);
            }
            let why = format!("the answer has the media type `{found}` instead of `{media_type}`");
            return Err(Trouble::Lasting(self.strange(why)));
        }
        Err(self.refused(answer).await)
    }

    fn unanswered(&self, error: reqwest::Error) -> Trouble {
        let error = error.without_url();
        if self.reached.load(Ordering::Relaxed) {
            return Trouble::passing(chain(&error));
        }
        Trouble::Lasting(TransferError::Unreachable {
            address: self.address(),
            source: error,
        })
    }

    /// What a whole answer of 300 and above means.
    async fn refused(&self, answer: Response) -> Trouble {
        let status = answer.status();
        let header = |name| {
            let value = answer.headers().get(name)?;
            value.to_str().ok().map(str::to_owned)
        };
        let retry_after = header(header::RETRY_AFTER)
            .and_then(|seconds| seconds.trim().parse().ok())
            .map(Duration::from_secs);
        let location = header(header::LOCATION);
        let says = Problem::detail_of(&complaint(answer).await);
        let detail = match (status, location) {
            (StatusCode::UNAUTHORIZED, _) => {
                "the key is not valid here; check PAYERLINE_KEY or --key-file".to_owned()
            }
            (StatusCode::FORBIDDEN, _) => format!("the key does not suffice. {says}"),
            (StatusCode::NOT_FOUND, _) => {
                "there is no /v1/claims under this address: is it Payerline's?".to_owned()
            }
            (_, Some(place)) if status.is_redirection() => {
                format!("it sends elsewhere, to {place}: give the address of the service itself")
            }
            _ if says.is_empty() => status.canonical_reason().unwrap_or("no reason").to_owned(),
            _ => says,
        };
        if matches!(status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504) {
            return Trouble::Passing {
                why: format!("{} answers {}: {detail}", self.base, status.as_u16()),
                retry_after,
            };
        }
        Trouble::Lasting(TransferError::Answer {
            address: self.address(),
            status: status.as_u16(),
            detail,
        })
    }
}

impl Trouble {
    /// It may be better later.
    pub fn passing(why: impl Into<String>) -> Self {
        Self::Passing {
            why: why.into(),
            retry_after: None,
        }
    }
}

/// Reads the beginning of an answer that says what is wrong.
async fn complaint(mut answer: Response) -> Vec<u8> {
    let mut body = Vec::new();
    while body.len() < COMPLAINT
        && let Ok(Some(piece)) = answer.chunk().await
    {
        body.extend_from_slice(&piece);
    }
    body
}

fn base(address: &str) -> Result<Url, TransferError> {
    let wrong = |why: &str| Err(TransferError::Address(why.to_owned()));
    let url = match Url::parse(address) {
        Ok(url) => url,
        Err(error) => return wrong(&error.to_string()),
    };
    if !matches!(url.scheme(), "http" | "https") {
        wrong("it begins with neither http:// nor https://")
    } else if !url.username().is_empty() || url.password().is_some() {
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
    fn what_is_no_address_is_said_without_its_password() {
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
    fn only_this_machine_is_spoken_to_openly_without_a_warning() {
        for (address, is_warned) in [
            ("http://localhost:8080", false),
            ("http://127.0.0.2", false),
            ("http://[::1]:8080", false),
            ("https://example.ca", false),
            ("http://example.ca", true),
            ("http://10.0.0.7", true),
        ] {
            let client = client(address, "k").unwrap();
            assert_eq!(client.warning().is_some(), is_warned, "{address}");
        }
    }

    #[test]
    fn another_service_or_another_key_is_another_destination() {
        let print = |address, key| client(address, key).unwrap().fingerprint();
        let one = print("http://a", "key");
        assert_eq!(one, print("http://a/", "key"));
        assert_ne!(one, print("http://b", "key"));
        assert_ne!(one, print("http://a", "other"));
        assert_eq!(one.len(), 16);
    }
}
