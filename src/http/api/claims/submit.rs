//! `/v1/claims`: claims are submitted, read and listed.

use actix_web::{
    HttpResponse, HttpResponseBuilder, get,
    http::header::{self, ContentType},
    post,
};
use utoipa::IntoParams;

use super::export;
use crate::http::boundary::{
    call::{Answer, Call},
    documented::Taken,
    entered, etag,
    paging::{self, Listing, Paging},
    problem::ApiError,
    query::{self, Query},
};
use crate::{
    app::{
        access::permissions::{ReadClaims, SubmitClaims},
        error::AppError,
    },
    store::ClaimFilter,
};
use payerline_domain::{
    claims::{
        claim::{Claim, ClaimSummary, Status},
        payer::{Disposition, Payer},
        submission::Submission,
    },
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
        return Err(ApiError::MethodNotAllowed("POST".to_owned()));
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

/// The filters of the list, for the documentation.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `read_filter` reads")]
pub struct ClaimQuery {
    /// Only claims of this payer.
    payer: Option<Payer>,
    /// Only claims with this status.
    status: Option<Status>,
    /// Only claims with this disposition.
    disposition: Option<Disposition>,
    /// Only claims of this patient (the clinic's id).
    #[param(min_length = 1, max_length = 64, example = "P-4411")]
    patient_id: Option<String>,
    /// Only the claim with exactly this `external_id`; letters with accents are found in either form of Unicode.
    #[param(min_length = 1, max_length = 64, example = "INV-2026-000123")]
    external_id: Option<String>,
    /// Only claims whose `external_id` begins with this.
    #[param(min_length = 1, max_length = 64, example = "INV-2026-")]
    q: Option<String>,
    /// Only claims whose last service is on this day or later.
    #[param(format = Date, example = "2026-06-01")]
    service_from: Option<String>,
    /// Only claims whose first service is on this day or earlier.
    #[param(format = Date, example = "2026-06-30")]
    service_to: Option<String>,
    /// Only claims received at this time or later: an RFC 3339 time, or a day in Ontario. A claim can be seen
    /// only when it is stored, a moment after its `received_at` and under load minutes: to follow new claims, use
    /// `updated_from`.
    #[param(example = "2026-06-01")]
    received_from: Option<String>,
    /// Only claims received at this time or earlier: an RFC 3339 time, or a day in Ontario, itself included.
    /// What a period has is final once everything that was sent before its end has been answered.
    #[param(example = "2026-06-30")]
    received_to: Option<String>,
    /// Only claims that were entered or changed at this time or later, **oldest change first**: an RFC 3339 time, or a
    /// day in Ontario. Nothing that appears later comes before what a page shows.
    #[param(example = "2026-06-01T14:03:22.123456Z")]
    updated_from: Option<String>,
    /// For `text/csv` only: `false` leaves out the byte order mark by which a spreadsheet knows UTF-8.
    #[param(default = true)]
    byte_order_mark: Option<bool>,
    /// For `text/csv` only: `false` leaves cells that begin with `=`, `+`, `-` or `@` as they are stored. Otherwise an
    /// apostrophe stands before them, so that a spreadsheet takes them for text and not for formulas.
    #[param(default = true)]
    neutralize_formulas: Option<bool>,
}

/// List claims
///
/// Newest received first. All filters given must hold. Unknown or invalid parameters are refused.
///
/// **To follow all changes**, start with `updated_from`: the order is then by `updated_at`, oldest first. Take `next`
/// until it is null, wait, and start again with the greatest `updated_at` that you saw. This misses nothing. The
/// claims with exactly that `updated_at` come again: you know them by `id` and `version`. A claim that changes moves
/// to the end of the order. `prev` is always null.
///
/// `Accept: application/x-ndjson` or `text/csv` answers with all of them at once, a line each, without
/// paging (`limit` and `cursor` are refused). An export that cannot be finished breaks off without a
/// proper end. CSV is made for spreadsheets; programs switch off `byte_order_mark` and `neutralize_formulas`.
#[utoipa::path(
    tag = "Claims",
    params(ClaimQuery, Paging),
    responses(
        (status = 200, description = "A page of claims, or an export of all.", content(
            (Listing<ClaimSummary> = "application/json"),
            (ClaimSummary = "application/x-ndjson"),
            (String = "text/csv"),
        )),
    ),
)]
#[get("/v1/claims")]
pub async fn list_claims(call: Call<ReadClaims>) -> Answer {
    let mut query = Query::parse(&call.request);
    let filter = read_filter(&mut query);
    let updated_from = query.take("updated_from", query::parse_period_start);
    if let Some(format) = export::negotiate(&call.request) {
        let format = export::read_options(format, &mut query);
        query.finish()?;
        return export::stream_claims(call, filter, updated_from, format).await;
    }
    if let Some(from) = updated_from {
        let paged = paging::read_changes(&mut query, from);
        query.finish()?;
        let claims = &call.app.claims;
        let page = claims.list_changes(&call.actor, filter, paged.request);
        return Ok(paged.answer(page.await?));
    }
    let paged = paging::read(&mut query);
    query.finish()?;
    let page = call.app.claims.list(&call.actor, filter, paged.request);
    Ok(paged.answer(page.await?))
}

fn read_filter(query: &mut Query) -> ClaimFilter {
    ClaimFilter {
        payer: query.take("payer", query::parse_word),
        status: query.take("status", query::parse_word),
        disposition: query.take("disposition", query::parse_word),
        patient_id: query.take("patient_id", query::parse_label),
        external_id: query.take("external_id", query::parse_label),
        external_id_prefix: query.take("q", query::parse_label),
        service_from: query.take("service_from", query::parse_day),
        service_to: query.take("service_to", query::parse_day),
        received_from: query.take("received_from", query::parse_period_start),
        received_before: query.take("received_to", query::parse_period_end),
    }
}
