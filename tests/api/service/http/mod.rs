//! Requests that are no plain ones: by `HEAD`, by HTTP/1.0, for another protocol, malformed, or to a path with a slash too
//! much.

mod cors;
mod static_files;

use std::time::{Duration, Instant};

use reqwest::{Method, header};
use serde_json::{Value, json};

use crate::support::{Claim, TestApp, Wire, check_problem, on_both_databases};

on_both_databases!(
    head_is_answered_like_get_without_the_body,
    options_says_which_methods_there_are,
    an_export_by_http_1_0_has_no_chunks,
    a_batch_by_http_1_0_has_no_chunks,
    a_request_for_another_protocol_is_answered_as_usual,
    no_request_is_lost_on_a_connection_that_ends,
    a_body_for_another_protocol_ends_where_it_says,
    malformed_chunks_are_answered_with_400,
    a_slash_too_many_is_named,
);

const CSV: &str = "text/csv";

async fn head_is_answered_like_get_without_the_body(app: &TestApp) {
    let stored = app.submit(&Claim::new("INV-1")).await.is(201).id();
    let claim = format!("/v1/claims/{stored}");
    for (path, accept, status) in [
        ("/healthz", "*/*", 200),
        ("/readyz", "*/*", 200),
        ("/openapi.json", "*/*", 200),
        ("/docs/", "*/*", 200),
        ("/v1/claims", "*/*", 200),
        ("/v1/claims", CSV, 200),
        (claim.as_str(), "*/*", 200),
        ("/nowhere", "*/*", 404),
        ("/v1/classifications", "*/*", 405),
    ] {
        let ask = async |method| {
            let request = app.request(method, path).header(header::ACCEPT, accept);
            request.send().await.expect("an answer")
        };
        let (get, head) = (ask(Method::GET).await, ask(Method::HEAD).await);
        assert_eq!(
            (get.status(), head.status().as_u16()),
            (head.status(), status),
            "{path}"
        );
        for name in [
            header::CONTENT_TYPE,
            header::CONTENT_LENGTH,
            header::ETAG,
            header::ALLOW,
        ] {
            let [expected, found] = [&get, &head].map(|it| it.headers().get(&name));
            assert_eq!(found, expected, "{path}: {name}");
        }
        assert!(head.headers().contains_key("x-request-id"), "{path}");
        assert_eq!(head.bytes().await.expect("the end").len(), 0, "{path}");
        assert!(!get.bytes().await.expect("a body").is_empty(), "{path}");
    }
}

/// The request for an export, without the empty line at its end.
fn export(app: &TestApp, version: &str) -> String {
    let key = app.key();
    format!(
        "GET /v1/claims {version}\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\nAccept: {CSV}\r\n"
    )
}

async fn options_says_which_methods_there_are(app: &TestApp) {
    let nobody = app.without_key();
    for (path, allow) in [
        ("/v1/claims", "GET, HEAD, POST, OPTIONS"),
        ("/v1/claims/batch", "POST, OPTIONS"),
        ("/v1/preauthorizations/x", "GET, HEAD, PUT, OPTIONS"),
        ("/openapi.json", "GET, HEAD, OPTIONS"),
        ("/docs/index.html", "GET, HEAD, OPTIONS"),
        ("/", "GET, HEAD, OPTIONS"),
    ] {
        let answer = nobody.send(nobody.request(Method::OPTIONS, path)).await;
        assert_eq!(answer.is(204).header("allow"), allow, "{path}");
        let refused = nobody.send(nobody.request(Method::PATCH, path)).await;
        assert_eq!(refused.is(405).header("allow"), allow, "{path}");
    }
    let nowhere = nobody.request(Method::OPTIONS, "/nowhere");
    nobody.send(nowhere).await.problem(404);
}

async fn an_export_by_http_1_0_has_no_chunks(app: &TestApp) {
    app.submit(&Claim::new("INV-1")).await.is(201);
    let request = app.request(Method::GET, "/v1/claims");
    let whole = app.send(request.header(header::ACCEPT, CSV)).await.text();
    for connection in ["", "Connection: keep-alive\r\n"] {
        let mut wire = Wire::connect(app).await;
        let request = export(app, "HTTP/1.0") + connection + "\r\n";
        wire.send(&request).await;
        let answer = wire.read_last_answer().await;
        assert!(!answer.head.contains("chunked"), "{}", answer.head);
        assert_eq!(String::from_utf8_lossy(&answer.body), whole);
    }
}

