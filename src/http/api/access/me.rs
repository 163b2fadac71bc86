//! `/v1/me`: whose key this is.

use actix_web::{HttpResponse, get};

use crate::app::access::{permissions::Identify, service::Identity};
use crate::http::boundary::call::{Answer, Call};

/// Whose key is this?
///
/// The clinic that the key belongs to, the key's name, and what it may do.
#[utoipa::path(
    tag = "Keys and clinics",
    responses((status = 200, description = "The clinic, the key and its roles.", body = Identity)),
)]
#[get("/v1/me")]
pub async fn identify_caller(call: Call<Identify>) -> Answer {
    let identity = call.app.access.identify(&call.actor).await?;
    Ok(HttpResponse::Ok().json(identity))
}
