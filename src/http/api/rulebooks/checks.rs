//! `/v1/rulebooks/{version}/check`, `/difference` and `/activate`: a version is checked, compared with another and put into
//! force.

use actix_web::{HttpResponse, get, post};
use utoipa::IntoParams;

use super::versions::{self as rulebooks, DocumentedRulebook};
use crate::app::{
    access::permissions::{ManageRulebooks, ReadRulebooks},
    expected_version::ExpectedVersion,
    rulebooks::{check::CheckReport, service::ActivationRequest},
};
use crate::http::boundary::{
    call::{Answer, Call},
    documented::ActivationRefused,
    problem::ApiError,
    query::Query,
};
use payerline_domain::{parse::decode::Decode, values::names::VersionName};
use payerline_rulebook::{proof::Differences, shipped};

/// Check a rulebook
///
/// Proves a version for every claim that can be, not for samples: that each is decided by a rule, that each rule decides
/// some claim, and that no outcome is unlawful. What stands in the way comes with a claim that shows it. Then the
/// version decides its own golden cases. Nothing is stored or changed.
#[utoipa::path(
    tag = "Rulebooks",
    params(("version" = VersionName, Path, description = "The version.", example = "2026.2-missed")),
    responses((status = 200, description = "What was found out. `sound` says whether the version can be activated.", body = CheckReport)),
)]
#[post("/v1/rulebooks/{version}/check")]
pub async fn check_rulebook(call: Call<ReadRulebooks>) -> Answer {
    let version = rulebooks::parse(&call.path.version)?;
    Ok(HttpResponse::Ok().json(call.app.rulebooks.check(&call.actor, version).await?))
}

/// The parameters, for the documentation.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `difference` reads")]
struct DifferenceQuery {
    /// The version with which it is compared.
    #[param(example = json!(shipped::VERSION))]
    from: VersionName,
}

/// Compare two rulebooks
///
/// The situations that two versions decide differently, over every claim that can be: another payer, disposition,
/// billing order, required document or finding. Each comes with a claim that shows it and what both versions decide
/// about it. Texts and the names of rules are not compared. At most 20 situations are listed, those with another
/// payer first; `complete` says whether these are all.
#[utoipa::path(
    tag = "Rulebooks",
    params(
        ("version" = VersionName, Path, description = "The version.", example = "2026.2-missed"),
        DifferenceQuery,
    ),
    responses((status = 200, description = "What is decided differently.", body = Differences)),
)]
#[get("/v1/rulebooks/{version}/difference")]
pub async fn compare_rulebooks(call: Call<ReadRulebooks>) -> Answer {
    let to = rulebooks::parse(&call.path.version)?;
    let mut query = Query::parse(&call.request);
    let from = query.require("from", VersionName::parse);
    let from = query.settle(from)?;
    let differences = call
        .app
        .rulebooks
        .differences(&call.actor, from, to)
        .await?;
    Ok(HttpResponse::Ok().json(differences))
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
    params(
        ("version" = VersionName, Path, description = "The version.", example = "2026.2-missed"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the version that you checked."),
    ),
    request_body(content = ActivationRequest, content_type = "application/json"),
    responses(
        (status = 200, description = "It is in force.", body = DocumentedRulebook, headers(
            ("ETag" = String, description = "Its new revision, in quotes."),
        )),
        ActivationRefused,
    ),
)]
#[post("/v1/rulebooks/{version}/activate")]
pub async fn activate_rulebook(mut call: Call<ManageRulebooks>) -> Answer {
    let body = call.body().await?;
    let version = rulebooks::parse(&call.path.version)?;
    let expected = match call.expected_version() {
        Err(ApiError::IfMatchMissing) => ExpectedVersion::Any,
        expected => expected?,
    };
    let activation = ActivationRequest::parse(&body)?;
    let active = call
        .app
        .rulebooks
        .activate(&call.actor, version, &expected, activation)
        .await?;
    Ok(rulebooks::answer(HttpResponse::Ok(), &active))
}
