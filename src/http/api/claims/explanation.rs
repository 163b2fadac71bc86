//! `/v1/claims/{id}/explanation`: the reasons of a stored decision.

use std::sync::Arc;

use actix_web::{HttpResponse, get};
use serde::Serialize;
use utoipa::ToSchema;

use super::submit::parse_id;
use crate::app::{access::permissions::ReadClaims, claims::explaining::ExplainedClaim};
use crate::http::boundary::{
    accept, body,
    call::{Answer, Call},
    documented::Reproduced,
};
use payerline_domain::{
    claims::decision::RulebookVersion,
    values::{ids::ClaimId, text::Label},
};
use payerline_rulebook::{decide::trace::ItemTrace, explain::Explanation};

/// Why a stored claim was decided as it was.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClaimExplanation {
    /// Payerline's id of the claim.
    pub id: ClaimId,
    /// The billing system's id of the claim.
    pub external_id: Label,
    /// The rulebook that decided.
    #[schema(value_type = RulebookVersion)]
    pub rulebook: Arc<RulebookVersion>,
    /// Why, and what would change it.
    #[serde(flatten)]
    pub explanation: Explanation,
    /// For each item every rule that was tried, with each condition's wanted and actual value, up to the one
    /// that fired.
    pub trace: Vec<ItemTrace>,
}

/// Explain a claim
///
/// Why the claim was decided as it was: for each item every rule that was tried until one fired, its reason and
/// legal basis, and the single changes that would give another payer or make it ready (`counterfactuals`), such as an
/// approved OCF-18 with the amount that it takes. Each was found by changing a copy of the claim and deciding that.
/// The decision is made again from what was sent and from what the ledger said on that day, not from
/// today's ledger, and it says nothing of a review, which stands on the claim itself: to see what a new approval would do to a new claim, use *Would this be covered?*
///
/// `Accept: text/plain` answers with `text` alone: short paragraphs to read aloud to a patient.
#[utoipa::path(
    tag = "Claims",
    params(("id" = ClaimId, Path, description = "Payerline's id of the claim.")),
    responses(
        (status = 200, description = "The explanation, or its text alone.", content(
            // First what people read: Swagger UI asks for the first.
            (String = "text/plain"),
            (ClaimExplanation = "application/json"),
        )),
        Reproduced,
    ),
)]
#[get("/v1/claims/{id}/explanation")]
pub async fn explain_claim(call: Call<ReadClaims>) -> Answer {
    let id = parse_id(&call.path.id)?;
    let ExplainedClaim {
        claim,
        explanation,
        trace,
    } = call.app.claims.explain(&call.actor, id).await?;
    if accept::prefers(body::PLAIN_TEXT, &call.request) {
        return Ok(HttpResponse::Ok()
            .content_type(body::PLAIN_TEXT_UTF_8)
            .body(explanation.text));
    }
    Ok(HttpResponse::Ok().json(ClaimExplanation {
        id,
        trace,
        external_id: claim.submission.external_id,
        rulebook: claim.assessment.decision.rulebook,
        explanation,
    }))
}
