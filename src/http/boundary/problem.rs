//! Errors become answers here, and only here: RFC 9457 problems with their status.

use actix_web::{
    HttpResponse, HttpResponseBuilder, ResponseError,
    http::{StatusCode, header},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    app_problems::{app_detail, app_problem_type},
    problem_type::ProblemType,
};
use crate::app::error::AppError;
use payerline_domain::parse::fault::{Fault, Refusal};

pub const PROBLEM_JSON: &str = "application/problem+json";
/// A client may try again after this time when the service is busy or the database away.
const RETRY_AFTER_SECONDS: &str = "2";

/// An answer of 400 or above (RFC 9457).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Problem {
    /// What kind of problem it is, a stable URI for programs.
    #[serde(rename = "type")]
    pub kind: ProblemType,
    /// The kind of problem in words.
    #[schema(value_type = String, example = "Content breaks a rule")]
    pub title: &'static str,
    /// The HTTP status.
    #[schema(example = 422)]
    pub status: u16,
    /// What went wrong this time and what to do. Never patient data.
    #[schema(
        example = "The body has the documented shape, but its content breaks rules; see `errors` (1)."
    )]
    pub detail: String,
    /// The id of this request, as in the `X-Request-Id` header and in the log.
    #[schema(example = "01980a6e-2c4f-7d31-a5b0-6f3e5c1d2b7a")]
    pub request_id: String,
    /// Every fault, each with its place; empty where there is no more to say.
    pub errors: Vec<Fault>,
    /// The id of what is stored or running already, or has replaced the claim, when that is the problem (409).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "01980a6e-2c4f-7d31-a5b0-6f3e5c1d2b7a")]
    pub id: Option<String>,
}

