//! `/v1/clinics`: the tenants, for operators.

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::header,
    post,
    web::{Data, Path, Payload},
};

use crate::app::{
    access::{
        permissions::{Allowed, ManageClinics},
        service::{CreatedClinic, CreatedKey},
    },
    application::App,
    error::AppError,
};
use crate::http::boundary::{
    body,
    documented::{ById, Listed, Secured, WithBody},
    paging::{self, Listing, Paging},
    problem::ApiError,
    query::Query,
};
use payerline_domain::{
    access::Clinic,
    parse::{decode::Decode, record::record},
    values::{ids::ClinicId, text::Label},
};

record! {
    /// A clinic to be created.
    #[derive(Debug)]
    #[serde(deny_unknown_fields)]
    pub struct NewClinic {
        /// Its name.
        #[schema(value_type = String, min_length = 1, max_length = 64, example = "Lakeshore Sports Medicine")]
        pub name: Label,
    }
}

record! {
    /// An `admin` key of a clinic, to be created.
    #[derive(Debug)]
    #[serde(deny_unknown_fields)]
    pub struct NewAdminKey {
        /// What it is for.
        #[schema(value_type = String, min_length = 1, max_length = 64, example = "after the owner changed")]
        pub name: Label,
    }
}

/// Create a clinic
///
/// Creates a tenant and its first `admin` key, which is in the answer, once.
#[utoipa::path(
    tag = "Keys and clinics",
    operation_id = "create_clinic",
    request_body(content = NewClinic, content_type = "application/json"),
    responses(
        (status = 201, description = "Created; its first key is shown this once.", body = CreatedClinic, headers(
            ("Location" = String, description = "The path of the clinic."),
        )),
        Secured, WithBody,
    ),
)]
#[post("/v1/clinics")]
pub async fn create(
    request: HttpRequest,
    payload: Payload,
    actor: Allowed<ManageClinics>,
    app: Data<App>,
) -> Result<HttpResponse, ApiError> {
    let body = body::json(&request, payload).await?;
    let new = NewClinic::parse(&body)?;
    let created = app.access.create_clinic(&actor, new.name).await?;
    Ok(HttpResponse::Created()
        .insert_header((
            header::LOCATION,
            format!("/v1/clinics/{}", created.clinic.id),
        ))
        .json(created))
}

/// Create an admin key for a clinic
///
/// For a clinic that has lost its own. The key has the role `admin` and is in the answer, once; hand it to the
/// clinic. The clinic sees it in its list of keys and can revoke it.
#[utoipa::path(
    tag = "Keys and clinics",
    operation_id = "create_clinic_admin_key",
    params(("id" = ClinicId, Path, description = "The id of the clinic.")),
    request_body(content = NewAdminKey, content_type = "application/json"),
    responses(
        (status = 201, description = "Created; the key is shown this once.", body = CreatedKey),
        Secured, WithBody, ById,
    ),
)]
#[post("/v1/clinics/{id}/admin-keys")]
pub async fn create_admin_key(
    request: HttpRequest,
    payload: Payload,
    id: Path<String>,
    actor: Allowed<ManageClinics>,
    app: Data<App>,
) -> Result<HttpResponse, ApiError> {
    let body = body::json(&request, payload).await?;
    let new = NewAdminKey::parse(&body)?;
    let id = ClinicId::parse(&id).ok_or(AppError::NotFound("clinic"))?;
    let created = app.access.create_admin_key(&actor, id, new.name).await?;
    Ok(HttpResponse::Created().json(created))
}

/// Get a clinic
#[utoipa::path(
    tag = "Keys and clinics",
    operation_id = "get_clinic",
    params(("id" = ClinicId, Path, description = "The id of the clinic.")),
    responses(
        (status = 200, description = "The clinic.", body = Clinic),
        Secured, ById,
    ),
)]
#[get("/v1/clinics/{id}")]
pub async fn get(
    id: Path<String>,
    actor: Allowed<ManageClinics>,
    app: Data<App>,
) -> Result<HttpResponse, ApiError> {
    let id = ClinicId::parse(&id).ok_or(AppError::NotFound("clinic"))?;
    Ok(HttpResponse::Ok().json(app.access.get_clinic(&actor, id).await?))
}

/// List clinics
///
/// Newest first.
#[utoipa::path(
    tag = "Keys and clinics",
    operation_id = "list_clinics",
    params(Paging),
    responses(
        (status = 200, description = "A page of clinics.", body = Listing<Clinic>),
        Secured, Listed,
    ),
)]
#[get("/v1/clinics")]
pub async fn list(
    request: HttpRequest,
    actor: Allowed<ManageClinics>,
    app: Data<App>,
) -> Result<HttpResponse, ApiError> {
    let mut query = Query::parse(&request);
    let paged = paging::read(&mut query);
    query.finish()?;
    let page = app.access.list_clinics(&actor, paged.request).await?;
    Ok(HttpResponse::Ok().json(paged.listing(page)))
}
