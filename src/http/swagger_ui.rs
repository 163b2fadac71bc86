//! `/docs`: Swagger UI, bundled in the binary, on a page of our own.

use std::{
    borrow::Cow,
    sync::{Arc, LazyLock},
};

use actix_web::{
    HttpRequest,
    dev::HttpServiceFactory,
    guard,
    http::header,
    middleware::DefaultHeaders,
    web::{self, Bytes, Path},
};
use utoipa_swagger_ui::Config;

use super::{
    boundary::{body::HTML_UTF_8, call::Answer, problem::ApiError},
    openapi::DOCUMENT_PATH,
    static_files::StaticFile,
};
use crate::app::error::AppError;

/// The path of its page.
pub const DOCS_PATH: &str = "/docs/";
/// The paths of its files.
pub const FILES_PATH: &str = "/docs/{file:.*}";

/// The page loads scripts, styles and pictures of this server only, runs no inline script, sends requests to this server
/// only, and stands in no frame.
const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The files that are written here, by name, with their content type. They stand before Swagger UI's own.
const OWN_FILES: [(&str, &str, &str); 4] = [
    ("", HTML_UTF_8, PAGE),
    ("index.html", HTML_UTF_8, PAGE),
    (
        "page.css",
        "text/css; charset=utf-8",
        include_str!("swagger_ui/page.css"),
    ),
    (
        "initializer.js",
        "text/javascript; charset=utf-8",
        include_str!("swagger_ui/initializer.js"),
    ),
];
const PAGE: &str = include_str!("swagger_ui/page.html");

/// The page has a configuration of its own, in `initializer.js`.
static CONFIG: LazyLock<Arc<Config<'static>>> =
    LazyLock::new(|| Arc::new(Config::from(DOCUMENT_PATH)));

pub fn serve_files() -> impl HttpServiceFactory {
    let headers = DefaultHeaders::new()
        .add((header::CONTENT_SECURITY_POLICY, CONTENT_POLICY))
        .add((header::X_FRAME_OPTIONS, "DENY"))
        .add((header::REFERRER_POLICY, "no-referrer"));
    web::resource(FILES_PATH)
        .guard(guard::Get())
        .wrap(headers)
        .to(send_file)
}

async fn send_file(request: HttpRequest, path: Path<String>) -> Answer {
    let mut own = OWN_FILES.into_iter();
    if let Some((_, content_type, text)) = own.find(|(name, _, _)| *name == path.as_str()) {
        let bytes = Bytes::from_static(text.as_bytes());
        return StaticFile::from_plain(content_type, bytes).answer(&request);
    }
    find_bundled_file(&path)?.answer(&request)
}

fn find_bundled_file(path: &str) -> Result<StaticFile, ApiError> {
    let found = utoipa_swagger_ui::serve(path, Arc::clone(&CONFIG));
    let found = found.map_err(|_| ApiError::internal("Swagger UI cannot be configured"))?;
    let file = found.ok_or(AppError::NotFound("file"))?;
    let bytes = match file.bytes {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => bytes.into(),
    };
    Ok(if file.gzpipped {
        StaticFile::from_gzip(file.content_type, bytes)
    } else {
        StaticFile::from_plain(file.content_type, bytes)
    })
}
