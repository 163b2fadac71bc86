//! `/v1/preauthorizations`: the ledger of payers' prior approvals.

use actix_web::{HttpResponse, HttpResponseBuilder, get, http::header, post, put};
use utoipa::{IntoParams, ToSchema};

use crate::app::access::permissions::{ReadPreauthorizations, WritePreauthorizations};
use crate::http::boundary::{
    call::{Answer, Call},
    documented::{Drawn, Taken},
    entered, etag,
    paging::{self, Listing, Paging},
    query::{self, Query},
};
use crate::store::PreauthorizationFilter;
use payerline_domain::{
    preauthorizations::{
        ClaimRedecisions, Draw, Preauthorization, PreauthorizationEntry, PreauthorizationKind,
        PreauthorizationStatus,
    },
    values::{ids::PreauthorizationId, time::Timestamp},
};

/// Enter a preauthorization
///
/// Enters a payer's prior approval into the clinic's ledger. Claims refer to it by its `number`. Claims that name it
/// already are decided again: a few at once, many in the background; `redecisions` says how many.
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
///
/// An approval is an account: a claim that is `ready` reserves the amounts of its items that rely on it, and releases them
/// when it is withdrawn, replaced, or not `ready` any more. `draws` lists what is drawn, and `left_cents` what is left.
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

/// What replaces an approval: an entry, or the whole approval as it was answered.
#[derive(ToSchema)]
#[schema(as = PreauthorizationReplacement)]
#[expect(
    dead_code,
    reason = "documents what `PreauthorizationReplacement` reads"
)]
pub struct DocumentedReplacement {
    /// What staff enter.
    #[serde(flatten)]
    entry: PreauthorizationEntry,
    /// Passed over, whatever it says.
    id: Option<PreauthorizationId>,
    /// Passed over, whatever it says.
    created_at: Option<Timestamp>,
    /// Passed over, whatever it says.
    updated_at: Option<Timestamp>,
    /// Passed over, whatever it says: `If-Match` names the version.
    #[schema(example = 1)]
    version: Option<i64>,
    /// Passed over, whatever it says.
    #[schema(example = 90000)]
    reserved_cents: Option<i64>,
    /// Passed over, whatever it says.
    #[schema(example = 0)]
    consumed_cents: Option<i64>,
    /// Passed over, whatever it says.
    #[schema(example = 410000)]
    left_cents: Option<i64>,
    /// Passed over, whatever it says.
    #[schema(value_type = Option<std::collections::BTreeMap<String, i64>>, example = json!({"decided": 0, "changed": 0, "waiting": 0}))]
    redecisions: Option<ClaimRedecisions>,
    /// Passed over, whatever it says.
    #[schema(value_type = Option<Vec<Object>>, example = json!([]))]
    draws: Option<Vec<Draw>>,
}

/// Change a preauthorization
///
/// Replaces everything but its number. `If-Match` must carry the ETag of the version that you saw,
/// so that nobody's change is overwritten unseen. Claims that name it and are not sent yet are decided again: a few at
/// once, many in the background; `redecisions` says how many. If the approval is lowered, claims that were there first
/// keep what they have drawn.
///
/// The answer of `GET` can be sent back with your changes: what the ledger itself writes, such as `version` or `draws`, is
/// passed over.
#[utoipa::path(
    tag = "Preauthorizations",
    params(
        ("id" = PreauthorizationId, Path, description = "Payerline's id of the preauthorization."),
        ("If-Match" = String, Header, description = "The ETag of the version that you saw.", example = "\"1\""),
        ("confirm" = Option<bool>, Query, description = "`true`: lower `approved_cents` even below what claims have drawn."),
    ),
    request_body(content = DocumentedReplacement, content_type = "application/json"),
    responses(
        (status = 200, description = "Changed.", body = Preauthorization, headers(
            ("ETag" = String, description = "Its new version, in quotes."),
        )),
        Drawn,
    ),
)]
#[put("/v1/preauthorizations/{id}")]
pub async fn replace_preauthorization(mut call: Call<WritePreauthorizations>) -> Answer {
    let mut query = Query::parse(&call.request);
    let confirmed = query.take("confirm", query::parse_flag);
    query.finish()?;
    let body = call.body().await?;
    let id = call.id(PreauthorizationId::parse, "preauthorization")?;
    let expected = call.expected_version()?;
    let confirmed = confirmed.unwrap_or_default();
    let stored = call
        .app
        .preauthorizations
        .replace(&call.actor, id, &expected, confirmed, &body)
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
    /// Only those with this status; given several times, with one of these: `status=pending&status=denied`.
    status: Option<Vec<PreauthorizationStatus>>,
    /// Only those of this kind; given several times, of one of these.
    kind: Option<Vec<PreauthorizationKind>>,
    /// Only those that were entered or changed at this time or later, **oldest change first**: an RFC 3339 time, or a
    /// day in Ontario. Nothing that appears later comes before what a page shows.
    #[param(
        pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt].*)?$",
        example = "2026-06-01T14:03:22.123456Z"
    )]
    updated_from: Option<String>,
}

/// List preauthorizations
///
/// Newest entered first. All filters given must hold; `status` and `kind` may be given several times, and then one of
/// their values must.
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
        statuses: query.take_words("status"),
        kinds: query.take_words("kind"),
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