/// The failure of a request, in a use case or before one is reached.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    #[error(transparent)]
    App(#[from] AppError),
    /// Query parameters are unknown, repeated or invalid.
    #[error("the query was refused")]
    Query(Vec<Fault>),
    #[error("the body could not be read")]
    UnreadableBody,
    #[error("the body did not arrive in time")]
    SlowBody,
    #[error("no valid API key")]
    Unauthenticated,
    /// The key is not valid, and too many others from this address were not.
    #[error("too many failed logins")]
    TooManyFailedLogins { retry_after_seconds: u64 },
    /// Holds the methods that the path takes.
    #[error("method not allowed")]
    MethodNotAllowed(String),
    /// Holds the path that was meant.
    #[error("the path has a slash too many")]
    SlashTooMany(String),
    /// Holds the limit in bytes.
    #[error("the body is too large")]
    TooLarge(usize),
    /// A line of a batch exceeds this limit in bytes.
    #[error("the line is too long")]
    LineTooLong(usize),
    /// A batch has too many lines or bytes; its lines from here on are not taken.
    #[error("the batch is too large")]
    BatchTooLarge,
    /// Holds the media type that is taken.
    #[error("unsupported media type")]
    UnsupportedMediaType(&'static str),
    /// Holds the encodings that are taken, if any are.
    #[error("unsupported content encoding")]
    UnsupportedEncoding(Option<&'static str>),
    #[error("If-Match is missing")]
    IfMatchMissing,
    #[error("If-Match has no ETag of this API")]
    IfMatchUnusable,
    /// A probe asked after the service was told to stop.
    #[error("stopping")]
    Stopping,
    /// The framework answered by itself, with this status.
    #[error("status {0}")]
    Framework(StatusCode),
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        Self::App(refusal.into())
    }
}

impl ApiError {
    /// A fault of the service that no other variant describes.
    pub fn internal(what: &'static str) -> Self {
        Self::App(AppError::Internal(what.into()))
    }

    /// Too much is held in memory to take this request; the same may succeed later.
    pub fn busy() -> Self {
        Self::App(AppError::busy())
    }

    /// Returns true if the actor may not do this, rather than that it could not be found out.
    pub fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::Unauthenticated | Self::App(AppError::Forbidden { .. })
        )
    }

    pub fn kind(&self) -> ProblemType {
        use ProblemType as T;
        match self {
            Self::App(error) => app_problem_type(error),
            Self::Query(_) => T::InvalidQuery,
            Self::UnreadableBody => T::UnreadableBody,
            Self::SlowBody => T::SlowBody,
            Self::Unauthenticated => T::Unauthenticated,
            Self::TooManyFailedLogins { .. } => T::TooManyFailedLogins,
            Self::SlashTooMany(_) => T::NotFound,
            Self::MethodNotAllowed(_) => T::MethodNotAllowed,
            Self::TooLarge(_) | Self::LineTooLong(_) | Self::BatchTooLarge => T::TooLarge,
            Self::UnsupportedMediaType(_) => T::UnsupportedMediaType,
            Self::UnsupportedEncoding(_) => T::UnsupportedEncoding,
            Self::IfMatchMissing => T::IfMatchMissing,
            Self::IfMatchUnusable => T::IfMatchUnusable,
            Self::Stopping => T::Stopping,
            Self::Framework(_) => T::Http,
        }
    }

    fn title(&self) -> &'static str {
        match self {
            Self::Framework(status) => reason(*status),
            _ => self.kind().title(),
        }
    }

    fn detail(&self) -> String {
        match self {
            Self::App(error) => app_detail(error),
            Self::Query(faults) => format!(
                "Query parameters are unknown or invalid; see `errors` ({}).",
                faults.len()
            ),
            Self::UnreadableBody => "The body broke off, or its chunks are malformed; send it again.".to_owned(),
            Self::SlowBody => "The body did not arrive in time; send it again.".to_owned(),
            Self::Unauthenticated => {
                "Send an API key that is valid: `Authorization: Bearer <key>`.".to_owned()
            }
            Self::TooManyFailedLogins { .. } => {
                "This key is not valid, and neither were too many others that came from this address. Check the key; a valid one is taken at any time.".to_owned()
            }
            Self::MethodNotAllowed(allow) => format!("This path takes {allow}."),
            Self::SlashTooMany(meant) => format!(
                "There is no such path: it has a slash too many. Send the request to `{meant}`."
            ),
            Self::TooLarge(limit) => format!("The body may have at most {limit} bytes."),
            Self::LineTooLong(limit) => format!("A line may have at most {limit} bytes."),
            Self::BatchTooLarge => "A batch may have at most 100,000 lines and 1 GiB. The lines before this one have their results; send the others, from this one on, as another batch.".to_owned(),
            Self::UnsupportedMediaType(wanted) => format!("Send `Content-Type: {wanted}`."),
            Self::UnsupportedEncoding(Some(wanted)) => {
                format!("Send the body plain, or with one `Content-Encoding` of {wanted}.")
            }
            Self::UnsupportedEncoding(None) => {
                "Send this body without a `Content-Encoding`; batches may be compressed.".to_owned()
            }
            Self::IfMatchMissing => {
                "A change needs `If-Match` with the ETag of the version that you saw.".to_owned()
            }
            Self::IfMatchUnusable => {
                "`If-Match` has no ETag of this API. Send the ETag as you got it, quotes included, such as `If-Match: \"3\"`.".to_owned()
            }
            Self::Stopping => {
                "This replica was told to stop; send requests to another.".to_owned()
            }
            Self::Framework(status) => format!("{}.", reason(*status)),
        }
    }

    pub fn problem(&self, request_id: &str) -> Problem {
        Problem {
            kind: self.kind(),
            title: self.title(),
            status: self.status_code().as_u16(),
            detail: self.detail(),
            request_id: request_id.to_owned(),
            errors: self.faults().to_vec(),
            id: match self {
                Self::App(AppError::Conflict { id, .. }) => Some(id.clone()),
                Self::App(AppError::BacktestRunning(id)) => Some(id.to_string()),
                Self::App(AppError::Replaced(correction)) => Some(correction.to_string()),
                _ => None,
            },
        }
    }

    fn faults(&self) -> &[Fault] {
        match self {
            Self::App(
                AppError::Refused(Refusal::Shape(faults) | Refusal::Rules(faults))
                | AppError::Conflict {
                    differences: faults,
                    ..
                }
                | AppError::Unsound(faults)
                | AppError::BeyondLimits(faults),
            )
            | Self::Query(faults) => faults,
            _ => &[],
        }
    }

    pub fn answer(&self, request_id: &str) -> HttpResponse {
        let mut answer = HttpResponseBuilder::new(self.status_code());
        answer.insert_header((header::CONTENT_TYPE, PROBLEM_JSON));
        match self {
            Self::Unauthenticated => {
                answer.insert_header((header::WWW_AUTHENTICATE, "Bearer realm=\"payerline\""));
            }
            Self::TooManyFailedLogins {
                retry_after_seconds,
            } => {
                answer.insert_header((header::RETRY_AFTER, *retry_after_seconds));
            }
            Self::MethodNotAllowed(allow) => {
                answer.insert_header((header::ALLOW, allow.as_str()));
            }
            Self::UnsupportedEncoding(wanted) => {
                answer.insert_header((header::ACCEPT_ENCODING, wanted.unwrap_or("identity")));
            }
            Self::App(
                AppError::Unavailable(_) | AppError::SearchBehind | AppError::NotReady(_),
            )
            | Self::Stopping => {
                answer.insert_header((header::RETRY_AFTER, RETRY_AFTER_SECONDS));
            }
            _ => {}
        }
        let problem = serde_json::to_vec(&self.problem(request_id)).unwrap_or_default();
        answer.body(problem)
    }
}

fn reason(status: StatusCode) -> &'static str {
    status.canonical_reason().unwrap_or("Error")
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Framework(status) => *status,
            _ => {
                let status = self.kind().status();
                status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    }

    /// [`super::request::wrap`] replaces this answer with one that has the request's id.
    fn error_response(&self) -> HttpResponse {
        self.answer("")
    }
}
