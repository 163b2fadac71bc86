//! `/healthz`, `/readyz`, `/metrics`: for operators. They need no key and hold no patient data.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use actix_web::{HttpResponse, get, web::Data};
use metrics_exporter_prometheus::PrometheusHandle;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::boundary::{documented::Probed, problem::ApiError};
use crate::{
    app::{application::App, error::AppError},
    telemetry,
};

/// Set once the service is told to stop. From then on its probes answer 503 while it still answers requests, so that a
/// proxy sends the next ones elsewhere.
#[derive(Debug, Clone, Default)]
pub struct Stopping(Arc<AtomicBool>);

impl Stopping {
    /// Makes the probes answer 503.
    pub fn announce(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn check(&self) -> Result<(), ApiError> {
        if self.0.load(Ordering::Relaxed) {
            return Err(ApiError::Stopping);
        }
        Ok(())
    }
}

/// The answer of a probe that is content.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// `ok`
    #[schema(example = "ok")]
    pub status: &'static str,
}

/// Alive?
///
/// Answers 200 as long as the process runs and was not told to stop. A restart helps when it does not.
#[utoipa::path(
    tag = "Operation",
    security(()),
    responses((status = 200, description = "The process runs.", body = Health), Probed),
)]
#[get("/healthz")]
pub async fn healthz(stopping: Data<Stopping>) -> Result<HttpResponse, ApiError> {
    stopping.check()?;
    Ok(HttpResponse::Ok().json(Health { status: "ok" }))
}

/// Ready?
///
/// Answers 200 when claims can be stored, and the service was not told to stop. A claim that was stored in the last
/// five seconds is proof; otherwise a little is written to find out. What is found counts for up to five seconds.
#[utoipa::path(
    tag = "Operation",
    security(()),
    responses((status = 200, description = "Ready to take claims.", body = Health), Probed),
)]
#[get("/readyz")]
pub async fn readyz(app: Data<App>, stopping: Data<Stopping>) -> Result<HttpResponse, ApiError> {
    stopping.check()?;
    app.check_readiness().await.map_err(AppError::NotReady)?;
    Ok(HttpResponse::Ok().json(Health { status: "ok" }))
}

/// Metrics
///
/// In Prometheus' text format: requests and their latencies, claims, overloads, failed logins, back-tests, the
/// database and the process. `docs/operations.md` explains each.
#[utoipa::path(
    tag = "Operation",
    security(()),
    responses((status = 200, description = "Metrics.", body = String, content_type = "text/plain")),
)]
#[get("/metrics")]
pub async fn metrics(handle: Data<PrometheusHandle>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body(telemetry::render(&handle))
}
