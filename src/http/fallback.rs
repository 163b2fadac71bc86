//! Requests that no operation takes: for the document itself, for the methods of a path, for a known path with another
//! method, for an unknown path.

use std::{collections::BTreeMap, sync::LazyLock};

use actix_web::{
    HttpRequest, HttpResponse,
    dev::ResourceDef,
    http::{Method, header},
    web::{Bytes, Data},
};
use serde::{Deserialize, de::IgnoredAny};

use super::{
    boundary::{body, call::Answer, problem::ApiError},
    openapi::{COMMITTED_DOCUMENT, COMMITTED_DOCUMENT_3_0, DOCUMENT_3_0_PATH, DOCUMENT_PATH},
    static_files::StaticFile,
    swagger_ui::{DOCS_PATH, FILES_PATH},
};
use crate::app::error::AppError;

static DOCUMENT: LazyLock<StaticFile> = LazyLock::new(|| json_file(COMMITTED_DOCUMENT));
static DOCUMENT_3_0: LazyLock<StaticFile> = LazyLock::new(|| json_file(COMMITTED_DOCUMENT_3_0));

fn json_file(text: &'static str) -> StaticFile {
    StaticFile::from_plain(body::JSON, Bytes::from_static(text.as_bytes()))
}

pub async fn send_document(request: HttpRequest) -> Answer {
    DOCUMENT.answer(&request)
}

pub async fn send_document_3_0(request: HttpRequest) -> Answer {
    DOCUMENT_3_0.answer(&request)
}

/// Whatever takes `GET` takes `HEAD`, and every path takes `OPTIONS`.
const READING: &str = "GET, HEAD";

/// The methods of every path, read from the document.
pub struct KnownPaths(Vec<KnownPath>);

struct KnownPath {
    pattern: ResourceDef,
    /// How it is named to people.
    name: String,
    methods: String,
}

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
        let documented = documented.map(|(path, item)| KnownPath {
            pattern: ResourceDef::new(path.as_str()),
            name: path.clone(),
            methods: list_methods(item),
        });
        let others = [
            (DOCUMENT_PATH, DOCUMENT_PATH),
            (DOCUMENT_3_0_PATH, DOCUMENT_3_0_PATH),
            ("/", "/"),
            ("/docs", "/docs"),
            (FILES_PATH, DOCS_PATH),
        ];
        let others = others.map(|(pattern, name)| KnownPath {
            pattern: ResourceDef::new(pattern),
            name: name.to_owned(),
            methods: format!("{READING}, OPTIONS"),
        });
        Ok(Self(documented.chain(others).collect()))
    }

    fn find(&self, path: &str) -> Option<&KnownPath> {
        let matching = || self.0.iter().filter(|it| it.pattern.is_match(path));
        // A fixed path wins over a pattern, as in actix's routing.
        let fixed = matching().find(|it| it.pattern.pattern() == Some(path));
        fixed.or_else(|| matching().next())
    }

    /// Finds the path that is meant by one with a slash too much.
    fn find_meant(&self, path: &str) -> Option<&KnownPath> {
        let parts = path.split('/').filter(|part| !part.is_empty());
        let meant: String = parts.flat_map(|part| ["/", part]).collect();
        if meant == path {
            None
        } else {
            self.find(&meant)
        }
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
    let taken = taken.map(|(_, name)| *name).chain(["OPTIONS"]);
    taken.collect::<Vec<_>>().join(", ")
}

/// Answers a request that no operation takes: `OPTIONS` with the methods of the path, another method with 405, an
/// unknown path with 404.
pub async fn answer(request: HttpRequest, known: Data<KnownPaths>) -> Answer {
    let Some(path) = known.find(request.path()) else {
        return Err(match known.find_meant(request.path()) {
            Some(meant) => ApiError::SlashTooMany(meant.name.clone()),
            None => AppError::NotFound("path").into(),
        });
    };
    if request.method() == Method::OPTIONS {
        let mut answer = HttpResponse::NoContent();
        return Ok(answer
            .insert_header((header::ALLOW, path.methods.as_str()))
            .finish());
    }
    Err(ApiError::MethodNotAllowed(path.methods.clone()))
}
