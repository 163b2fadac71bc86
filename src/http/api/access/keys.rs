//! `/v1/api-keys`: the API keys of a clinic.

use actix_web::{
    HttpRequest, HttpResponse, delete, get, post,
    web::{Data, Path, Payload},
};

use crate::app::{
    access::{
        permissions::{Allowed, ManageKeys},
        service::CreatedKey,
    },
    application::App,
    error::AppError,
};
use crate::http::boundary::{
    body,
    documented::{ById, LastKey, Listed, Secured, WithBody},
    paging::{self, Listing, Paging},
    problem::ApiError,
    query::Query,
};
use payerline_domain::{
    access::{ApiKey, Role},
    parse::{decode::Decode, record::record},
    values::{ids::KeyId, text::Label},
};

record! {
    /// An API key to be created.
    #[derive(Debug)]
    #[serde(deny_unknown_fields)]
    pub struct NewKey {
        /// What it is for.
        #[schema(value_type = String, min_length = 1, max_length = 64, example = "front desk")]
        pub name: Label,
        /// What it may do.
        pub role: Role,
    }
}

/// Create an API key
///
/// The key is in the answer, once. Give each system and each person a key of their own, so that one
/// can be revoked without the others. A key with the role `operator` can be created by an operator only.
#[utoipa::path(
    tag = "Keys and clinics",
    operation_id = "create_api_key",
    request_body(content = NewKey, content_type = "application/json"),
    responses(
        (status = 201, description = "Created; the key is shown this once.", body = CreatedKey),
        Secured, WithBody,
    ),
)]
#[post("/v1/api-keys")]
pub async fn create(
    request: HttpRequest,
    payload: Payload,
    actor: Allowed<ManageKeys>,
    app: Data<App>,
) -> Result<HttpResponse, ApiError> {
    let body = body::json(&request, payload).await?;
    let new = NewKey::parse(&body)?;
    let created = app.access.create_key(&actor, new.name, new.role).await?;
    Ok(HttpResponse::Created().json(created))
}

/// List API keys
///
/// Newest first, revoked ones included. The keys themselves are not shown.
#[utoipa::path(
    tag = "Keys and clinics",
    operation_id = "list_api_keys",
    params(Paging),
    responses(
        (status = 200, description = "A page of keys.", body = Listing<ApiKey>),
        Secured, Listed,
    ),
)]
#[get("/v1/api-keys")]
pub async fn list(
    request: HttpRequest,
    actor: Allowed<ManageKeys>,
    app: Data<App>,
) -> Result<HttpResponse, ApiError> {
    let mut query = Query::parse(&request);
    let paged = paging::read(&mut query);
    query.finish()?;
    let page = app.access.list_keys(&actor, paged.request).await?;
    Ok(HttpResponse::Ok().json(paged.listing(page)))
}

/// Revoke an API key
///
/// From then on the key is unknown: requests with it answer 401. Revoking it again changes nothing. The last `admin`
/// key of a clinic and the last `operator` key of all cannot be revoked: create another one first.
#[utoipa::path(
    tag = "Keys and clinics",
    operation_id = "revoke_api_key",
    params(("id" = KeyId, Path, description = "The id of the key, as in the list.")),
    responses(
        (status = 204, description = "Revoked."),
        Secured, ById, LastKey,
    ),
)]
#[delete("/v1/api-keys/{id}")]
pub async fn revoke(
    id: Path<String>,
    actor: Allowed<ManageKeys>,
    app: Data<App>,
) -> Result<HttpResponse, ApiError> {
    let id = KeyId::parse(&id).ok_or(AppError::NotFound("API key"))?;
    app.access.revoke_key(&actor, id).await?;
    Ok(HttpResponse::NoContent().finish())
}
