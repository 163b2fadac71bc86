//! `/v1/claims`: claims are submitted, read and listed.

use actix_web::{
    HttpResponse, HttpResponseBuilder, get,
    http::header::{self, ContentType},
    post,
};

use crate::app::{
    access::permissions::{ReadClaims, SubmitClaims},
    error::AppError,
};
use crate::http::boundary::{
    call::{Answer, Call},
    documented::Taken,
    entered, etag,
    problem::ApiError,
};
use payerline_domain::{
    claims::{claim::Claim, submission::Submission},
    values::ids::ClaimId,
};

/// Submit a claim
///
/// Decides which payer the claim belongs to, says why, and stores it. `external_id` makes retries
/// safe: the same content sent again answers 200 with the stored claim, other content 409. After
/// 201 or 200 the claim survives a power cut.
///
/// To correct a stored claim, send the whole corrected claim under a new `external_id` and name the old one in
/// `replaces`. In one step the new claim is stored and the old one gets the status `replaced`; what was decided about the
/// old one stays as it was. The two claims name each other in `replaces` and `replaced_by`. A claim that cannot be
/// replaced is refused with 422 at `/replaces`: `unknown_claim`, `other_patient`, `already_replaced`, `claim_void`,
/// `claim_paid`, `claim_partially_paid`. Of two corrections sent at once, one is stored and the other is refused.
#[utoipa::path(
    tag = "Claims",
    request_body(content = Submission, content_type = "application/json"),
    responses(
        (status = 201, description = "Stored and decided.", body = Claim, headers(
            ("Location" = String, description = "The path of the claim."),
            ("ETag" = String, description = "The version of the claim, in quotes."),
        )),
        (status = 200, description = "The same claim was stored before; this is it.", body = Claim, headers(
            ("Location" = String, description = "The path of the claim."),
            ("ETag" = String, description = "The version of the claim, in quotes."),
            ("Idempotency-Replayed" = String, description = "`true`"),
        )),
        Taken,
    ),
)]
#[post("/v1/claims")]
pub async fn submit_claim(mut call: Call<SubmitClaims>) -> Answer {
    let body = call.body().await?;
    let entered = call.app.claims.submit(&call.actor, &body).await?;
    let (mut response, claim) = entered::begin_response(entered);
    response.insert_header((header::LOCATION, format!("/v1/claims/{}", claim.id)));
    answer(response, &claim)
}

pub fn answer(mut response: HttpResponseBuilder, claim: &Claim) -> Answer {
    let json = claim.to_json().map_err(AppError::internal)?;
    Ok(response
        .insert_header((header::ETAG, etag::format(claim.version)))
        .content_type(ContentType::json())
        .body(json))
}

/// Get a claim
///
/// The claim as it stands, with its decision and the submission byte for byte as it was sent.
#[utoipa::path(
    tag = "Claims",
    params(
        ("id" = ClaimId, Path, description = "Payerline's id of the claim."),
        ("If-None-Match" = Option<String>, Header, description = "An ETag; answers 304 when the claim still has it."),
    ),
    responses(
        (status = 200, description = "The claim.", body = Claim, headers(
            ("ETag" = String, description = "The version of the claim, in quotes."),
        )),
        (status = 304, description = "The claim still has the version in `If-None-Match`."),
    ),
)]
#[get("/v1/claims/{id}")]
pub async fn get_claim(call: Call<ReadClaims>) -> Answer {
    if call.path.id == "batch" {
        // This route's pattern matches the path of the bulk operation, too.
        return Err(ApiError::MethodNotAllowed("POST, OPTIONS".to_owned()));
    }
    let id = parse_id(&call.path.id)?;
    let claim = call.app.claims.get(&call.actor, id).await?;
    if etag::matches(&call.request, header::IF_NONE_MATCH, claim.version) {
        let mut unchanged = HttpResponse::NotModified();
        unchanged.insert_header((header::ETAG, etag::format(claim.version)));
        return Ok(unchanged.finish());
    }
    answer(HttpResponse::Ok(), &claim)
}

/// Reads a claim's id from a path. Any other text answers 404, since no claim has it as its id.
pub fn parse_id(text: &str) -> Result<ClaimId, AppError> {
    ClaimId::parse(text).ok_or(AppError::NotFound("claim"))
}
