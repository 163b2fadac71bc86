//! `/v1/claims/{id}/letter`: the letter to a patient, a page to print.

use std::sync::LazyLock;

use actix_web::{HttpResponse, get, http::header};
use askama::Template;
use base64::{Engine, engine::general_purpose::STANDARD};

use super::submit::parse_id;
use crate::app::{access::permissions::ReadClaims, claims::letter::text::Letter, error::AppError};
use crate::http::boundary::{
    body,
    call::{Answer, Call},
};
use payerline_domain::values::{digest::sha256, ids::ClaimId};

/// The page of a letter. The template escapes every text.
#[derive(Template)]
#[template(path = "letter.html")]
struct LetterPage<'l> {
    letter: &'l Letter,
    style: &'static str,
}

const STYLE: &str = include_str!("../../../../templates/letter.css");

/// The page runs no script, loads nothing, stands in no frame, and has no style but its own, whatever a text says.
static CONTENT_POLICY: LazyLock<String> = LazyLock::new(|| {
    let style = STANDARD.encode(sha256(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
});

/// Write a letter to the patient
///
/// One page to print and hand over: what was decided about the claim, why, who pays, what it costs, what is paid and what is
/// left, what the patient pays, what was taken for granted, and the day. It speaks to the patient, and it is no promise of
/// payment. It has no script, and names neither the health card's number nor the date of birth.
///
/// It says how the claim stands today. After a review it says what was decided, not the review's reason, which is for the
/// staff. For a treatment that is only planned, ask *Would this be covered?* with `Accept: text/html`.
#[utoipa::path(
    tag = "Claims",
    params(("id" = ClaimId, Path, description = "Payerline's id of the claim.")),
    responses((status = 200, description = "The letter, a page of HTML.", body = String, content_type = "text/html")),
)]
#[get("/v1/claims/{id}/letter")]
pub async fn write_letter(call: Call<ReadClaims>) -> Answer {
    let id = parse_id(&call.path.id)?;
    let letter = call.app.claims.write_letter(&call.actor, id).await?;
    answer_letter(&letter)
}

/// Answers with the page of a letter.
pub fn answer_letter(letter: &Letter) -> Answer {
    let style = STYLE;
    let page = LetterPage { letter, style };
    let html = page.render().map_err(AppError::internal)?;
    Ok(HttpResponse::Ok()
        .content_type(body::HTML_UTF_8)
        .insert_header((header::CONTENT_SECURITY_POLICY, CONTENT_POLICY.as_str()))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .body(html))
}
