//! `/v1/classifications`: dry runs, which decide a claim without storing it.

use actix_web::{HttpResponse, post};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::access::permissions::SubmitClaims;
use crate::http::boundary::call::{Answer, Call};
use payerline_domain::claims::{decision::Assessment, submission::Submission};
use payerline_rulebook::{decide::trace::ItemTrace, explain::Explanation};

/// A dry run's result: what would be decided, and how.
#[derive(Debug, Serialize, ToSchema)]
pub struct Classification {
    /// What would be decided.
    #[serde(flatten)]
    pub assessment: Assessment,
    /// For each item every rule that was tried, with each condition's wanted and actual value.
    pub trace: Vec<ItemTrace>,
    /// Why, in words, and what would change it.
    pub explanation: Explanation,
}

/// Would this be covered?
///
/// Decides a claim exactly as submitting it would, and stores nothing. Use it before a treatment,
/// or to see why a claim is decided as it is: `trace` lists every rule that was tried, `explanation` says
/// why in words and which single changes would give another payer or make it ready, such as an approval.
/// A claim with `replaces` is refused where submitting it would be.
#[utoipa::path(
    tag = "Would this be covered?",
    request_body(content = Submission, content_type = "application/json"),
    responses((status = 200, description = "What would be decided. Nothing was stored.", body = Classification)),
)]
#[post("/v1/classifications")]
pub async fn classify_claim(mut call: Call<SubmitClaims>) -> Answer {
    let body = call.body().await?;
    let explained = call.app.claims.classify(&call.actor, &body).await?;
    Ok(HttpResponse::Ok().json(Classification {
        assessment: explained.claim.assessment,
        trace: explained.trace,
        explanation: explained.explanation,
    }))
}
