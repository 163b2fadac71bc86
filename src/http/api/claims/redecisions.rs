//! `/v1/claims/{id}/redecide` and `/replay`: a stored claim is decided again by today's rules or by those of its decision.

use actix_web::{HttpResponse, get, post};

use super::{steps::answer_changed, submit::parse_id};
use crate::app::{
    access::permissions::{ReadClaims, RedecideClaims},
    claims::reproduction::Replayed,
};
use crate::http::boundary::{
    call::{Answer, Call},
    documented::{Reproduced, Stepping},
};
use payerline_domain::{claims::claim::Claim, values::ids::ClaimId};

/// Decide a claim again
///
/// Decides a claim by the rulebook that decides its day of service now and by the approvals as they stand
/// now: after a rulebook was activated, or an approval arrived that the claim names. The decision before and
/// the new one are both kept in the record of the claim. When the same comes out, nothing changes and the
/// claim is answered as it is. A review stays while what it settled stands; else the claim comes back with the finding
/// `review_outdated`. A claim that its payer has is not decided again, and neither is one that another claim replaced:
/// decide the claim in its `replaced_by` again. `If-Match` must carry the ETag of the claim that you
/// saw.
#[utoipa::path(
    tag = "After the decision",
    params(
        ("id" = ClaimId, Path, description = "Payerline's id of the claim."),
        ("If-Match" = String, Header, description = "The ETag of the claim that you saw.", example = "\"1\""),
    ),
    responses(
        (status = 200, description = "The claim with what is decided about it now.", body = Claim, headers(
            ("ETag" = String, description = "The version of the claim, in quotes."),
            ("Idempotency-Replayed" = Option<String>, description = "`true` if this request decided it before; nothing was changed now."),
        )),
        Stepping,
    ),
)]
#[post("/v1/claims/{id}/redecide")]
pub async fn redecide_claim(call: Call<RedecideClaims>) -> Answer {
    let id = parse_id(&call.path.id)?;
    let expected = call.expected_version()?;
    let decided = call.app.claims.redecide(&call.actor, id, &expected).await?;
    answer_changed(decided)
}

/// Replay a decision
///
/// Makes the stored decision of a claim again, from the submission as it was sent, the facts that were kept with
/// it (the day, the approvals as they stood) and the version of the rulebook that decided, and compares
/// the two byte for byte. Nothing is changed. `payerline replay` does so for all claims.
#[utoipa::path(
    tag = "Claims",
    params(("id" = ClaimId, Path, description = "Payerline's id of the claim.")),
    responses(
        (status = 200, description = "Whether the decision comes out again.", body = Replayed),
        Reproduced,
    ),
)]
#[get("/v1/claims/{id}/replay")]
pub async fn replay_claim(call: Call<ReadClaims>) -> Answer {
    let id = parse_id(&call.path.id)?;
    let replayed = call.app.claims.replay(&call.actor, id).await?;
    Ok(HttpResponse::Ok().json(replayed))
}
