//! `/v1/rulebooks/{version}/difference`: where two versions decide differently.

use actix_web::{
    HttpRequest, HttpResponse, get,
    web::{Data, Path},
};
use utoipa::IntoParams;

use super::versions;
use crate::app::{
    access::permissions::{Allowed, ReadRulebooks},
    application::App,
};
use crate::http::boundary::{
    documented::{ById, Listed, Secured},
    problem::ApiError,
    query::Query,
};
use payerline_domain::values::names::VersionName;
use payerline_rulebook::proof::Differences;

/// The parameters, for the documentation.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `difference` reads")]
struct DifferenceQuery {
    /// The version with which it is compared.
    #[param(example = "2026.2")]
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
    operation_id = "compare_rulebooks",
    params(
        ("version" = VersionName, Path, description = "The version.", example = "2026.2-maple"),
        DifferenceQuery,
    ),
    responses(
        (status = 200, description = "What is decided differently.", body = Differences),
        Secured, ById, Listed,
    ),
)]
#[get("/v1/rulebooks/{version}/difference")]
pub async fn difference(
    request: HttpRequest,
    version: Path<String>,
    actor: Allowed<ReadRulebooks>,
    app: Data<App>,
) -> Result<HttpResponse, ApiError> {
    let to = versions::parse(&version)?;
    let mut query = Query::parse(&request);
    let from = query.require("from", VersionName::parse);
    let from = query.settle(from)?;
    let differences = app.rulebooks.differences(&actor, from, to).await?;
    Ok(HttpResponse::Ok().json(differences))
}