async fn a_batch_by_http_1_0_has_no_chunks(app: &TestApp) {
    let lines: String = (0..300)
        .map(|number| Claim::new(&format!("INV-{number}")).text() + "\n")
        .collect();
    for connection in ["", "Connection: keep-alive\r\n"] {
        let mut wire = Wire::connect(app).await;
        let (key, length) = (app.key(), lines.len());
        wire.send(&format!(
            "POST /v1/claims/batch HTTP/1.0\r\nAuthorization: Bearer {key}\r\nContent-Type: application/x-ndjson\r\n\
             Content-Length: {length}\r\n{connection}\r\n{lines}"
        ))
        .await;
        let answer = wire.read_last_answer().await;
        assert!(answer.head.starts_with("http/1.0 200 "), "{}", answer.head);
        assert!(!answer.head.contains("chunked"), "{}", answer.head);
        assert!(!answer.head.contains("keep-alive"), "{}", answer.head);
        let text = String::from_utf8(answer.body).expect("text");
        let results: Vec<Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect();
        assert_eq!(results.len(), 300);
    }
}

async fn a_request_for_another_protocol_is_answered_as_usual(app: &TestApp) {
    app.submit(&Claim::new("INV-1")).await.is(201);
    let request = app.request(Method::GET, "/v1/claims");
    let whole = app.send(request.header(header::ACCEPT, CSV)).await.text();
    for asked in [
        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA",
        "Connection: Upgrade\r\nUpgrade: websocket",
    ] {
        let mut wire = Wire::connect(app).await;
        wire.send(&format!(
            "GET /healthz HTTP/1.1\r\nHost: localhost\r\n{asked}\r\n\r\n"
        ))
        .await;
        let answer = wire.read_last_answer().await;
        assert!(answer.head.starts_with("http/1.1 200 "), "{}", answer.head);
        assert!(answer.closes(), "{}", answer.head);
        assert!(!answer.head.contains("upgrade"), "{}", answer.head);
        assert_eq!(answer.body, br#"{"status":"ok"}"#);

        let mut wire = Wire::connect(app).await;
        wire.send(&format!("{}{asked}\r\n\r\n", export(app, "HTTP/1.1")))
            .await;
        let answer = wire.read_last_answer().await;
        assert!(
            answer.closes() && !answer.head.contains("chunked"),
            "{}",
            answer.head
        );
        assert_eq!(String::from_utf8_lossy(&answer.body), whole);
    }
}

/// What asks for another protocol, as the JDK's client, curl and browsers write it.
const PROTOCOLS: [&str; 4] = [
    "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\n",
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n",
    "Upgrade: websocket\r\n",
    "Upgrade: TLS/1.2\r\n",
];

/// A whole request with a body.
fn posted(app: &TestApp, path: &str, headers: &str, body: &str) -> String {
    let (key, length) = (app.key(), body.len());
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n{headers}\r\n{body}"
    )
}

async fn no_request_is_lost_on_a_connection_that_ends(app: &TestApp) {
    let claim = Claim::new("INV-1").text();
    for protocol in PROTOCOLS {
        let requests = [
            format!("GET /healthz HTTP/1.1\r\nHost: localhost\r\n{protocol}\r\n"),
            format!("GET /nowhere HTTP/1.1\r\nHost: localhost\r\n{protocol}\r\n"),
            posted(app, "/v1/classifications", protocol, &claim),
            posted(app, "/v1/claims", protocol, "no JSON"),
            posted(app, "/nowhere", protocol, &claim),
        ];
        for request in requests {
            let mut wire = Wire::connect(app).await;
            wire.send(&request).await;
            let answer = wire.read_answer().await;
            assert!(answer.head.starts_with("http/1.1 "), "{}", answer.head);
            if answer.closes() {
                assert!(wire.read_to_end().await.is_empty(), "{request}");
                continue;
            }
            // Then the client may send its next request, which is answered.
            wire.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
                .await;
            let next = wire.read_answer().await;
            assert!(next.head.starts_with("http/1.1 200 "), "{}", next.head);
        }
    }
}

async fn a_body_for_another_protocol_ends_where_it_says(app: &TestApp) {
    for (number, protocol) in PROTOCOLS.iter().enumerate() {
        let began = Instant::now();
        let claim = Claim::new(&format!("INV-{number}")).text();
        let mut wire = Wire::connect(app).await;
        wire.send(&posted(app, "/v1/claims", protocol, &claim))
            .await;
        let answer = wire.read_answer().await;
        assert!(answer.head.starts_with("http/1.1 201 "), "{}", answer.head);
        assert!(answer.closes(), "{}", answer.head);

        // A body that is not there is no body, and one in two pieces is one.
        let mut wire = Wire::connect(app).await;
        let key = app.key();
        wire.send(&format!(
            "POST /v1/claims HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n\
             Content-Type: application/json\r\n{protocol}\r\n"
        ))
        .await;
        let answer = wire.read_answer().await;
        assert!(answer.head.starts_with("http/1.1 400 "), "{}", answer.head);
        let mut wire = Wire::connect(app).await;
        let request = posted(app, "/v1/claims", protocol, &claim);
        let (start, end) = request.split_at(request.len() - 10);
        wire.send(start).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        wire.send(end).await;
        let answer = wire.read_answer().await;
        assert!(answer.head.starts_with("http/1.1 200 "), "{}", answer.head);
        assert!(began.elapsed() < Duration::from_secs(10), "{protocol}");
    }
}

