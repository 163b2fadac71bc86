//! The middleware around every request: its id, log line, metrics, headers, and the form of its errors.

use std::{sync::Arc, time::Instant};

use actix_web::{
    Error, HttpMessage, HttpRequest,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method, StatusCode,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
    middleware::Next,
    web::Data,
};
use uuid::Uuid;

use super::{
    connections::Connections,
    framing::{self, Framing},
    problem::{ApiError, PROBLEM_JSON},
};
use crate::{
    app::{clock, error::AppError},
    store::StoreError,
    telemetry,
};

pub const REQUEST_ID_HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Browsers must not guess another media type.
const NO_SNIFFING: HeaderValue = HeaderValue::from_static("nosniff");
/// Proxies and browsers must not keep patients' data.
const NO_CACHE: HeaderValue = HeaderValue::from_static("no-store");

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
    request.extensions_mut().insert(id.clone());
    let connections = request.app_data::<Data<Connections>>().cloned();
    let method = known_method(request.method());
    let framing = Framing::take(&mut request);
    let response = next.call(request).await?;
    let mut response = framing.apply(render_error(response, &id));
    if connections.is_some_and(|connections| connections.are_closing()) {
        framing::announce_close(&mut response);
    }
    add_headers(response.headers_mut(), &id);
    let took = started.elapsed();
    let route = response.request().match_pattern();
    let route = route.as_deref().unwrap_or("unmatched");
    let status = response.status().as_u16();
    let milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    let request_id = id.as_str();
    // A flood of failed logins must not flood the log, which names their addresses instead.
    if response.status() != StatusCode::TOO_MANY_REQUESTS {
        tracing::info!(request_id, method, route, status, milliseconds, "answered");
    }
    telemetry::count_answered_request(method, route, status, took);
    Ok(response)
}

fn add_headers(headers: &mut HeaderMap, id: &RequestId) {
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

/// Gives every answer of 400 and above the form of a problem, and logs faults of the service once.
fn render_error(
    response: ServiceResponse<impl MessageBody + 'static>,
    id: &RequestId,
) -> ServiceResponse<BoxBody> {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response.map_into_boxed_body();
    }
    let error = response.response().error();
    let known = error.and_then(|error| error.as_error::<ApiError>());
    let answer = match known {
        Some(error) => {
            log_api_error(error, id);
            error.answer(id.as_str())
        }
        None if is_problem(&response) => return response.map_into_boxed_body(),
        None => ApiError::Framework(status).answer(id.as_str()),
    };
    response.into_response(answer)
}

fn is_problem(response: &ServiceResponse<impl MessageBody>) -> bool {
    let content_type = response.headers().get(header::CONTENT_TYPE);
    content_type.is_some_and(|value| value.as_bytes() == PROBLEM_JSON.as_bytes())
}

/// Logs an error that an operator must know of, under the request's id; a client's mistakes are not logged.
pub fn log_api_error(error: &ApiError, id: &RequestId) {
    if let ApiError::App(error) = error {
        log_app_error(error, id);
    }
}

/// Does what [`log_api_error`] does for an error of a use case.
pub fn log_app_error(error: &AppError, id: &RequestId) {
    let request_id = id.as_str();
    match error {
        AppError::Internal(cause) => {
            tracing::error!(
                request_id,
                cause = describe(cause.as_ref()),
                "fault of ours"
            )
        }
        // An overload causes thousands a second, and each request's own line says 503.
        AppError::Unavailable(StoreError::Busy) => {}
        AppError::Unavailable(cause) => {
            tracing::warn!(request_id, cause = describe(cause), "unavailable")
        }
        _ => {}
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
