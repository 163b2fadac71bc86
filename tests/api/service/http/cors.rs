//! Pages of other origins: none may call the API unless its origin is configured.

use reqwest::{Method, RequestBuilder};

use crate::support::{ADMIN_KEY, Caller, Database, Process, TestApp, binary_in, on_both_databases};

on_both_databases!(without_origins_no_page_of_another_may_call);
on_both_databases!(bare: pages_of_configured_origins_may_call);

const OURS: &str = "https://billing.example.ca";
const OTHER: &str = "https://elsewhere.example";

/// What a browser asks before it sends a claim from a page of an origin.
fn preflight(caller: &Caller, origin: &str) -> RequestBuilder {
    caller
        .request(Method::OPTIONS, "/v1/claims")
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .header(
            "access-control-request-headers",
            "authorization,content-type",
        )
}

async fn without_origins_no_page_of_another_may_call(app: &TestApp) {
    let nobody = app.without_key();
    let asked = nobody.send(preflight(&nobody, OURS)).await.is(204);
    let request = app
        .request(Method::GET, "/v1/claims")
        .header("origin", OURS);
    let listed = app.send(request).await.is(200);
    for answer in [asked, listed] {
        assert_eq!(answer.find_header("access-control-allow-origin"), None);
        assert_eq!(answer.find_header("access-control-allow-methods"), None);
    }
}

async fn pages_of_configured_origins_may_call(database: &Database) {
    let mut command = binary_in(&std::env::temp_dir());
    command.env(
        "PAYERLINE_CORS_ORIGINS",
        format!("{OURS},http://localhost:3000"),
    );
    let mut process = Process::serve(command, database.url(), ADMIN_KEY);
    let app = process.caller();
    let nobody = app.without_key();

    for origin in [OURS, "http://localhost:3000"] {
        let asked = nobody.send(preflight(&nobody, origin)).await.is(200);
        assert_eq!(asked.header("access-control-allow-origin"), origin);
        assert!(
            asked
                .header("access-control-allow-methods")
                .contains("POST")
        );
        let headers = asked.header("access-control-allow-headers").to_lowercase();
        for name in ["authorization", "content-type", "if-match"] {
            assert!(headers.contains(name), "{headers}");
        }
        assert_eq!(asked.find_header("access-control-allow-credentials"), None);
    }
    let request = app
        .request(Method::GET, "/v1/claims")
        .header("origin", OURS);
    let listed = app.send(request).await.is(200);
    assert_eq!(listed.header("access-control-allow-origin"), OURS);
    let exposed = listed
        .header("access-control-expose-headers")
        .to_lowercase();
    for name in ["etag", "location", "x-request-id", "idempotency-replayed"] {
        assert!(exposed.contains(name), "{exposed}");
    }
    // A page may read why its request was refused.
    let request = nobody
        .request(Method::GET, "/v1/claims")
        .header("origin", OURS);
    let refused = nobody.send(request).await.is(401);
    assert_eq!(refused.header("access-control-allow-origin"), OURS);

    nobody.send(preflight(&nobody, OTHER)).await.problem(400);
    let request = app
        .request(Method::GET, "/v1/claims")
        .header("origin", OTHER);
    let listed = app.send(request).await.is(200);
    assert_eq!(listed.find_header("access-control-allow-origin"), None);
    let options = nobody.request(Method::OPTIONS, "/v1/claims");
    let options = nobody.send(options).await.is(204);
    assert_eq!(options.header("allow"), "GET, HEAD, POST, OPTIONS");
}

#[test]
fn what_is_no_origin_is_refused_at_the_start() {
    let directory = tempfile::TempDir::new().expect("a directory");
    let mut command = binary_in(directory.path());
    command.env("PAYERLINE_CORS_ORIGINS", "billing.example.ca");
    let output = command.arg("serve").output().expect("it runs");
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("\"billing.example.ca\" is no origin"),
        "{said}"
    );
}
