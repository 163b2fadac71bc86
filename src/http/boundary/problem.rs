//! The one place where errors become answers: RFC 9457 problems with the status they stand for.

use actix_web::{
    HttpResponse, HttpResponseBuilder, ResponseError,
    http::{StatusCode, header},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::store::StoreError;
use payerline_domain::{
    access::Permission,
    claims::claim::Status,
    parse::fault::{Fault, Refusal},
    values::{closed_enum::ClosedEnum, ids::BacktestId},
};

/// The media type of problems.
pub const PROBLEM_JSON: &str = "application/problem+json";
/// Seconds after which a client may try again when the service is busy or the database away.
const RETRY_AFTER: &str = "2";

/// An answer of 400 or above (RFC 9457).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Problem {
    /// What kind of problem it is, a stable URI for programs.
    #[serde(rename = "type")]
    #[schema(value_type = String, example = "urn:payerline:problem:invalid-content")]
    pub kind: String,
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
    /// The id of what is stored or running already, when that is the problem (409).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "01980a6e-2c4f-7d31-a5b0-6f3e5c1d2b7a")]
    pub id: Option<String>,
}

/// Everything that can go wrong with a request.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The body is of the wrong shape, or breaks a rule.
    #[error("the body was refused")]
    Refused(Refusal),
    /// A query parameter is unknown or invalid.
    #[error("the query was refused")]
    Query(Vec<Fault>),
    /// The body broke off or could not be read.
    #[error("the body could not be read")]
    UnreadableBody,
    /// The body did not arrive in time.
    #[error("the body did not arrive in time")]
    SlowBody,
    /// No API key, or one that is unknown or revoked.
    #[error("no valid API key")]
    Unauthenticated,
    /// The key's roles do not allow this.
    #[error("the key may not do this: {0:?}")]
    Forbidden(Permission),
    /// Only an operator may hand out this role.
    #[error("only an operator may create an operator")]
    OperatorOnly,
    /// There is no such thing, or it belongs to another clinic.
    #[error("not found")]
    NotFound(&'static str),
    /// The path exists with other methods.
    #[error("method not allowed")]
    MethodNotAllowed(String),
    /// The body is larger than allowed.
    #[error("the body is too large")]
    TooLarge(usize),
    /// A line of a batch is longer than allowed.
    #[error("the line is too long")]
    LineTooLong(usize),
    /// The body is of another media type.
    #[error("unsupported media type")]
    UnsupportedMediaType(&'static str),
    /// The body is compressed in a way that is not taken here; what is, if anything.
    #[error("unsupported content encoding")]
    UnsupportedEncoding(Option<&'static str>),
    /// The id or number is taken by other content.
    #[error("conflict")]
    Conflict {
        /// What is taken.
        what: &'static str,
        /// The id of what has it.
        id: String,
    },
    /// The stored decision cannot be made again here.
    #[error("the stored decision cannot be made again")]
    NotReproducible {
        /// The version of the rulebook that decided.
        decided_by: String,
    },
    /// A claim that its payer has is not decided again.
    #[error("the claim is {}", .0.word())]
    AlreadySubmitted(Status),
    /// A version that never changes.
    #[error("the version never changes")]
    Immutable,
    /// A version that may not decide, with what stands in the way.
    #[error("the version is not sound")]
    Unsound(Vec<Fault>),
    /// A version whose back-test found more than it may.
    #[error("beyond the limits")]
    BeyondLimits(Vec<Fault>),
    /// The clinic has a back-test that is running: its id.
    #[error("a back-test is running")]
    BacktestRunning(BacktestId),
    /// A change needs `If-Match`.
    #[error("If-Match is missing")]
    IfMatchMissing,
    /// Somebody else changed it in the meantime.
    #[error("stale version")]
    Stale,
    /// The database is away or the queue is full; try again.
    #[error("unavailable: {0}")]
    Unavailable(StoreError),
    /// Asked by a probe after the service was told to stop.
    #[error("stopping")]
    Stopping,
    /// A fault of ours.
    #[error("internal: {0}")]
    Internal(Box<dyn std::error::Error + Send + Sync>),
    /// An answer of the framework's own.
    #[error("status {0}")]
    Framework(StatusCode),
}

impl ApiError {
    /// Status, kind and title: the only mapping of errors to statuses.
    fn class(&self) -> (StatusCode, &'static str, &'static str) {
        use StatusCode as S;
        match self {
            Self::Refused(Refusal::Shape(_)) => {
                (S::BAD_REQUEST, "invalid-body", "Not the documented JSON")
            }
            Self::Refused(Refusal::Rules(_)) => (
                S::UNPROCESSABLE_ENTITY,
                "invalid-content",
                "Content breaks a rule",
            ),
            Self::Query(_) => (S::BAD_REQUEST, "invalid-query", "Query not understood"),
            Self::UnreadableBody => (S::BAD_REQUEST, "unreadable-body", "Body not readable"),
            Self::SlowBody => (S::REQUEST_TIMEOUT, "slow-body", "Body too slow"),
            Self::Unauthenticated => (S::UNAUTHORIZED, "unauthenticated", "No valid API key"),
            Self::Forbidden(_) | Self::OperatorOnly => {
                (S::FORBIDDEN, "forbidden", "Not allowed with this key")
            }
            Self::NotFound(_) => (S::NOT_FOUND, "not-found", "Not found"),
            Self::MethodNotAllowed(_) => (
                S::METHOD_NOT_ALLOWED,
                "method-not-allowed",
                "Method not allowed",
            ),
            Self::TooLarge(_) => (S::PAYLOAD_TOO_LARGE, "too-large", "Body too large"),
            Self::LineTooLong(_) => (S::PAYLOAD_TOO_LARGE, "too-large", "Line too long"),
            Self::UnsupportedMediaType(_) => (
                S::UNSUPPORTED_MEDIA_TYPE,
                "unsupported-media-type",
                "Unsupported media type",
            ),
            Self::UnsupportedEncoding(_) => (
                S::UNSUPPORTED_MEDIA_TYPE,
                "unsupported-encoding",
                "Unsupported content encoding",
            ),
            Self::Conflict { .. } => (S::CONFLICT, "conflict", "Already there, with other content"),
            Self::NotReproducible { .. } => (
                S::CONFLICT,
                "not-reproducible",
                "The decision cannot be made again",
            ),
            Self::AlreadySubmitted(_) => {
                (S::CONFLICT, "already-submitted", "The payer has the claim")
            }
            Self::Immutable => (S::CONFLICT, "immutable", "It never changes"),
            Self::Unsound(_) => (
                S::UNPROCESSABLE_ENTITY,
                "unsound-rulebook",
                "The rulebook is not sound",
            ),
            Self::BeyondLimits(_) => (
                S::UNPROCESSABLE_ENTITY,
                "beyond-limits",
                "Beyond the limits of the activation",
            ),
            Self::BacktestRunning(_) => (S::CONFLICT, "backtest-running", "A back-test is running"),
            Self::IfMatchMissing => (
                S::PRECONDITION_REQUIRED,
                "if-match-missing",
                "If-Match is missing",
            ),
            Self::Stale => (S::PRECONDITION_FAILED, "stale", "Changed in the meantime"),
            Self::Unavailable(_) => (S::SERVICE_UNAVAILABLE, "unavailable", "Try again shortly"),
            Self::Stopping => (S::SERVICE_UNAVAILABLE, "stopping", "Stopping"),
            Self::Internal(_) => (S::INTERNAL_SERVER_ERROR, "internal", "A fault of ours"),
            Self::Framework(status) => (*status, "http", reason(*status)),
        }
    }

    fn detail(&self) -> String {
        match self {
            Self::Refused(Refusal::Shape(faults)) => format!(
                "The body is not JSON of the documented shape; see `errors` ({}).",
                faults.len()
            ),
            Self::Refused(Refusal::Rules(faults)) => format!(
                "The body has the documented shape, but its content breaks rules; see `errors` ({}).",
                faults.len()
            ),
            Self::Query(faults) => format!(
                "Query parameters are unknown or invalid; see `errors` ({}).",
                faults.len()
            ),
            Self::UnreadableBody => "The body broke off or could not be read; send it again.".to_owned(),
            Self::SlowBody => "The body did not arrive in time; send it again.".to_owned(),
            Self::Unauthenticated => {
                "Send an API key that is valid: `Authorization: Bearer <key>`.".to_owned()
            }
            Self::Forbidden(permission) => format!(
                "This needs a key that may {}.",
                permission.word().replace('_', " ")
            ),
            Self::OperatorOnly => "Only an operator's key may create an operator's key.".to_owned(),
            Self::NotFound(what) => format!("There is no such {what}."),
            Self::MethodNotAllowed(allow) => format!("This path takes {allow}."),
            Self::TooLarge(limit) => format!("The body may have at most {limit} bytes."),
            Self::LineTooLong(limit) => format!("A line may have at most {limit} bytes."),
            Self::UnsupportedMediaType(wanted) => format!("Send `Content-Type: {wanted}`."),
            Self::UnsupportedEncoding(Some(wanted)) => {
                format!("Send the body plain, or with one `Content-Encoding` of {wanted}.")
            }
            Self::UnsupportedEncoding(None) => {
                "Send this body without a `Content-Encoding`; batches may be compressed.".to_owned()
            }
            Self::Conflict { what, .. } => format!(
                "This {what} is taken: what is stored under it has other content; `id` is its id."
            ),
            Self::NotReproducible { decided_by } => format!(
                "The rulebook {decided_by} decided this claim; its table is not kept here, or this version of Payerline does not come to the same decision by it. The claim itself has its decision with the reasons."
            ),
            Self::AlreadySubmitted(status) => format!(
                "The claim is {}: its payer has it, so what was decided about it stands. Correct it with a claim that `replaces` it.",
                status.word()
            ),
            Self::Immutable => {
                "The version was activated or shipped, so it never changes: claims may have been decided by it. Draft a new version that is based on it.".to_owned()
            }
            Self::Unsound(faults) => format!(
                "The version cannot be activated as it is; see `errors` ({}). Its check shows a claim for each.",
                faults.len()
            ),
            Self::BeyondLimits(_) => {
                "The version cannot be activated within these limits; see `errors`.".to_owned()
            }
            Self::BacktestRunning(_) => {
                "The clinic has a back-test that is running; `id` is its id. Wait until it is finished, or cancel it.".to_owned()
            }
            Self::IfMatchMissing => {
                "A change needs `If-Match` with the ETag of the version that you saw.".to_owned()
            }
            Self::Stale => {
                "It was changed since you read it; read it again and repeat your change.".to_owned()
            }
            Self::Unavailable(_) => {
                "The service is busy or its database away. Nothing was lost; send the same request again.".to_owned()
            }
            Self::Stopping => {
                "This replica was told to stop; send requests to another.".to_owned()
            }
            Self::Internal(_) => {
                "Something went wrong on our side; it was logged under `request_id`.".to_owned()
            }
            Self::Framework(status) => format!("{}.", reason(*status)),
        }
    }

    /// The problem to answer with.
    pub fn problem(&self, request_id: &str) -> Problem {
        let (status, kind, title) = self.class();
        Problem {
            kind: format!("urn:payerline:problem:{kind}"),
            title,
            status: status.as_u16(),
            detail: self.detail(),
            request_id: request_id.to_owned(),
            errors: match self {
                Self::Refused(Refusal::Shape(faults) | Refusal::Rules(faults))
                | Self::Query(faults)
                | Self::Unsound(faults)
                | Self::BeyondLimits(faults) => faults.clone(),
                _ => Vec::new(),
            },
            id: match self {
                Self::Conflict { id, .. } => Some(id.clone()),
                Self::BacktestRunning(id) => Some(id.to_string()),
                _ => None,
            },
        }
    }

    /// The whole answer.
    pub fn answer(&self, request_id: &str) -> HttpResponse {
        let mut answer = HttpResponseBuilder::new(self.status_code());
        answer.insert_header((header::CONTENT_TYPE, PROBLEM_JSON));
        match self {
            Self::Unauthenticated => {
                answer.insert_header((header::WWW_AUTHENTICATE, "Bearer realm=\"payerline\""));
            }
            Self::MethodNotAllowed(allow) => {
                answer.insert_header((header::ALLOW, allow.as_str()));
            }
            Self::UnsupportedEncoding(wanted) => {
                answer.insert_header((header::ACCEPT_ENCODING, wanted.unwrap_or("identity")));
            }
            Self::Unavailable(_) | Self::Stopping => {
                answer.insert_header((header::RETRY_AFTER, RETRY_AFTER));
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
        self.class().0
    }

    /// The boundary replaces this with an answer that has the request's id.
    fn error_response(&self) -> HttpResponse {
        self.answer("")
    }
}
