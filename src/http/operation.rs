//! `/healthz`, `/readyz`, `/metrics`: for whoever runs the service. No key needed, no patient data.

use actix_web::{HttpResponse, get, web::Data};
use metrics_exporter_prometheus::PrometheusHandle;
use serde::Serialize;
use utoipa::ToSchema;

use super::{documented::Probed, problem::ApiError};
use crate::store::Store;

/// The answer of a probe that is content.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// `ok`
    #[schema(example = "ok")]
    pub status: &'static str,
}

/// Alive?
///
/// Answers as long as the process runs. A restart helps when it does not.
#[utoipa::path(
    tag = "Operation",
    operation_id = "healthz",
    security(()),
    responses((status = 200, description = "The process runs.", body = Health)),
)]
#[get("/healthz")]
pub async fn healthz() -> HttpResponse {
    HttpResponse::Ok().json(Health { status: "ok" })
}

/// Ready?
///
/// Answers 200 when the database can be reached and is migrated.
#[utoipa::path(
    tag = "Operation",
    operation_id = "readyz",
    security(()),
    responses((status = 200, description = "Ready to take claims.", body = Health), Probed),
)]
#[get("/readyz")]
pub async fn readyz(store: Data<Store>) -> Result<HttpResponse, ApiError> {
    store.ready().await.map_err(ApiError::Unavailable)?;
    Ok(HttpResponse::Ok().json(Health { status: "ok" }))
}

/// Metrics
///
/// In Prometheus' text format: requests by route and status, latencies, the writer's queue depth
/// and batch size, claims by payer.
#[utoipa::path(
    tag = "Operation",
    operation_id = "metrics",
    security(()),
    responses((status = 200, description = "Metrics.", body = String, content_type = "text/plain")),
)]
#[get("/metrics")]
pub async fn metrics(handle: Data<PrometheusHandle>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body(handle.render())
}
