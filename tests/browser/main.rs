//! Swagger UI as staff use it: the real service, in a real browser.
//!
//! Needs Debian's `chromium` and `chromium-driver`; without them these tests fail. What the browser
//! showed is kept in `target/browser/`. With `PAYERLINE_UPDATE_SCREENSHOTS=1` the README's picture in
//! `docs/` is taken again.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test fails by panicking, and its sentences are its documentation"
)]

mod chromium;
mod swagger_ui;

use tempfile::TempDir;
use test_support::{ADMIN_KEY, Process};

use chromium::Chromium;
use swagger_ui::SwaggerUi;

/// The operation that staff use most, in the document's words.
const SUBMIT: &str = "submit_claim";
const MVA_EXAMPLE: &str = "mva: stem cells after a car accident";

/// Starts the service and a browser that shows its `/docs`.
async fn run(scenario: impl AsyncFnOnce(&SwaggerUi)) {
    let directory = TempDir::new().expect("a directory");
    let database = format!("sqlite://{}", directory.path().join("test.db").display());
    let command = Process::command(env!("CARGO_BIN_EXE_payerline"), directory.path());
    let mut process = Process::serve(command, &database, ADMIN_KEY);
    let base = process.line("API");
    let chromium = Chromium::start().await;
    let page = SwaggerUi::open(chromium.driver(), &base).await;
    scenario(&page).await;
    chromium.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_submit_a_claim_and_read_who_pays() {
    run(async |page| {
        page.authorize(ADMIN_KEY).await;
        page.expand(SUBMIT).await;
        page.choose_example(MVA_EXAMPLE).await;
        page.execute().await;
        assert_eq!(page.status().await, "201");
        let body = page.body().await;
        assert!(body.contains(r#""payer": "mva""#), "{body}");
        page.keep_screenshot("claim-submitted").await;
        page.update_picture("swagger-ui").await;

        // The key is kept over a reload; the same claim again is a replay.
        page.reload().await;
        page.choose_example(MVA_EXAMPLE).await;
        page.execute().await;
        assert_eq!(page.status().await, "200");
        let headers = page.headers().await;
        assert!(headers.contains("idempotency-replayed: true"), "{headers}");

        page.talked_to_its_own_origin_only().await;
        assert_eq!(page.console_errors().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_is_told_what_is_wrong() {
    run(async |page| {
        page.authorize("pl_a-key-that-nobody-gave-out").await;
        page.expand(SUBMIT).await;
        page.execute().await;
        assert_eq!(page.status().await, "401");
        let body = page.body().await;
        for word in [
            "urn:payerline:problem:unauthenticated",
            "Send an API key that is valid",
        ] {
            assert!(body.contains(word), "{word}: {body}");
        }
        page.keep_screenshot("wrong-key").await;
        page.talked_to_its_own_origin_only().await;
        // The browser itself notes the status, and that is all.
        let errors = page.console_errors().await;
        assert!(
            errors.iter().all(|error| error.contains("status of 401")),
            "{errors:?}"
        );
    })
    .await;
}
