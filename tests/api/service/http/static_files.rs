//! The OpenAPI document and the files of Swagger UI: compressed, and fetched anew only when the program has others.

use std::io::Read;

use flate2::read::GzDecoder;
use reqwest::{Method, header};

use crate::support::{Answer, TestApp, on_both_databases};

on_both_databases!(
    files_come_compressed_to_who_takes_that,
    a_file_that_the_client_has_is_not_sent_again,
    a_visit_takes_less_than_a_megabyte,
);

const FILES: [&str; 5] = [
    "/openapi.json",
    "/docs/",
    "/docs/swagger-ui-bundle.js",
    "/docs/swagger-ui.css",
    "/docs/swagger-initializer.js",
];

async fn fetch(app: &TestApp, path: &str, name: header::HeaderName, value: &str) -> Answer {
    let nobody = app.without_key();
    let request = nobody.request(Method::GET, path).header(name, value);
    nobody.send(request).await
}

fn unpack(answer: &Answer) -> String {
    let mut text = String::new();
    let read = GzDecoder::new(answer.body()).read_to_string(&mut text);
    read.expect("gzip");
    text
}

async fn files_come_compressed_to_who_takes_that(app: &TestApp) {
    for path in FILES {
        let plain = app.without_key().get(path).await.is(200);
        assert_eq!(plain.find_header("content-encoding"), None, "{path}");
        for accepted in ["gzip", "deflate, gzip;q=0.5, br", "x-gzip, gzip;q=1"] {
            let packed = fetch(app, path, header::ACCEPT_ENCODING, accepted).await;
            let packed = packed.is(200);
            assert_eq!(packed.header("content-encoding"), "gzip", "{path}");
            assert_eq!(packed.header("content-type"), plain.header("content-type"));
            assert_eq!(packed.header("etag"), plain.header("etag"));
            assert_eq!(unpack(&packed), plain.text(), "{path}");
        }
        for accepted in ["identity", "br", "gzip;q=0", ""] {
            let answer = fetch(app, path, header::ACCEPT_ENCODING, accepted).await;
            assert_eq!(answer.is(200).text(), plain.text(), "{path}");
        }
        assert_eq!(plain.header("vary"), "Accept-Encoding");
    }
}

async fn a_file_that_the_client_has_is_not_sent_again(app: &TestApp) {
    for path in FILES {
        let first = app.without_key().get(path).await.is(200);
        assert_eq!(first.header("cache-control"), "public, max-age=3600");
        let etag = first.header("etag");
        for known in [etag, "*", &format!("\"other\", {etag}")] {
            let again = fetch(app, path, header::IF_NONE_MATCH, known).await.is(304);
            assert_eq!(again.text(), "");
            assert_eq!(again.header("etag"), etag);
            assert_eq!(again.header("cache-control"), "public, max-age=3600");
        }
        let other = fetch(app, path, header::IF_NONE_MATCH, "\"other\"").await;
        assert_eq!(other.is(200).text(), first.text());
    }
    // What is not of the program is not kept.
    let claims = app.get("/v1/claims").await.is(200);
    assert_eq!(claims.header("cache-control"), "no-store");
    app.get("/docs/nothing.js").await.problem(404);
}

async fn a_visit_takes_less_than_a_megabyte(app: &TestApp) {
    let mut bytes = 0;
    for path in FILES {
        let packed = fetch(app, path, header::ACCEPT_ENCODING, "gzip").await;
        bytes += packed.is(200).body().len();
    }
    assert!(bytes < 700_000, "{bytes} bytes");
}
