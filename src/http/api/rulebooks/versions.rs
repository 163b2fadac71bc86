//! `/v1/rulebooks`: the versions of a clinic's rules are read and drafted. `checks` checks and activates them.

use actix_web::{HttpResponse, HttpResponseBuilder, delete, get, http::header, post, put};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::{
    access::permissions::{ManageRulebooks, ReadRulebooks},
    error::AppError,
    rulebooks::draft::Draft,
};
use crate::http::boundary::{
    accept,
    call::{Answer, Call},
    documented::{ImmutableVersion, Taken},
    entered, etag,
    paging::{Listing, Paging},
};
use payerline_domain::{
    rulebooks::{RulebookSummary, StoredRulebook},
    values::names::VersionName,
};
use payerline_rulebook::{Table, golden::GoldenCase};

const MARKDOWN: &str = "text/markdown";

/// A version of a rulebook with its table: [`StoredRulebook`] as the documentation describes it.
#[derive(Serialize, ToSchema)]
#[schema(as = Rulebook)]
pub struct DocumentedRulebook {
    #[serde(flatten)]
    summary: RulebookSummary,
    /// The table: rules, checks, whom to bill, findings.
    table: Table,
    /// Claims that it must decide as they say; activation demands it.
    golden_cases: Vec<GoldenCase>,
}

/// List rulebooks
///
/// The versions of the clinic's own rulebooks and those that Payerline ships, newest first. The one that is
/// `active` without an `effective_from` is the shipped one that decides whatever no other does.
#[utoipa::path(
    tag = "Rulebooks",
    params(Paging),
    responses((status = 200, description = "A page of versions.", body = Listing<RulebookSummary>)),
)]
#[get("/v1/rulebooks")]
pub async fn list_rulebooks(call: Call<ReadRulebooks>) -> Answer {
    let paged = call.paging()?;
    let page = call.app.rulebooks.list(&call.actor, paged.request).await?;
    Ok(paged.answer(page))
}

/// Get a rulebook
///
/// A version with its table. With `Accept: text/markdown` the table as people read it: each rule with its
/// conditions, what it decides, why, and what it rests on.
#[utoipa::path(
    tag = "Rulebooks",
    params(("version" = VersionName, Path, description = "The version.", example = "2026.2-missed")),
    responses(
        (status = 200, description = "The version, or its table to read.", content(
            (DocumentedRulebook = "application/json"),
            (String = "text/markdown"),
        ), headers(("ETag" = String, description = "Its revision, in quotes."))),
    ),
)]
#[get("/v1/rulebooks/{version}")]
pub async fn get_rulebook(call: Call<ReadRulebooks>) -> Answer {
    let stored = call
        .app
        .rulebooks
        .get(&call.actor, parse(&call.path.version)?)
        .await?;
    if accept::prefers(MARKDOWN, &call.request) {
        let text = call.app.rulebooks.render_markdown(&stored)?;
        return Ok(HttpResponse::Ok()
            .insert_header((header::ETAG, etag::format(stored.summary.revision)))
            .content_type("text/markdown; charset=utf-8")
            .body(text));
    }
    Ok(answer(HttpResponse::Ok(), &stored))
}

/// Draft a rulebook
///
/// Writes a new version, which decides nothing yet. The usual way is a copy: name the version that it is
/// `based_on` and the rules that are added, replaced, moved or removed. The first rule that matches a claim decides
/// it, so put an exception before the rule from which it is one. A whole `table` can be sent instead.
/// The same content again answers 200, other content under the same version 409.
///
/// Next: `POST /v1/rulebooks/{version}/check`, then a back-test, then `POST /v1/rulebooks/{version}/activate`.
#[utoipa::path(
    tag = "Rulebooks",
    request_body(content = Draft, content_type = "application/json"),
    responses(
        (status = 201, description = "Entered as a draft.", body = DocumentedRulebook, headers(
            ("Location" = String, description = "The path of the version."),
            ("ETag" = String, description = "Its revision, in quotes."),
        )),
        (status = 200, description = "It was entered before with this content; this is it.", body = DocumentedRulebook, headers(
            ("Location" = String, description = "The path of the version."),
            ("ETag" = String, description = "Its revision, in quotes."),
            ("Idempotency-Replayed" = String, description = "`true`"),
        )),
        Taken,
    ),
)]
#[post("/v1/rulebooks")]
pub async fn create_rulebook(mut call: Call<ManageRulebooks>) -> Answer {
    let body = call.body().await?;
    let entered = call.app.rulebooks.draft(&call.actor, &body).await?;
    let (response, stored) = entered::begin_response(entered);
    Ok(answer(response, &stored))
}

/// Change a draft
///
/// Writes a draft anew, with a body like that of a new one. To change single rules of the draft, name the draft
/// itself as `based_on`. A version that was activated never changes: write a new one that is based on it.
/// `If-Match` must carry the ETag of the draft that you saw.
#[utoipa::path(
    tag = "Rulebooks",
    params(
        ("version" = VersionName, Path, description = "The version.", example = "2026.2-maple"),
        ("If-Match" = String, Header, description = "The ETag of the draft that you saw.", example = "\"1\""),
    ),
    request_body(content = Draft, content_type = "application/json"),
    responses(
        (status = 200, description = "Changed.", body = DocumentedRulebook, headers(
            ("ETag" = String, description = "Its new revision, in quotes."),
        )),
        ImmutableVersion,
    ),
)]
#[put("/v1/rulebooks/{version}")]
pub async fn replace_rulebook(mut call: Call<ManageRulebooks>) -> Answer {
    let body = call.body().await?;
    let version = parse(&call.path.version)?;
    let expected = call.expected_version()?;
    let stored = call
        .app
        .rulebooks
        .redraft(&call.actor, &version, &expected, &body)
        .await?;
    Ok(answer(HttpResponse::Ok(), &stored))
}

/// Discard a draft
///
/// Throws a draft away; that it was there stays on record. A version that was activated is kept, because claims
/// may have been decided by it. `If-Match` must carry the ETag of the draft that you saw.
#[utoipa::path(
    tag = "Rulebooks",
    params(
        ("version" = VersionName, Path, description = "The version.", example = "2026.2-maple"),
        ("If-Match" = String, Header, description = "The ETag of the draft that you saw.", example = "\"1\""),
    ),
    responses(
        (status = 204, description = "It is gone."),
        ImmutableVersion,
    ),
)]
#[delete("/v1/rulebooks/{version}")]
pub async fn discard_rulebook(call: Call<ManageRulebooks>) -> Answer {
    let version = parse(&call.path.version)?;
    let expected = call.expected_version()?;
    call.app
        .rulebooks
        .discard(&call.actor, version, &expected)
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Reads a version from a path.
pub fn parse(text: &str) -> Result<VersionName, AppError> {
    VersionName::parse(text).map_err(|_| AppError::NotFound("version of a rulebook"))
}

pub fn answer(mut response: HttpResponseBuilder, stored: &StoredRulebook) -> HttpResponse {
    let location = format!("/v1/rulebooks/{}", stored.summary.version);
    response
        .insert_header((header::LOCATION, location))
        .insert_header((header::ETAG, etag::format(stored.summary.revision)))
        .json(stored)
}
