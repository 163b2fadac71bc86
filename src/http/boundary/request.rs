//! The middleware around every request: its id, log line, metrics, headers, and the form of its errors.

use std::{
    cell::Cell,
    sync::Arc,
    time::{Duration, Instant},
};

use actix_web::{
    Error, HttpMessage, HttpRequest,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    error::InternalError,
    http::{
        ConnectionType, Method, StatusCode,
        header::{self, HeaderMap, HeaderValue},
    },
    middleware::Next,
    web::Data,
};
use payerline_domain::{
    access::Actor,
    values::ids::{ClinicId, KeyId},
};
use tracing::{Level, field};
use uuid::Uuid;

use super::{
    cors,
    http1::{
        body_watch::BodyWatch,
        connections::Connections,
        framing::{self, Framing},
    },
    problem::{ApiError, PROBLEM_JSON},
    trace::{ClientTrace, REQUEST_ID_HEADER},
};
use crate::{
    app::{clock, error::AppError},
    store::StoreError,
    telemetry,
};

/// Browsers must not guess another media type.
const NO_SNIFFING: HeaderValue = HeaderValue::from_static("nosniff");
/// Proxies and browsers must not keep patients' data.
const NO_CACHE: HeaderValue = HeaderValue::from_static("no-store");

/// The routes that are asked every few seconds by machines.
const PROBES: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// Whose key a request was sent with, for its line in the log.
struct Caller {
    clinic: ClinicId,
    key: KeyId,
}

/// Notes who sent a request, for its line in the log.
pub fn note_caller(request: &HttpRequest, actor: &Actor) {
    request.extensions_mut().insert(Caller {
        clinic: actor.clinic,
        key: actor.key,
    });
}

/// The id of a request. It is generated here: an id that a client sends is not trusted.
#[derive(Debug, Clone)]
pub struct RequestId(Arc<str>);

impl RequestId {
    fn new() -> Self {
        let id = clock::new_id(clock::now());
        let mut text = Uuid::encode_buffer();
        let text: &str = id.hyphenated().encode_lower(&mut text);
        Self(text.into())
    }

    /// Returns the id that [`wrap`] gave the request.
    pub fn from_request(request: &HttpRequest) -> Self {
        let extensions = request.extensions();
        extensions.get::<Self>().cloned().unwrap_or_else(Self::new)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Wraps every request. The log line has the route's pattern, never the path or the query, since these can hold
/// patients' ids.
pub async fn wrap(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let started = Instant::now();
    let id = RequestId::new();
    let client = ClientTrace::read(request.headers());
    request.extensions_mut().insert(id.clone());
    let connections = request.app_data::<Data<Connections>>().cloned();
    let method = known_method(request.method());
    let framing = Framing::take(&mut request);
    let response = match BodyWatch::begin(&mut request) {
        None => next.call(request).await?,
        Some(watch) => tokio::select! {
            biased;
            response = next.call(request) => response?,
            () = watch.find_break() => return Err(refuse_broken_body(&id, &client)),
        },
    };
    let (response, failure) = render_error(response, &id);
    let mut response = framing.apply(response);
    if connections.is_some_and(|connections| connections.are_closing()) {
        framing::announce_close(&mut response);
    }
    add_headers(response.headers_mut(), &id, &client);
    let took = started.elapsed();
    let route = response.request().match_pattern();
    let route = route.as_deref().unwrap_or("unmatched");
    log_answer(&response, (&id, &client), (method, route), took, failure);
    let status = response.status().as_u16();
    telemetry::count_answered_request(method, route, status, took);
    Ok(response)
}

/// Answers a request whose body is malformed. Its connection ends with the answer.
fn refuse_broken_body(id: &RequestId, client: &ClientTrace) -> Error {
    let mut answer = ApiError::UnreadableBody.answer(id.as_str());
    let close = ConnectionType::Close;
    answer.head_mut().set_connection_type(close);
    add_headers(answer.headers_mut(), id, client);
    let request_id = id.as_str();
    let client_request_id = client.request_id();
    tracing::info!(
        request_id,
        client_request_id,
        "answered 400 to a malformed body"
    );
    InternalError::from_response(ApiError::UnreadableBody, answer).into()
}

/// Logs a request in one line, with its failure where it is one of the service.
fn log_answer(
    response: &ServiceResponse<BoxBody>,
    (id, client): (&RequestId, &ClientTrace),
    (method, route): (&'static str, &str),
    took: Duration,
    failure: Option<Failure>,
) {
    // A flood of failed logins must not flood the log, which names their addresses instead.
    if response.status() == StatusCode::TOO_MANY_REQUESTS {
        return;
    }
    let extensions = response.request().extensions();
    let caller = extensions.get::<Caller>();
    let level = match &failure {
        Some(failure) => failure.level,
        // Probes come every few seconds; what they find is logged when it changes.
        None if PROBES.contains(&route) => Level::DEBUG,
        None => Level::INFO,
    };
    macro_rules! answered {
        ($level:ident) => {
            tracing::$level!(
                request_id = id.as_str(),
                client_request_id = client.request_id(),
                traceparent = client.traceparent(),
                method,
                route,
                status = response.status().as_u16(),
                milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
                clinic = caller.map(|caller| field::display(caller.clinic)),
                key = caller.map(|caller| field::display(caller.key)),
                cause = failure.as_ref().map(|failure| &*failure.cause),
                "answered"
            )
        };
    }
    match level {
        Level::ERROR => {
            telemetry::count_fault();
            answered!(error);
        }
        Level::WARN => answered!(warn),
        Level::DEBUG => answered!(debug),
        _ => answered!(info),
    }
}

fn add_headers(headers: &mut HeaderMap, id: &RequestId, client: &ClientTrace) {
    client.add_header(headers);
    if let Ok(value) = HeaderValue::from_str(id.as_str()) {
        headers.insert(REQUEST_ID_HEADER, value);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, NO_SNIFFING);
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, NO_CACHE);
    }
}

/// Returns a standard method by its name and any other as `OTHER`, since a client's own text belongs neither into the
/// log nor into metrics, which are kept for ever.
fn known_method(method: &Method) -> &'static str {
    const STANDARD: [&str; 9] = [
        "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH",
    ];
    let known = STANDARD.into_iter().find(|name| *name == method.as_str());
    known.unwrap_or("OTHER")
}

