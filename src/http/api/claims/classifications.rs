//! `/v1/classifications`: dry runs, which decide a claim without storing it.

use actix_web::{HttpResponse, post};
use serde::Serialize;
use utoipa::ToSchema;

use super::letter::answer_letter;
use crate::app::access::permissions::SubmitClaims;
use crate::http::boundary::{
    accept, body,
    call::{Answer, Call},
};
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
///
/// `Accept: text/html` answers with a letter to the patient instead: a page to print, which says who would pay, why, and what
/// it would cost.
#[utoipa::path(
    tag = "Would this be covered?",
    request_body(content = Submission, content_type = "application/json"),
    responses(
        (status = 200, description = "What would be decided, or the letter about it. Nothing was stored.", content(
            // First what programs read: the letter is asked for by its name.
            (Classification = "application/json"),
            (String = "text/html"),
        )),
    ),
)]
#[post("/v1/classifications")]
pub async fn classify_claim(mut call: Call<SubmitClaims>) -> Answer {
    let claim = call.body().await?;
    let claims = &call.app.claims;
    if accept::prefers(body::HTML, &call.request) {
        return answer_letter(&claims.write_letter_of_dry_run(&call.actor, &claim).await?);
    }
    let explained = claims.classify(&call.actor, &claim).await?;
    Ok(HttpResponse::Ok().json(Classification {
        assessment: explained.claim.assessment,
        trace: explained.trace,
        explanation: explained.explanation,
    }))
}