async fn malformed_chunks_are_answered_with_400(app: &TestApp) {
    let claim = Claim::new("INV-1").text();
    let length = claim.len();
    for body in [
        "zz\r\n{}\r\n0\r\n\r\n".to_owned(),
        "-5\r\nhello\r\n0\r\n\r\n".to_owned(),
        "\r\n{}\r\n".to_owned(),
        "ffffffffffffffffff\r\n{}\r\n".to_owned(),
        "0x2\r\n{}\r\n0\r\n\r\n".to_owned(),
        format!("{length:x}\r\n{claim}too long\r\n0\r\n\r\n"),
        format!("{length:x}\r\n{claim}\r\nnext\r\n"),
    ] {
        for (path, content_type) in [
            ("/v1/claims", "application/json"),
            ("/v1/claims/batch", "application/x-ndjson"),
        ] {
            // An unknown key is looked up in the database, and the body is malformed before it is known.
            for key in [app.key(), "unknown"] {
                let mut wire = Wire::connect(app).await;
                wire.send(&format!(
                    "POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n\
                     Content-Type: {content_type}\r\nTransfer-Encoding: chunked\r\nX-Request-Id: mine\r\n\r\n{body}"
                ))
                .await;
                let answer = wire.read_answer().await;
                // The lines of a batch have their results; then it breaks off. The key may be known to be unknown by then.
                let begun = path.ends_with("batch") && answer.head.starts_with("http/1.1 200 ");
                if begun || key == "unknown" && answer.head.starts_with("http/1.1 401 ") {
                    continue;
                }
                assert!(
                    answer.head.starts_with("http/1.1 400 "),
                    "{body}: {}",
                    answer.head
                );
                assert!(
                    answer.head.contains("\r\nx-client-request-id: mine\r\n"),
                    "{}",
                    answer.head
                );
                let problem: Value = serde_json::from_slice(&answer.body).expect("a problem");
                check_problem(&problem, 400);
                assert_eq!(problem["type"], "urn:payerline:problem:unreadable-body");
                assert!(wire.read_to_end().await.is_empty());
            }
        }
    }
    let list = app.get("/v1/claims").await.is(200).json();
    let stored = list["data"].as_array().expect("a list").len();
    assert!(stored <= 1, "{list}");
    // Well-formed chunks are a body.
    let mut wire = Wire::connect(app).await;
    let key = app.key();
    wire.send(&format!(
        "POST /v1/classifications HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n\
         Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n{length:x};a=b\r\n{claim}\r\n0\r\n\r\n"
    ))
    .await;
    let answer = wire.read_answer().await;
    assert!(answer.head.starts_with("http/1.1 200 "), "{}", answer.head);
}

async fn a_slash_too_many_is_named(app: &TestApp) {
    for (path, meant) in [
        ("/v1/claims/", "/v1/claims"),
        ("//v1/claims", "/v1/claims"),
        ("/v1//claims?limit=1", "/v1/claims"),
        ("/v1/claims//P-4411", "/v1/claims/{id}"),
        (
            "/v1/claims/P-4411/explanation/",
            "/v1/claims/{id}/explanation",
        ),
        ("/openapi.json/", "/openapi.json"),
        ("/healthz/", "/healthz"),
        ("//docs/", "/docs"),
        ("//docs//index.html", "/docs/"),
    ] {
        for method in [Method::GET, Method::POST] {
            let problem = app.send(app.request(method, path)).await.problem(404);
            assert_eq!(problem.member("type"), "urn:payerline:problem:not-found");
            let detail = problem.member("detail").as_str().expect("text");
            assert!(detail.contains(&format!("`{meant}`")), "{path}: {detail}");
            assert!(!detail.contains("4411"), "{detail}");
        }
    }
    for path in ["/v1/claim/", "/v2//claims", "//"] {
        let problem = app.get(path).await.problem(404);
        assert_eq!(problem.member("detail"), &json!("There is no such path."));
    }
}
