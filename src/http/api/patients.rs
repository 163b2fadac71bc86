//! `/v1/patients`: what the clinic knows of a patient.

use actix_web::{HttpResponse, get};

use crate::app::access::permissions::ReadPatients;
use crate::http::boundary::{
    call::{Answer, Call},
    query::Query,
};
use payerline_domain::{patients::PatientRecord, values::text::Label};

/// Get a patient
///
/// Everything about one patient for the telephone: what is due from whom, the newest claims, the approvals with what is
/// left of each, and how the treatments worked. A claim is due from whoever was sent it last, until it is answered, and
/// else from the payer whose turn it is.
#[utoipa::path(
    tag = "Claims",
    params(
        ("id" = String, Path, description = "The clinic's id of the patient, percent-encoded.", min_length = 1, max_length = 64, example = "P-1001"),
    ),
    responses((status = 200, description = "The patient.", body = PatientRecord)),
)]
#[get("/v1/patients/{id}")]
pub async fn get_patient(call: Call<ReadPatients>) -> Answer {
    Query::parse(&call.request).finish()?;
    let id = call.id(|id| Label::read_stored(id).ok(), "patient")?;
    let patient = call.app.patients.get(&call.actor, id).await?;
    Ok(HttpResponse::Ok().json(patient))
}