/// Gives every answer of 400 and above the form of a problem. Returns also why the service failed, if it did.
fn render_error(
    response: ServiceResponse<impl MessageBody + 'static>,
    id: &RequestId,
) -> (ServiceResponse<BoxBody>, Option<Failure>) {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return (response.map_into_boxed_body(), None);
    }
    let error = response.response().error();
    let known = error.and_then(|error| error.as_error::<ApiError>());
    let (mut answer, failure) = match known {
        Some(error) => (error.answer(id.as_str()), Failure::of_api_error(error)),
        None if is_problem(&response) => return (response.map_into_boxed_body(), None),
        None => (ApiError::Framework(status).answer(id.as_str()), None),
    };
    cors::copy_headers(response.headers(), answer.headers_mut());
    (response.into_response(answer), failure)
}

fn is_problem(response: &ServiceResponse<impl MessageBody>) -> bool {
    let content_type = response.headers().get(header::CONTENT_TYPE);
    content_type.is_some_and(|value| value.as_bytes() == PROBLEM_JSON.as_bytes())
}

/// A failure of the service that an operator must know of; a client's mistakes are none.
pub struct Failure {
    level: Level,
    cause: String,
}

impl Failure {
    pub fn of_api_error(error: &ApiError) -> Option<Self> {
        match error {
            ApiError::App(error) => Self::of_app_error(error),
            _ => None,
        }
    }

    pub fn of_app_error(error: &AppError) -> Option<Self> {
        let (level, cause) = match error {
            AppError::Internal(cause) => (Level::ERROR, describe(cause.as_ref())),
            // An overload causes thousands a second, and is logged when it begins and when it is over.
            AppError::Unavailable(StoreError::Busy) => return None,
            AppError::Unavailable(cause) => (Level::WARN, describe(cause)),
            _ => return None,
        };
        Some(Self { level, cause })
    }
}

/// Logs the failures of parts of a request whose other parts go on, such as lines of a batch.
pub struct PartFailures {
    id: RequestId,
    /// An outage fails all lines of a batch, and is logged once for it.
    is_outage_logged: Cell<bool>,
}

impl PartFailures {
    pub fn new(id: RequestId) -> Self {
        Self {
            id,
            is_outage_logged: Cell::new(false),
        }
    }

    pub fn request_id(&self) -> &str {
        self.id.as_str()
    }

    pub fn log(&self, failure: Option<Failure>) {
        let Some(Failure { level, cause }) = failure else {
            return;
        };
        let request_id = self.request_id();
        if level == Level::ERROR {
            telemetry::count_fault();
            tracing::error!(request_id, cause, "a part of the request failed");
        } else if !self.is_outage_logged.replace(true) {
            tracing::warn!(
                request_id,
                cause,
                "a part of the request failed; further outages are not logged for it"
            );
        }
    }
}

/// Joins the texts of an error and its causes.
fn describe(error: &(dyn std::error::Error + 'static)) -> String {
    let chain = std::iter::successors(Some(error), |error| error.source());
    chain
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}
