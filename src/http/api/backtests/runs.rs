//! `/v1/rulebooks/{version}/backtests`: back-tests are started, listed, read and cancelled.

use actix_web::{HttpResponse, get, http::header, post};

use crate::app::access::permissions::{ManageRulebooks, ReadBacktests};
use crate::http::{
    api::rulebooks::versions as rulebooks,
    boundary::{
        call::{Answer, Call},
        documented::OneAtATime,
        paging::{Listing, Paging},
    },
};
use payerline_domain::{
    backtests::backtest::{Backtest, ReceivedPeriod},
    values::ids::BacktestId,
};

/// Start a back-test
///
/// Tries a version of a rulebook, a draft too, on the claims received in a period, in the background: each is decided
/// again by the version, from what was sent and what was known when it was decided, and compared with the decision
/// that is stored now. The version decides all of them, whatever their day of service. Claims that
/// another claim replaced are left out. Nothing is stored with the claims. A clinic has one back-test at a time. It goes
/// on after a restart, and slows down while the service is busy. Without a body: all claims received until now.
///
/// It knows what was kept with each decision, and looks for nothing else. So in claims that were decided before decisions
/// kept them it finds neither possible duplicates nor what other claims had drawn of an approval.
#[utoipa::path(
    tag = "Back-tests",
    params(("version" = String, Path, description = "The version that is tried.", example = "2026.2-missed")),
    request_body(content = Option<ReceivedPeriod>, content_type = "application/json"),
    responses(
        (status = 202, description = "Started; its progress is at `Location`.", body = Backtest, headers(
            ("Location" = String, description = "The path of the back-test."),
        )),
        OneAtATime,
    ),
)]
#[post("/v1/rulebooks/{version}/backtests")]
pub async fn start_backtest(mut call: Call<ManageRulebooks>) -> Answer {
    let period: Option<ReceivedPeriod> = call.optional_json().await?;
    let version = rulebooks::parse(&call.path.version)?;
    let backtest = call
        .app
        .backtests
        .start_run(&call.actor, version, period.unwrap_or_default())
        .await?;
    let location = format!(
        "{}/{}",
        call.request.path().trim_end_matches('/'),
        backtest.id
    );
    Ok(HttpResponse::Accepted()
        .insert_header((header::LOCATION, location))
        .json(backtest))
}

/// List back-tests
///
/// Those of a version, newest first.
#[utoipa::path(
    tag = "Back-tests",
    params(
        ("version" = String, Path, description = "The version that was tried.", example = "2026.2-missed"),
        Paging,
    ),
    responses((status = 200, description = "A page of back-tests.", body = Listing<Backtest>)),
)]
#[get("/v1/rulebooks/{version}/backtests")]
pub async fn list_backtests(call: Call<ReadBacktests>) -> Answer {
    let paged = call.paging()?;
    let version = rulebooks::parse(&call.path.version)?;
    let page = call
        .app
        .backtests
        .list_runs(&call.actor, version, paged.request)
        .await?;
    Ok(paged.answer(page))
}

/// Get a back-test
///
/// How far it is and what it found: claims and cents by payer and disposition before and after, what other rules decide,
/// and how many claims would change. Ask again while it is `running`.
#[utoipa::path(
    tag = "Back-tests",
    params(
        ("version" = String, Path, description = "The version that is tried.", example = "2026.2-missed"),
        ("id" = BacktestId, Path, description = "The id of the back-test."),
    ),
    responses((status = 200, description = "The back-test.", body = Backtest)),
)]
#[get("/v1/rulebooks/{version}/backtests/{id}")]
pub async fn get_backtest(call: Call<ReadBacktests>) -> Answer {
    let version = &call.path.version;
    let id = call.id(BacktestId::parse, "back-test")?;
    let backtest = call.app.backtests.get_run(&call.actor, version, id);
    Ok(HttpResponse::Ok().json(backtest.await?))
}

/// Cancel a back-test
///
/// Ends it; what it found until then is kept. One that has ended stays as it is.
#[utoipa::path(
    tag = "Back-tests",
    params(
        ("version" = String, Path, description = "The version that is tried.", example = "2026.2-missed"),
        ("id" = BacktestId, Path, description = "The id of the back-test."),
    ),
    responses((status = 200, description = "The back-test, which is not running.", body = Backtest)),
)]
#[post("/v1/rulebooks/{version}/backtests/{id}/cancel")]
pub async fn cancel_backtest(call: Call<ManageRulebooks>) -> Answer {
    let version = &call.path.version;
    let id = call.id(BacktestId::parse, "back-test")?;
    let cancelled = call.app.backtests.cancel_run(&call.actor, version, id);
    Ok(HttpResponse::Ok().json(cancelled.await?))
}
