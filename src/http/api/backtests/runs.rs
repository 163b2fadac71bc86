//! `/v1/rulebooks/{version}/backtests`: a version tried on stored claims in the background.

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::header,
    post,
    web::{Data, Path, Payload},
};

use crate::http::{
    api::{access::keys, rulebooks::versions as rulebooks},
    boundary::{
        auth::Authenticated,
        body,
        documented::{Listed, OfOne, OneAtATime, Secured, WithBody},
        paging::{self, Listing, Paging},
        problem::ApiError,
        query::Query,
    },
};
use crate::{
    app::{backtests::service::Backtests, clock},
    store::{NewBacktest, StartedBacktest, Store},
};
use payerline_domain::{
    access::{Actor, Permission},
    backtests::backtest::{Backtest, ReceivedPeriod},
    rulebooks::StoredRulebook,
    values::{
        ids::{BacktestId, ClinicId},
        names::VersionName,
    },
};

/// Start a back-test
///
/// Tries a version of a rulebook, a draft too, on the claims received in a period, in the background: each is decided
/// again by the version, from what was sent and what was known when it was decided, and compared with the decision
/// that is stored now. The version decides all of them, whatever their day of service. Nothing is stored with the
/// claims. A clinic has one back-test at a time. It goes on after a restart, and slows down while the
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
        Secured, OfOne, WithBody, OneAtATime,
    ),
)]
#[post("/v1/rulebooks/{version}/backtests")]
pub async fn start(
    request: HttpRequest,
    version: Path<String>,
    payload: Payload,
    caller: Authenticated,
    store: Data<Store>,
    backtests: Data<Backtests>,
) -> Result<HttpResponse, ApiError> {
    let caller = caller.allowed(Permission::ManageRulebooks)?;
    let body = body::json_or_nothing(&request, payload).await?;
    let period: ReceivedPeriod = if body.is_empty() {
        ReceivedPeriod::default()
    } else {
        keys::parse(&body)?
    };
    let version = rulebooks::parse(&version)?;
    let rulebook = rulebook(&store, caller.clinic, version.clone()).await?;
    let now = clock::now();
    let started = store.start_backtest(NewBacktest {
        clinic: caller.clinic,
        id: clock::new_id(now)?.into(),
        actor: caller.key,
        version,
        sha256: rulebook.summary.sha256,
        table: rulebook.table.as_str().to_owned(),
        period,
        now,
    });
    match started.await? {
        StartedBacktest::Started(backtest) => {
            backtests.wake();
            let location = format!("{}/{}", request.path().trim_end_matches('/'), backtest.id);
            Ok(HttpResponse::Accepted()
                .insert_header((header::LOCATION, location))
                .json(backtest))
        }
        StartedBacktest::Running(id) => Err(ApiError::BacktestRunning(id)),
    }
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
        Secured, OfOne, Listed,
    ),
)]
#[get("/v1/rulebooks/{version}/backtests")]
pub async fn list(
    request: HttpRequest,
    version: Path<String>,
    caller: Authenticated,
    store: Data<Store>,
) -> Result<HttpResponse, ApiError> {
    let caller = reader(caller)?;
    let mut query = Query::of(&request);
    let paged = paging::read(&mut query);
    query.finish()?;
    let version = rulebooks::parse(&version)?;
    let page = store.backtests(caller.clinic, version.clone(), paged.request);
    let page = page.await?;
    if page.data.is_empty() {
        // Back-tests outlive a draft that was thrown away; without any, the version must be there.
        rulebook(&store, caller.clinic, version).await?;
    }
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
        Secured, OfOne,
    ),
)]
#[get("/v1/rulebooks/{version}/backtests/{id}")]
pub async fn get(
    path: Path<(String, String)>,
    caller: Authenticated,
    store: Data<Store>,
) -> Result<HttpResponse, ApiError> {
    let caller = reader(caller)?;
    Ok(HttpResponse::Ok().json(find(&store, &caller, &path).await?))
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
        Secured, OfOne,
    ),
)]
#[post("/v1/rulebooks/{version}/backtests/{id}/cancel")]
pub async fn cancel(
    path: Path<(String, String)>,
    caller: Authenticated,
    store: Data<Store>,
) -> Result<HttpResponse, ApiError> {
    let caller = caller.allowed(Permission::ManageRulebooks)?;
    let backtest = find(&store, &caller, &path).await?;
    let cancelled = store.cancel_backtest(caller.clinic, backtest.id, clock::now());
    Ok(HttpResponse::Ok().json(cancelled.await?.ok_or_else(missing)?))
}

/// Who may see what back-tests found: they speak of rulebooks and of claims.
pub(crate) fn reader(caller: Authenticated) -> Result<Actor, ApiError> {
    both(caller, Permission::ReadRulebooks, Permission::ReadClaims)
}

/// The caller, if both permissions are theirs.
pub(crate) fn both(
    caller: Authenticated,
    one: Permission,
    other: Permission,
) -> Result<Actor, ApiError> {
    let caller = caller.allowed(one)?;
    if caller.roles.allow(other) {
        Ok(caller)
    } else {
        Err(ApiError::Forbidden(other))
    }
}

/// The back-test at a path of version and id.
pub(crate) async fn find(
    store: &Store,
    caller: &Actor,
    (version, id): &(String, String),
) -> Result<Backtest, ApiError> {
    let id = BacktestId::parse(id).ok_or_else(missing)?;
    let found = store.backtest(caller.clinic, id).await?;
    let found = found.filter(|it| it.version.as_str() == version);
    found.ok_or_else(missing)
}

async fn rulebook(
    store: &Store,
    clinic: ClinicId,
    version: VersionName,
) -> Result<StoredRulebook, ApiError> {
    let found = store.rulebook(clinic, version).await?;
    found.ok_or(ApiError::NotFound("version of a rulebook"))
}

fn missing() -> ApiError {
    ApiError::NotFound("back-test")
}
