//! `/v1/preauthorizations`: the ledger of payers' prior approvals.

use actix_web::{HttpResponse, HttpResponseBuilder, get, http::header, post, put};
use utoipa::IntoParams;

use crate::app::access::permissions::{ReadPreauthorizations, WritePreauthorizations};
use crate::http::boundary::{
    call::{Answer, Call},
    documented::Taken,
    entered, etag,
    paging::{self, Listing, Paging},
    query::{self, Query},
};
use crate::store::PreauthorizationFilter;
use payerline_domain::{
    preauthorizations::{
        Preauthorization, PreauthorizationEntry, PreauthorizationKind, PreauthorizationStatus,
    },
    values::ids::PreauthorizationId,
};

/// Enter a preauthorization
///
/// Enters a payer's prior approval into the clinic's ledger. Claims refer to it by its `number`.
/// The same content sent again answers 200, other content under the same number 409.
#[utoipa::path(
    tag = "Preauthorizations",
    request_body(content = PreauthorizationEntry, content_type = "application/json"),
    responses(
        (status = 201, description = "Entered.", body = Preauthorization, headers(
            ("Location" = String, description = "The path of the preauthorization."),
            ("ETag" = String, description = "Its version, in quotes."),
        )),
        (status = 200, description = "It was entered before with this content; this is it.", body = Preauthorization, headers(
            ("Location" = String, description = "The path of the preauthorization."),
            ("ETag" = String, description = "Its version, in quotes."),
            ("Idempotency-Replayed" = String, description = "`true`"),
        )),
        Taken,
    ),
)]
#[post("/v1/preauthorizations")]
pub async fn create_preauthorization(mut call: Call<WritePreauthorizations>) -> Answer {
    let body = call.body().await?;
    let entered = call
        .app
        .preauthorizations
        .create(&call.actor, &body)
        .await?;
    let (mut response, stored) = entered::begin_response(entered);
    let location = format!("/v1/preauthorizations/{}", stored.id);
    response.insert_header((header::LOCATION, location));
    Ok(answer(response, &stored))
}

fn answer(mut response: HttpResponseBuilder, stored: &Preauthorization) -> HttpResponse {
    response
        .insert_header((header::ETAG, etag::format(stored.version)))
        .json(stored)
}

/// Get a preauthorization
#[utoipa::path(
    tag = "Preauthorizations",
    params(("id" = PreauthorizationId, Path, description = "Payerline's id of the preauthorization.")),
    responses(
        (status = 200, description = "The preauthorization.", body = Preauthorization, headers(
            ("ETag" = String, description = "Its version, in quotes."),
        )),
    ),
)]
#[get("/v1/preauthorizations/{id}")]
pub async fn get_preauthorization(call: Call<ReadPreauthorizations>) -> Answer {
    let id = call.id(PreauthorizationId::parse, "preauthorization")?;
    let stored = call.app.preauthorizations.get(&call.actor, id).await?;
    Ok(answer(HttpResponse::Ok(), &stored))
}

/// Change a preauthorization
///
/// Replaces everything but its number. `If-Match` must carry the ETag of the version that you saw,
/// so that nobody's change is overwritten unseen. Claims decided before keep their decision.
#[utoipa::path(
    tag = "Preauthorizations",
    params(
        ("id" = PreauthorizationId, Path, description = "Payerline's id of the preauthorization."),
        ("If-Match" = String, Header, description = "The ETag of the version that you saw.", example = "\"1\""),
    ),
    request_body(content = PreauthorizationEntry, content_type = "application/json"),
    responses(
        (status = 200, description = "Changed.", body = Preauthorization, headers(
            ("ETag" = String, description = "Its new version, in quotes."),
        )),
    ),
)]
#[put("/v1/preauthorizations/{id}")]
pub async fn replace_preauthorization(mut call: Call<WritePreauthorizations>) -> Answer {
    let body = call.body().await?;
    let id = call.id(PreauthorizationId::parse, "preauthorization")?;
    let expected = call.expected_version()?;
    let stored = call
        .app
        .preauthorizations
        .replace(&call.actor, id, &expected, &body)
        .await?;
    Ok(answer(HttpResponse::Ok(), &stored))
}

/// The filters of the list, for the documentation.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `list_preauthorizations` reads")]
pub struct PreauthorizationQuery {
    /// Only the one with exactly this number.
    #[param(min_length = 1, max_length = 64, example = "OCF18-88123")]
    number: Option<String>,
    /// Only those for this patient (the clinic's id).
    #[param(min_length = 1, max_length = 64, example = "P-4411")]
    patient_id: Option<String>,
    /// Only those with this status.
    status: Option<PreauthorizationStatus>,
    /// Only those of this kind.
    kind: Option<PreauthorizationKind>,
    /// Only those that were entered or changed at this time or later, **oldest change first**: an RFC 3339 time, or a
    /// day in Ontario. Nothing that appears later comes before what a page shows.
    #[param(example = "2026-06-01T14:03:22.123456Z")]
    updated_from: Option<String>,
}

/// List preauthorizations
///
/// Newest entered first. All filters given must hold.
///
/// **To follow all changes**, start with `updated_from`: the order is then by `updated_at`, oldest first. Take `next`
/// until it is null, wait, and start again with the greatest `updated_at` that you saw. This misses nothing. The
/// entries with exactly that `updated_at` come again: you know them by `id` and `version`. `prev` is always null.
#[utoipa::path(
    tag = "Preauthorizations",
    params(PreauthorizationQuery, Paging),
    responses((status = 200, description = "A page of preauthorizations.", body = Listing<Preauthorization>)),
)]
#[get("/v1/preauthorizations")]
pub async fn list_preauthorizations(call: Call<ReadPreauthorizations>) -> Answer {
    let mut query = Query::parse(&call.request);
    let filter = PreauthorizationFilter {
        number: query.take("number", query::parse_label),
        patient_id: query.take("patient_id", query::parse_label),
        status: query.take("status", query::parse_word),
        kind: query.take("kind", query::parse_word),
    };
    let updated_from = query.take("updated_from", query::parse_period_start);
    if let Some(from) = updated_from {
        let paged = paging::read_changes(&mut query, from);
        query.finish()?;
        let page = call
            .app
            .preauthorizations
            .list_changes(&call.actor, filter, paged.request);
        return Ok(paged.answer(page.await?));
    }
    let paged = paging::read(&mut query);
    query.finish()?;
    let page = call
        .app
        .preauthorizations
        .list(&call.actor, filter, paged.request);
    Ok(paged.answer(page.await?))
}
