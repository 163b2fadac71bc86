//! `/v1/claims/{id}/outcomes`: how a patient fares after a treatment.

use actix_web::post;

use super::steps::{answer_step, read};
use crate::app::access::permissions::ReviewClaims;
use crate::http::boundary::{
    call::{Answer, Call},
    documented::Stepping,
};
use payerline_domain::{
    claims::{claim::Claim, outcome::OutcomeRequest},
    values::ids::ClaimId,
};

/// Record an outcome
///
/// Records how the patient fares on a day: pain, function, how far joints move, and a note. The effects of a treatment show
/// within six months, and payers that decide case by case ask for this evidence. The claim lists its `outcomes`; its status
/// stays. A claim that was withdrawn or corrected takes none: record it with the claim in `replaced_by`. The same request
/// again, with the same body and `If-Match`, answers 200 with `Idempotency-Replayed: true`; while nothing else changed the
/// claim, also with another `If-Match` or none.
#[utoipa::path(
    tag = "After the decision",
    params(
        ("id" = ClaimId, Path, description = "Payerline's id of the claim."),
        ("If-Match" = String, Header, description = "The ETag of the claim that you saw.", example = "\"1\""),
    ),
    request_body(content = OutcomeRequest, content_type = "application/json"),
    responses(
        (status = 200, description = "The claim, with the outcome as the last of `outcomes`.", body = Claim, headers(
            ("ETag" = String, description = "The version of the claim, in quotes."),
            ("Idempotency-Replayed" = Option<String>, description = "`true` if this was recorded before; nothing was changed now."),
        )),
        Stepping,
    ),
)]
#[post("/v1/claims/{id}/outcomes")]
pub async fn record_outcome(mut call: Call<ReviewClaims>) -> Answer {
    let (id, request) = read::<_, OutcomeRequest>(&mut call).await?;
    let expected = call.expected_version();
    let claims = &call.app.claims;
    let taken = claims.record_outcome(&call.actor, id, expected.as_ref().ok(), request);
    answer_step(taken.await, expected)
}
