//! `/v1/rulebooks/{version}/backtests/{id}/changes` and `/redecisions`: the claims that a version would decide
//! otherwise, explained, and decided again once it is in force.

use actix_web::{
    HttpRequest, HttpResponse, get, post,
    web::{Data, Path},
};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::Serialize;
use utoipa::ToSchema;

use super::runs::{both, find, reader};
use crate::http::boundary::{
    auth::Authenticated,
    documented::{Listed, OfOne, Secured},
    paging::{self, Listing, Paging},
    problem::ApiError,
    query::Query,
    request::{self as boundary, RequestId},
};
use crate::{
    app::{
        backtests::service::{Backtests, ExplainedChange},
        claims::intake::{Intake, IntakeError},
    },
    store::{Page, Redecided, Store},
};
use payerline_domain::{
    access::{Actor, Permission},
    backtests::backtest::ChangedClaim,
    claims::payer::{Disposition, Payer},
    values::ids::{BacktestId, ClaimId},
};

/// Claims of a request that are decided again at once.
const AT_ONCE: usize = 8;

/// List the claims that would change
///
/// Newest received first, each with why it was decided as it is stored and why the tested version decides otherwise.
/// While the back-test is running: those found so far.
#[utoipa::path(
    tag = "Back-tests",
    operation_id = "list_backtest_changes",
    params(
        ("version" = String, Path, description = "The version that is tried.", example = "2026.2"),
        ("id" = BacktestId, Path, description = "The id of the back-test."),
        Paging,
    ),
    responses(
        (status = 200, description = "A page of changed claims.", body = Listing<ExplainedChange>),
        Secured, OfOne, Listed,
    ),
)]
#[get("/v1/rulebooks/{version}/backtests/{id}/changes")]
pub async fn list(
    request: HttpRequest,
    path: Path<(String, String)>,
    caller: Authenticated,
    store: Data<Store>,
    intake: Data<Intake>,
    backtests: Data<Backtests>,
) -> Result<HttpResponse, ApiError> {
    let caller = reader(caller)?;
    let mut query = Query::of(&request);
    let paged = paging::read(&mut query);
    query.finish()?;
    let backtest = find(&store, &caller, &path).await?;
    let page = store.backtest_changes(caller.clinic, backtest.id, paged.request);
    let page = page.await?;
    let turn = backtests.turn().await?;
    let _place = intake.place().await?;
    let explained = backtests.explain(caller.clinic, &backtest, page.data, turn);
    let page = Page {
        data: explained.await?,
        older: page.older,
        newer: page.newer,
    };
    Ok(HttpResponse::Ok().json(paged.listing(page)))
}

/// What became of a claim that was to be decided again.
#[derive(Debug, Serialize, ToSchema)]
pub struct RedecidedClaim {
    /// The claim.
    pub id: ClaimId,
    /// The billing system's id of it.
    #[schema(example = "INV-2026-000123")]
    pub external_id: String,
    /// The status that deciding it alone would have had: 200, 404, 409 (its payer has it), 412 (somebody changed it at
    /// that moment) or 500.
    #[schema(example = 200)]
    pub status: u16,
    /// Who is responsible now.
    pub payer: Option<Payer>,
    /// What happens next now.
    pub disposition: Option<Disposition>,
    /// The version of the claim now.
    #[schema(minimum = 1, example = 2)]
    pub version: Option<i64>,
    /// Whether another decision came out and is stored.
    #[schema(example = true)]
    pub changed: bool,
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
    operation_id = "redecide_backtest_changes",
    params(
        ("version" = String, Path, description = "The version that was tried.", example = "2026.2"),
        ("id" = BacktestId, Path, description = "The id of the back-test."),
        Paging,
    ),
    responses(
        (status = 200, description = "What became of each claim of the page.", body = Redecisions),
        Secured, OfOne, Listed,
    ),
)]
#[post("/v1/rulebooks/{version}/backtests/{id}/redecisions")]
pub async fn redecide(
    request: HttpRequest,
    path: Path<(String, String)>,
    caller: Authenticated,
    store: Data<Store>,
    intake: Data<Intake>,
) -> Result<HttpResponse, ApiError> {
    let caller = both(
        caller,
        Permission::ManageRulebooks,
        Permission::RedecideClaims,
    )?;
    let mut query = Query::of(&request);
    let paged = paging::read(&mut query);
    query.finish()?;
    let backtest = find(&store, &caller, &path).await?;
    let page = store.backtest_changes(caller.clinic, backtest.id, paged.request);
    let listing = paged.listing(page.await?);
    let request_id = RequestId::of(&request);
    let one = |change| one(&store, &intake, &caller, &request_id, change);
    let work = stream::iter(listing.data).map(one);
    let data: Vec<RedecidedClaim> = work.buffered(AT_ONCE).try_collect().await?;
    let next = listing.next;
    Ok(HttpResponse::Ok().json(Redecisions { data, next }))
}

async fn one(
    store: &Store,
    intake: &Intake,
    caller: &Actor,
    request_id: &RequestId,
    change: ChangedClaim,
) -> Result<RedecidedClaim, ApiError> {
    let seen = store.claim(caller.clinic, change.claim).await?;
    let version = seen.map(|claim| claim.version);
    let (status, claim) = match intake.redecide(caller, change.claim, version).await {
        Ok(Redecided::Stored(claim)) => (200, Some(claim)),
        Ok(Redecided::Stale) => (412, None),
        Ok(Redecided::NotFound) => (404, None),
        Err(error) => (refused(error, request_id)?, None),
    };
    let claim = claim.as_ref();
    Ok(RedecidedClaim {
        id: change.claim,
        external_id: change.external_id,
        status,
        payer: claim.map(|it| it.payer),
        disposition: claim.map(|it| it.disposition),
        version: claim.map(|it| it.version),
        changed: claim.is_some_and(|it| Some(it.version) != version),
    })
}

/// The status of a claim that was not decided again. What concerns more than that claim is no status but an error.
fn refused(error: IntakeError, request_id: &RequestId) -> Result<u16, ApiError> {
    match error {
        IntakeError::AlreadySubmitted(_) => Ok(409),
        IntakeError::Store(_) | IntakeError::Rulebooks(_) => Err(error.into()),
        error => {
            boundary::log(&error.into(), request_id);
            Ok(500)
        }
    }
}
