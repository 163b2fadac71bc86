//! Requests that no operation takes: for the document itself, for a known path with another method, for an unknown path.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, dev::ResourceDef, web::Data};
use serde::{Deserialize, de::IgnoredAny};

use super::{
    boundary::problem::ApiError,
    openapi::{COMMITTED_DOCUMENT, DOCUMENT_PATH},
};
use crate::app::error::AppError;

pub async fn send_document() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .body(COMMITTED_DOCUMENT)
}

/// Whatever takes `GET` takes `HEAD`.
const READING: &str = "GET, HEAD";

/// The methods of every path, read from the document.
pub struct KnownPaths(Vec<(ResourceDef, String)>);

/// The part of the document that lists the paths.
#[derive(Deserialize)]
struct Paths {
    /// By path, then by method.
    paths: BTreeMap<String, BTreeMap<String, IgnoredAny>>,
}

impl KnownPaths {
    /// Reads the paths of the document, and adds those outside it.
    pub fn read() -> Result<Self, serde_json::Error> {
        let document: Paths = serde_json::from_str(COMMITTED_DOCUMENT)?;
        let documented = document.paths.iter();
        let documented = documented.map(|(path, item)| (path.as_str(), list_methods(item)));
        let others = [DOCUMENT_PATH, "/", "/docs", "/docs/{file:.*}"];
        let others = others.map(|path| (path, READING.to_owned()));
        let all = documented.chain(others);
        Ok(Self(
            all.map(|(path, methods)| (ResourceDef::new(path), methods))
                .collect(),
        ))
    }
}

fn list_methods(item: &BTreeMap<String, IgnoredAny>) -> String {
    let methods = [
        ("get", READING),
        ("put", "PUT"),
        ("post", "POST"),
        ("delete", "DELETE"),
        ("patch", "PATCH"),
    ];
    let taken = methods.iter().filter(|(key, _)| item.contains_key(*key));
    taken.map(|(_, name)| *name).collect::<Vec<_>>().join(", ")
}

/// Refuses a request that no operation takes: with 405 for a known path, with 404 for an unknown one.
pub async fn refuse(
    request: HttpRequest,
    known: Data<KnownPaths>,
) -> Result<HttpResponse, ApiError> {
    // A fixed path wins over a pattern, as in actix's routing.
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
