//! `/v1/rulebooks/{version}/check` and `/activate`: a version is checked and put into force.

use actix_web::{
    HttpRequest, HttpResponse, post,
    web::{Data, Path, Payload},
};

use super::versions::{self as rulebooks, DocumentedRulebook};
use crate::app::{
    access::permissions::{Allowed, ManageRulebooks, ReadRulebooks},
    application::App,
    expected_version::ExpectedVersion,
    rulebooks::{check::CheckReport, service::ActivationRequest},
};
use crate::http::boundary::{
    body,
    documented::{ActivationRefused, ById, Secured, WithBody},
    etag,
    problem::ApiError,
};
use payerline_domain::{parse::decode::Decode, values::names::VersionName};

/// Check a rulebook
///
/// Proves a version for every claim that can be, not for samples: that each is decided by a rule, that each rule decides
/// some claim, and that no outcome is unlawful. What stands in the way comes with a claim that shows it. Then the
/// version decides its own golden cases. Nothing is stored or changed.
#[utoipa::path(
    tag = "Rulebooks",
    operation_id = "check_rulebook",
    params(("version" = VersionName, Path, description = "The version.", example = "2026.2")),
    responses(
        (status = 200, description = "What was found out. `sound` says whether the version can be activated.", body = CheckReport),
        Secured, ById,
    ),
)]
#[post("/v1/rulebooks/{version}/check")]
pub async fn check(
    version: Path<String>,
    actor: Allowed<ReadRulebooks>,
    app: Data<App>,
) -> Result<HttpResponse, ApiError> {
    let version = rulebooks::parse(&version)?;
    Ok(HttpResponse::Ok().json(app.rulebooks.check(&actor, version).await?))
}

/// Activate a rulebook
///
/// Puts a version into force for claims whose earliest service is on `effective_from` or later, until the day of
/// the next active version. It is checked first, and refused if it is not sound. From now on it never
/// changes. It takes the place of the version that was active from the same day; a version that is active already
/// moves to the new day. To go back to Payerline's own rules, activate a shipped version.
///
/// Claims that are stored keep their decision: `POST /v1/claims/{id}/redecide` decides one again. With `If-Match` it is
/// activated only as you saw it.
#[utoipa::path(
    tag = "Rulebooks",
    operation_id = "activate_rulebook",
    params(
        ("version" = VersionName, Path, description = "The version.", example = "2026.2-maple"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the version that you checked.", example = "\"1\""),
    ),
    request_body(content = ActivationRequest, content_type = "application/json"),
    responses(
        (status = 200, description = "It is in force.", body = DocumentedRulebook, headers(
            ("ETag" = String, description = "Its new revision, in quotes."),
        )),
        Secured, ById, WithBody, ActivationRefused,
    ),
)]
#[post("/v1/rulebooks/{version}/activate")]
pub async fn activate(
    request: HttpRequest,
    version: Path<String>,
    payload: Payload,
    actor: Allowed<ManageRulebooks>,
    app: Data<App>,
) -> Result<HttpResponse, ApiError> {
    let body = body::json(&request, payload).await?;
    let version = rulebooks::parse(&version)?;
    let expected = match etag::parse_if_match(&request) {
        Err(ApiError::IfMatchMissing) => ExpectedVersion::Any,
        expected => expected?,
    };
    let activation = ActivationRequest::parse(&body)?;
    let active = app
        .rulebooks
        .activate(&actor, version, &expected, activation)
        .await?;
    Ok(rulebooks::answer(HttpResponse::Ok(), &active))
}
