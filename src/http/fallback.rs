//! What no operation takes: the document itself, known paths with other methods, unknown paths.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, dev::ResourceDef, web::Data};
use serde::{Deserialize, de::IgnoredAny};

use super::{
    boundary::problem::ApiError,
    openapi::{COMMITTED, DOCUMENT_PATH},
};
use crate::app::error::AppError;

/// Sends the OpenAPI document.
pub async fn document() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .body(COMMITTED)
}

/// The methods of every path, read off the document.
pub struct KnownPaths(Vec<(ResourceDef, String)>);

/// What of the document says which paths there are.
#[derive(Deserialize)]
struct Paths {
    paths: BTreeMap<String, PathItem>,
}

/// The operations of a path.
#[derive(Deserialize)]
struct PathItem {
    get: Option<IgnoredAny>,
    put: Option<IgnoredAny>,
    post: Option<IgnoredAny>,
    delete: Option<IgnoredAny>,
    patch: Option<IgnoredAny>,
}

impl KnownPaths {
    /// The paths of the document, and those outside it.
    ///
    /// # Errors
    /// When the document is not what it should be; it is part of the binary.
    pub fn read() -> Result<Self, serde_json::Error> {
        let document: Paths = serde_json::from_str(COMMITTED)?;
        let documented = document.paths.iter();
        let documented = documented.map(|(path, item)| (path.as_str(), methods(item)));
        let others = [DOCUMENT_PATH, "/", "/docs", "/docs/{file:.*}"];
        let others = others.map(|path| (path, "GET".to_owned()));
        let all = documented.chain(others);
        Ok(Self(
            all.map(|(path, methods)| (ResourceDef::new(path), methods))
                .collect(),
        ))
    }
}

fn methods(item: &PathItem) -> String {
    let methods = [
        ("GET", item.get.is_some()),
        ("PUT", item.put.is_some()),
        ("POST", item.post.is_some()),
        ("DELETE", item.delete.is_some()),
        ("PATCH", item.patch.is_some()),
    ];
    let there = methods.iter().filter(|(_, there)| *there);
    there.map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}

/// Answers what no operation takes.
///
/// # Errors
/// Always: 405 for a known path, 404 for an unknown one.
pub async fn fallback(
    request: HttpRequest,
    known: Data<KnownPaths>,
) -> Result<HttpResponse, ApiError> {
    // A fixed path wins over a pattern, as in routing.
    let matching = || {
        known
            .0
            .iter()
            .filter(|(path, _)| path.is_match(request.path()))
    };
    let fixed = matching().find(|(path, _)| path.pattern() == Some(request.path()));
    match fixed.or_else(|| matching().next()) {
        Some((_, methods)) => Err(ApiError::MethodNotAllowed(methods.clone())),
        None => Err(AppError::NotFound("path").into()),
    }
}
