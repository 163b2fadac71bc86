//! `/v1/rulebooks/{version}/backtests/{id}/changes` and `/redecisions`: a back-test's changed claims are explained, and
//! decided again once the version is in force.

use actix_web::{HttpResponse, get, post};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::{
    access::permissions::{ReadBacktests, RedecideBacktests},
    backtests::{changes::RedecidedClaim, explained::ExplainedChange},
    error::AppError,
};
use crate::http::boundary::{
    call::{Answer, Call},
    paging::{Listing, Paging},
    request::{Failure, PartFailures, RequestId},
};
use payerline_domain::values::ids::BacktestId;

/// List the claims that would change
///
/// Newest received first, each with why it was decided as it is stored and why the tested version decides otherwise.
/// While the back-test is running: those found so far.
#[utoipa::path(
    tag = "Back-tests",
    params(
        ("version" = String, Path, description = "The version that is tried.", example = "2026.2-missed"),
        ("id" = BacktestId, Path, description = "The id of the back-test."),
        Paging,
    ),
    responses((status = 200, description = "A page of changed claims.", body = Listing<ExplainedChange>)),
)]
#[get("/v1/rulebooks/{version}/backtests/{id}/changes")]
pub async fn list_backtest_changes(call: Call<ReadBacktests>) -> Answer {
    let paged = call.paging()?;
    let version = &call.path.version;
    let id = call.id(BacktestId::parse, "back-test")?;
    let changes = call
        .app
        .backtests
        .list_changes(&call.actor, version, id, paged.request);
    Ok(paged.answer(changes.await?))
}

/// A page of claims that were decided again.
#[derive(Debug, Serialize, ToSchema)]
pub struct Redecisions {
    /// What became of each, newest received first.
    pub data: Vec<RedecidedClaim>,
    /// The cursor of the next page, or null when all that were found so far were decided.
    #[schema(required = true, example = "bwGYCm4sT30xpbBvPlwdK3qVw1N5c1tZJQ")]
    pub next: Option<String>,
}

/// Decide the changed claims again
///
/// Decides a page of the claims that would change again, as *Decide a claim again* does: by the rulebook that is in force
/// for each of them now, which is the tested version only if that was activated for their days of service, and by
/// the approvals as they stand now. Repeat it with `cursor` set to `next` until `next` is null. Sending a page
/// twice does no harm. While the back-test is running more claims may come; wait until it is finished.
#[utoipa::path(
    tag = "Back-tests",
    params(
        ("version" = String, Path, description = "The version that was tried.", example = "2026.2-missed"),
        ("id" = BacktestId, Path, description = "The id of the back-test."),
        Paging,
    ),
    responses((status = 200, description = "What became of each claim of the page.", body = Redecisions)),
)]
#[post("/v1/rulebooks/{version}/backtests/{id}/redecisions")]
pub async fn redecide_backtest_changes(call: Call<RedecideBacktests>) -> Answer {
    let paged = call.paging()?;
    let version = &call.path.version;
    let id = call.id(BacktestId::parse, "back-test")?;
    let failures = PartFailures::new(RequestId::from_request(&call.request));
    let log = |error: &AppError| failures.log(Failure::of_app_error(error));
    let page = call
        .app
        .backtests
        .redecide_changes(&call.actor, version, id, paged.request, log);
    let Listing { data, next, .. } = paged.listing(page.await?);
    Ok(HttpResponse::Ok().json(Redecisions { data, next }))
}
