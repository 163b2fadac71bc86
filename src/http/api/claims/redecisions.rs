//! `/v1/claims/{id}/redecide` and `/replay`: a stored claim is decided again by today's rules or by those of its decision.

use actix_web::{
    HttpRequest, HttpResponse, get, post,
    web::{Data, Path},
};

use super::submit::{answer, parse_id};
use crate::app::{
    access::permissions::{Allowed, ReadClaims, RedecideClaims},
    application::App,
    claims::reproduction::Replayed,
};
use crate::http::boundary::{
    documented::{ById, Guarded, Redecidable, Reproduced, Secured},
    etag,
    problem::ApiError,
};
use payerline_domain::{claims::claim::Claim, values::ids::ClaimId};

/// Decide a claim again
///
/// Decides a claim by the rulebook that decides its day of service now and by the approvals as they stand
/// now: after a rulebook was activated, or an approval arrived that the claim names. The decision before and
/// the new one are both kept in the record of the claim. When the same comes out, nothing changes and the
/// claim is answered as it is. A claim that its payer has is not decided again, and neither is one that another
/// claim replaced: decide the claim in its `replaced_by` again. `If-Match` must carry the ETag of the claim that you
/// saw.
#[utoipa::path(
    tag = "Claims",
    operation_id = "redecide_claim",
    params(
        ("id" = ClaimId, Path, description = "Payerline's id of the claim."),
        ("If-Match" = String, Header, description = "The ETag of the claim that you saw.", example = "\"1\""),
    ),
    responses(
        (status = 200, description = "The claim with what is decided about it now.", body = Claim, headers(
            ("ETag" = String, description = "The version of the claim, in quotes."),
        )),
        Secured, ById, Redecidable, Guarded,
    ),
)]
#[post("/v1/claims/{id}/redecide")]
pub async fn redecide(
    request: HttpRequest,
    id: Path<String>,
    actor: Allowed<RedecideClaims>,
    app: Data<App>,
) -> Result<HttpResponse, ApiError> {
    let id = parse_id(&id)?;
    let expected = etag::parse_if_match(&request)?;
    let claim = app.claims.redecide(&actor, id, &expected).await?;
    answer(HttpResponse::Ok(), &claim)
}

/// Replay a decision
///
/// Makes the stored decision of a claim again, from the submission as it was sent, the facts that were kept with
/// it (the day, the approvals as they stood) and the version of the rulebook that decided, and compares
/// the two byte for byte. Nothing is changed. `payerline replay` does so for all claims.
#[utoipa::path(
    tag = "Claims",
    operation_id = "replay_claim",
    params(("id" = ClaimId, Path, description = "Payerline's id of the claim.")),
    responses(
        (status = 200, description = "Whether the decision comes out again.", body = Replayed),
        Secured, ById, Reproduced,
    ),
)]
#[get("/v1/claims/{id}/replay")]
pub async fn replay(
    id: Path<String>,
    actor: Allowed<ReadClaims>,
    app: Data<App>,
) -> Result<HttpResponse, ApiError> {
    let replayed = app.claims.replay(&actor, parse_id(&id)?).await?;
    Ok(HttpResponse::Ok().json(replayed))
}
