//! `/v1/clinics`: the tenants, for operators.

use actix_web::{HttpResponse, get, http::header, post};

use crate::app::access::{
    permissions::ManageClinics,
    service::{CreatedClinic, CreatedKey},
};
use crate::http::boundary::{
    call::{Answer, Call},
    paging::{Listing, Paging},
};
use payerline_domain::{
    access::Clinic,
    parse::record::record,
    values::{ids::ClinicId, text::Label},
};

record! {
    /// A clinic to be created.
    #[derive(Debug)]
    pub struct ClinicRequest {
        /// Its name.
        #[schema(value_type = String, min_length = 1, max_length = 64, example = "Lakeshore Sports Medicine")]
        pub name: Label,
    }
}

record! {
    /// An `admin` key of a clinic, to be created.
    #[derive(Debug)]
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
    request_body(content = ClinicRequest, content_type = "application/json"),
    responses(
        (status = 201, description = "Created; its first key is shown this once.", body = CreatedClinic, headers(
            ("Location" = String, description = "The path of the clinic."),
        )),
    ),
)]
#[post("/v1/clinics")]
pub async fn create_clinic(mut call: Call<ManageClinics>) -> Answer {
    let new: ClinicRequest = call.json().await?;
    let created = call.app.access.create_clinic(&call.actor, new.name).await?;
    let location = format!("/v1/clinics/{}", created.clinic.id);
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, location))
        .json(created))
}

/// Create an admin key for a clinic
///
/// For a clinic that has lost its own. The key has the role `admin` and is in the answer, once; hand it to the
/// clinic. The clinic sees it in its list of keys and can revoke it.
#[utoipa::path(
    tag = "Keys and clinics",
    params(("id" = ClinicId, Path, description = "The id of the clinic.")),
    request_body(content = NewAdminKey, content_type = "application/json"),
    responses((status = 201, description = "Created; the key is shown this once.", body = CreatedKey)),
)]
#[post("/v1/clinics/{id}/admin-keys")]
pub async fn create_clinic_admin_key(mut call: Call<ManageClinics>) -> Answer {
    let new: NewAdminKey = call.json().await?;
    let id = call.id(ClinicId::parse, "clinic")?;
    let access = &call.app.access;
    let created = access.create_admin_key(&call.actor, id, new.name).await?;
    Ok(HttpResponse::Created().json(created))
}

/// Get a clinic
#[utoipa::path(
    tag = "Keys and clinics",
    params(("id" = ClinicId, Path, description = "The id of the clinic.")),
    responses((status = 200, description = "The clinic.", body = Clinic)),
)]
#[get("/v1/clinics/{id}")]
pub async fn get_clinic(call: Call<ManageClinics>) -> Answer {
    let id = call.id(ClinicId::parse, "clinic")?;
    Ok(HttpResponse::Ok().json(call.app.access.get_clinic(&call.actor, id).await?))
}

/// List clinics
///
/// Newest first.
#[utoipa::path(
    tag = "Keys and clinics",
    params(Paging),
    responses((status = 200, description = "A page of clinics.", body = Listing<Clinic>)),
)]
#[get("/v1/clinics")]
pub async fn list_clinics(call: Call<ManageClinics>) -> Answer {
    let paged = call.paging()?;
    let page = call
        .app
        .access
        .list_clinics(&call.actor, paged.request)
        .await?;
    Ok(paged.answer(page))
}
