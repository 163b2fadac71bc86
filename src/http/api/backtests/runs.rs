//! `/v1/rulebooks/{version}/backtests`: back-tests are started, listed, read and cancelled.

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::header,
    post,
    web::{Data, Path, Payload},
};

use crate::app::{
    access::permissions::{Allowed, ManageRulebooks, ReadBacktests},
    application::App,
    error::AppError,
};
use crate::http::{
    api::rulebooks::versions as rulebooks,
    boundary::{
        body,
        documented::{ById, Listed, OneAtATime, Secured, WithBody},
        paging::{self, Listing, Paging},
        problem::ApiError,
        query::Query,
    },
};
use payerline_domain::{
    backtests::backtest::{Backtest, ReceivedPeriod},
    parse::decode::Decode,
    values::ids::BacktestId,
};

/// Start a back-test
///
/// Tries a version of a rulebook, a draft too, on the claims received in a period, in the background: each is decided
/// again by the version, from what was sent and what was known when it was decided, and compared with the decision
/// that is stored now. The version decides all of them, whatever their day of service. Claims that
/// another claim replaced are left out. Nothing is stored with the claims. A clinic has one back-test at a time. It goes on after a restart, and slows down while the
/// service is busy. Without a body: all claims received until now.
#[utoipa::path(
    tag = "Back-tests",
    operation_id = "start_backtest",
    params(("version" = String, Path, description = "The version that is tried.", example = "2026.2")),
    request_body(content = Option<ReceivedPeriod>, content_type = "application/json"),
    responses(
        (status = 202, description = "Started; its progress is at `Location`.", body = Backtest, headers(
            ("Location" = String, description = "The path of the back-test."),
        )),
        Secured, ById, WithBody, OneAtATime,
    ),
)]
#[post("/v1/rulebooks/{version}/backtests")]
pub async fn start(
    request: HttpRequest,
    version: Path<String>,
    payload: Payload,
    actor: Allowed<ManageRulebooks>,
    app: Data<App>,
) -> Result<HttpResponse, ApiError> {
    let body = body::optional_json(&request, payload).await?;
    let period = if body.is_empty() {
        ReceivedPeriod::default()
    } else {
        Option::<ReceivedPeriod>::parse(&body)?.unwrap_or_default()
    };
    let version = rulebooks::parse(&version)?;
    let backtest = app.backtests.start_run(&actor, version, period).await?;
    let location = format!("{}/{}", request.path().trim_end_matches('/'), backtest.id);
    Ok(HttpResponse::Accepted()
        .insert_header((header::LOCATION, location))
        .json(backtest))
}

/// List back-tests
///
/// Those of a version, newest first.
#[utoipa::path(
    tag = "Back-tests",
    operation_id = "list_backtests",
    params(
        ("version" = String, Path, description = "The version that was tried.", example = "2026.2"),
        Paging,
    ),
    responses(
        (status = 200, description = "A page of back-tests.", body = Listing<Backtest>),
        Secured, ById, Listed,
    ),
)]
#[get("/v1/rulebooks/{version}/backtests")]
pub async fn list(
    request: HttpRequest,
    version: Path<String>,
    actor: Allowed<ReadBacktests>,
    app: Data<App>,
) -> Result<HttpResponse, ApiError> {
    let mut query = Query::parse(&request);
    let paged = paging::read(&mut query);
    query.finish()?;
    let version = rulebooks::parse(&version)?;
    let page = app
        .backtests
        .list_runs(&actor, version, paged.request)
        .await?;
    Ok(HttpResponse::Ok().json(paged.listing(page)))
}

/// Get a back-test
///
/// How far it is and what it found: claims and cents by payer and disposition before and after, what other rules decide,
/// and how many claims would change. Ask again while it is `running`.
#[utoipa::path(
    tag = "Back-tests",
    operation_id = "get_backtest",
    params(
        ("version" = String, Path, description = "The version that is tried.", example = "2026.2"),
        ("id" = BacktestId, Path, description = "The id of the back-test."),
    ),
    responses(
        (status = 200, description = "The back-test.", body = Backtest),
        Secured, ById,
    ),
)]
#[get("/v1/rulebooks/{version}/backtests/{id}")]
pub async fn get(
    path: Path<(String, String)>,
    actor: Allowed<ReadBacktests>,
    app: Data<App>,
) -> Result<HttpResponse, ApiError> {
    let (version, id) = &*path;
    let backtest = app.backtests.get_run(&actor, version, parse_id(id)?);
    Ok(HttpResponse::Ok().json(backtest.await?))
}

/// Cancel a back-test
///
/// Ends it; what it found until then is kept. One that has ended stays as it is.
#[utoipa::path(
    tag = "Back-tests",
    operation_id = "cancel_backtest",
    params(
        ("version" = String, Path, description = "The version that is tried.", example = "2026.2"),
        ("id" = BacktestId, Path, description = "The id of the back-test."),
    ),
    responses(
        (status = 200, description = "The back-test, which is not running.", body = Backtest),
        Secured, ById,
    ),
)]
#[post("/v1/rulebooks/{version}/backtests/{id}/cancel")]
pub async fn cancel(
    path: Path<(String, String)>,
    actor: Allowed<ManageRulebooks>,
    app: Data<App>,
) -> Result<HttpResponse, ApiError> {
    let (version, id) = &*path;
    let cancelled = app.backtests.cancel_run(&actor, version, parse_id(id)?);
    Ok(HttpResponse::Ok().json(cancelled.await?))
}

pub(crate) fn parse_id(text: &str) -> Result<BacktestId, AppError> {
    BacktestId::parse(text).ok_or(AppError::NotFound("back-test"))
}
