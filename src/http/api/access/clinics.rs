//! `/v1/clinics`: the tenants, for operators.

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::header,
    post,
    web::{Data, Path, Payload},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::keys;
use crate::http::boundary::{
    auth::Authenticated,
    body,
    documented::{Listed, OfOne, Secured, WithBody},
    paging::{self, Listing, Paging},
    problem::ApiError,
    query::Query,
};
use crate::{
    app::clock,
    store::{KeyHash, Store},
};
use payerline_domain::{
    access::{Clinic, Permission, Role, Roles},
    parse::{
        decode::{Decode, Fields},
        fault::{At, Faults},
        json::Node,
    },
    values::{ids::ClinicId, text::Label},
};

/// What a clinic's first key is called.
const FIRST_KEY: &str = "first admin key";

/// A clinic to be created.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewClinic {
    /// Its name.
    #[schema(value_type = String, min_length = 1, max_length = 64, example = "Lakeshore Sports Medicine")]
    pub name: Label,
}

impl Decode for NewClinic {
    fn decode(node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::of(node, at, faults)?;
        let name = fields.required("name");
        fields.finish();
        Some(Self { name: name? })
    }
}

/// A clinic just created, with its first key, shown this once.
#[derive(Debug, Serialize, ToSchema)]
pub struct CreatedClinic {
    /// The clinic.
    #[serde(flatten)]
    pub clinic: Clinic,
    /// Its first key, with the role `admin`. Keep it now: it is not shown again.
    #[schema(example = "pl_3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    pub admin_key: String,
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
    caller: Authenticated,
    store: Data<Store>,
) -> Result<HttpResponse, ApiError> {
    let caller = caller.allowed(Permission::ManageClinics)?;
    let body = body::json(&request, payload).await?;
    let new: NewClinic = keys::parse(&body)?;
    let now = clock::now();
    let clinic = Clinic {
        id: clock::new_id(now)?.into(),
        name: new.name,
        created_at: now,
    };
    let name = Label::parse(FIRST_KEY).map_err(|(_, detail)| ApiError::Internal(detail.into()))?;
    let first = keys::create_now(name, Roles::new(vec![Role::Admin]))?;
    let hash = KeyHash::of(&first.key);
    store
        .create_clinic(Some(caller.key), clinic.clone(), first.listed, hash)
        .await?;
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, format!("/v1/clinics/{}", clinic.id)))
        .json(CreatedClinic {
            clinic,
            admin_key: first.key,
        }))
}

/// Get a clinic
#[utoipa::path(
    tag = "Keys and clinics",
    operation_id = "get_clinic",
    params(("id" = ClinicId, Path, description = "The id of the clinic.")),
    responses(
        (status = 200, description = "The clinic.", body = Clinic),
        Secured, OfOne,
    ),
)]
#[get("/v1/clinics/{id}")]
pub async fn get(
    id: Path<String>,
    caller: Authenticated,
    store: Data<Store>,
) -> Result<HttpResponse, ApiError> {
    caller.allowed(Permission::ManageClinics)?;
    let missing = || ApiError::NotFound("clinic");
    let id = ClinicId::parse(&id).ok_or_else(missing)?;
    let clinic = store.clinic(id).await?.ok_or_else(missing)?;
    Ok(HttpResponse::Ok().json(clinic))
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
    caller: Authenticated,
    store: Data<Store>,
) -> Result<HttpResponse, ApiError> {
    caller.allowed(Permission::ManageClinics)?;
    let mut query = Query::of(&request);
    let paged = paging::read(&mut query);
    query.finish()?;
    let page = store.clinics(paged.request).await?;
    Ok(HttpResponse::Ok().json(paged.listing(page)))
}
