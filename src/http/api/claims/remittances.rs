//! `/v1/claims/{id}/remittances`: what payers answer.

use actix_web::post;

use super::steps::{answer_step, read};
use crate::app::access::permissions::EnterRemittances;
use crate::http::boundary::{
    call::{Answer, Call},
    documented::Answering,
};
use payerline_domain::{
    claims::{claim::Claim, remittances::remittance::RemittanceRequest},
    values::ids::ClaimId,
};

/// Enter a payer's answer
///
/// Books what a payer, the patient or a third party paid of each item, what was taken off, refused, or left to the patient.
/// `balance` of the claim always adds up: what is billed is paid, adjusted, the patient's, or outstanding. What is refused stays
/// outstanding; it is due from the next of `payers_due`, then from the patient or the third party, but never from an injured
/// worker or for what OHIP insures, unless a review makes an exception.
///
/// The status is `paid` when nothing is outstanding, `denied` when nothing is paid, else `partially_paid`. Of one payer a claim
/// has each `number` once: the same again answers 200 with `Idempotency-Replayed: true`, whatever `If-Match` says, and other
/// content 409. What was entered is never changed; a remittance that `reverses` it takes it back whole.
///
/// What the payer of an approval pays is consumed of it, and what it refuses is released.
#[utoipa::path(
    tag = "After the decision",
    params(
        ("id" = ClaimId, Path, description = "Payerline's id of the claim."),
        ("If-Match" = String, Header, description = "The ETag of the claim that you saw.", example = "\"1\""),
    ),
    request_body(content = RemittanceRequest, content_type = "application/json"),
    responses(
        (status = 200, description = "The claim, with the remittance as the last of `remittances`.", body = Claim, headers(
            ("ETag" = String, description = "The version of the claim, in quotes."),
            ("Idempotency-Replayed" = Option<String>, description = "`true` if this was booked before; nothing was changed now."),
        )),
        Answering,
    ),
)]
#[post("/v1/claims/{id}/remittances")]
pub async fn enter_remittance(mut call: Call<EnterRemittances>) -> Answer {
    let (id, request) = read::<_, RemittanceRequest>(&mut call).await?;
    let expected = call.expected_version();
    let claims = &call.app.claims;
    let entered = claims.enter_remittance(&call.actor, id, expected.as_ref().ok(), request);
    answer_step(entered.await, expected)
}
