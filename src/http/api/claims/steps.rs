//! `/v1/claims/{id}/reviews`, `/sends`, `/appeals`, `/void`: what follows a decision. `payerline_domain::claims::lifecycle` has
//! the table of steps, from which the document says which are legal when.

use actix_web::{HttpResponse, post};

use super::submit::{answer, parse_id};
use crate::app::{
    access::permissions::{Grant, ReviewClaims, SendClaims},
    changed::Entered,
    error::AppError,
    expected_version::ExpectedVersion,
};
use crate::http::boundary::{
    call::{Answer, Call},
    documented::{Reviewing, Stepping},
    entered::IDEMPOTENCY_REPLAYED,
    problem::ApiError,
};
use payerline_domain::{
    claims::{
        claim::Claim,
        review::ReviewRequest,
        sends::{ReasonRequest, SendRequest},
    },
    parse::decode::Decode,
    values::ids::ClaimId,
};

/// Review a claim
///
/// Confirms or overrides what was decided, of single items or of all, with a reason and the findings that are settled.
/// Payer, disposition, allocations and billing order of the claim are then the reviewed ones; `decision` stays as it was
/// made, and `review` stands beside it. What a review does not say stays as it stood. A finding that is settled no longer
/// keeps its item from being `ready`.
///
/// What no rulebook may decide is refused with 422 `breaks_law`, unless `exceptions` has the law and the evidence that it
/// does not hold here. `ready` is refused with 422 `findings_unsettled` while a finding of severity `review` is neither
/// settled now nor before. Settling `ohip_insured_unknown` or `physician_equivalent_charge` states that OHIP does not
/// insure the item.
#[utoipa::path(
    tag = "After the decision",
    params(
        ("id" = ClaimId, Path, description = "Payerline's id of the claim."),
        ("If-Match" = String, Header, description = "The ETag of the claim that you saw.", example = "\"1\""),
    ),
    request_body(content = ReviewRequest, content_type = "application/json"),
    responses(
        (status = 200, description = "The claim as it is since the review.", body = Claim, headers(
            ("ETag" = String, description = "The version of the claim, in quotes."),
            ("Idempotency-Replayed" = Option<String>, description = "`true` if this review was stored before; nothing was changed now."),
        )),
        Reviewing,
    ),
)]
#[post("/v1/claims/{id}/reviews")]
pub async fn review_claim(mut call: Call<ReviewClaims>) -> Answer {
    let (id, request) = read::<_, ReviewRequest>(&mut call).await?;
    let expected = call.expected_version();
    let claims = &call.app.claims;
    let taken = claims.review(&call.actor, id, expected.as_ref().ok(), request);
    answer_step(taken.await, expected)
}

/// Send a claim to a payer
///
/// Records that a payer was sent the claim, and how. It must be the payer's turn: `payers_due` names everybody in turn.
/// The status is then `submitted`.
#[utoipa::path(
    tag = "After the decision",
    params(
        ("id" = ClaimId, Path, description = "Payerline's id of the claim."),
        ("If-Match" = String, Header, description = "The ETag of the claim that you saw.", example = "\"1\""),
    ),
    request_body(content = SendRequest, content_type = "application/json"),
    responses(
        (status = 200, description = "The claim, with the send as the last of `sends`.", body = Claim, headers(
            ("ETag" = String, description = "The version of the claim, in quotes."),
            ("Idempotency-Replayed" = Option<String>, description = "`true` if this was recorded before; nothing was changed now."),
        )),
        Stepping,
    ),
)]
#[post("/v1/claims/{id}/sends")]
pub async fn send_claim(mut call: Call<SendClaims>) -> Answer {
    let (id, request) = read::<_, SendRequest>(&mut call).await?;
    let expected = call.expected_version();
    let claims = &call.app.claims;
    let taken = claims.send(&call.actor, id, expected.as_ref().ok(), request);
    answer_step(taken.await, expected)
}

/// Appeal a refusal
///
/// Records that what a payer refused, in whole or in part, is contested. The status is then `appealed`.
#[utoipa::path(
    tag = "After the decision",
    params(
        ("id" = ClaimId, Path, description = "Payerline's id of the claim."),
        ("If-Match" = String, Header, description = "The ETag of the claim that you saw.", example = "\"1\""),
    ),
    request_body(content = ReasonRequest, content_type = "application/json"),
    responses(
        (status = 200, description = "The claim.", body = Claim, headers(
            ("ETag" = String, description = "The version of the claim, in quotes."),
            ("Idempotency-Replayed" = Option<String>, description = "`true` if this was recorded before; nothing was changed now."),
        )),
        Stepping,
    ),
)]
#[post("/v1/claims/{id}/appeals")]
pub async fn appeal_claim(mut call: Call<ReviewClaims>) -> Answer {
    let (id, request) = read::<_, ReasonRequest>(&mut call).await?;
    let expected = call.expected_version();
    let claims = &call.app.claims;
    let taken = claims.appeal(&call.actor, id, expected.as_ref().ok(), request);
    answer_step(taken.await, expected)
}

/// Withdraw a claim
///
/// The status is then `void`, for good. To correct a claim instead, submit one that `replaces` it.
#[utoipa::path(
    tag = "After the decision",
    params(
        ("id" = ClaimId, Path, description = "Payerline's id of the claim."),
        ("If-Match" = String, Header, description = "The ETag of the claim that you saw.", example = "\"1\""),
    ),
    request_body(content = ReasonRequest, content_type = "application/json"),
    responses(
        (status = 200, description = "The claim.", body = Claim, headers(
            ("ETag" = String, description = "The version of the claim, in quotes."),
            ("Idempotency-Replayed" = Option<String>, description = "`true` if this was recorded before; nothing was changed now."),
        )),
        Stepping,
    ),
)]
#[post("/v1/claims/{id}/void")]
pub async fn void_claim(mut call: Call<ReviewClaims>) -> Answer {
    let (id, request) = read::<_, ReasonRequest>(&mut call).await?;
    let expected = call.expected_version();
    let claims = &call.app.claims;
    let taken = claims.void(&call.actor, id, expected.as_ref().ok(), request);
    answer_step(taken.await, expected)
}

pub async fn read<G: Grant, T: Decode>(call: &mut Call<G>) -> Result<(ClaimId, T), ApiError> {
    let request = call.json().await?;
    Ok((parse_id(&call.path.id)?, request))
}

/// Answers with the claim. A version that is missing or unusable is refused as such, once the step is no repeated one.
pub fn answer_step(
    taken: Result<Entered<Claim>, AppError>,
    expected: Result<ExpectedVersion, ApiError>,
) -> Answer {
    match (taken, expected) {
        (Ok(entered), _) => answer_changed(entered),
        (Err(AppError::VersionMissing), Err(why)) => Err(why),
        (Err(error), _) => Err(error.into()),
    }
}

/// Answers 200 with a claim that was changed, now or by an earlier request.
pub fn answer_changed(entered: Entered<Claim>) -> Answer {
    let mut response = HttpResponse::Ok();
    match entered {
        Entered::New(claim) => answer(response, &claim),
        Entered::Replayed(claim) => {
            response.insert_header((IDEMPOTENCY_REPLAYED, "true"));
            answer(response, &claim)
        }
    }
}
