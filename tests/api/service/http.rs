//! Requests that are no plain ones: by `HEAD`, by HTTP/1.0, or for another protocol.

use reqwest::{Method, header};

use crate::support::{Claim, TestApp, Wire, on_both_databases};

on_both_databases!(
    head_is_answered_like_get_without_the_body,
    an_export_by_http_1_0_has_no_chunks,
    a_request_for_another_protocol_is_answered_as_usual,
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
