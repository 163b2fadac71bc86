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
use test_support::{ADMIN_KEY, Caller, Claim, Process};

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

        // The key is forgotten by a reload.
        page.reload().await;
        page.execute().await;
        assert_eq!(page.status().await, "401");

        // Unless the person asks to keep it; the same claim again is a replay.
        page.keep_key().await;
        page.authorize(ADMIN_KEY).await;
        page.reload().await;
        page.choose_example(MVA_EXAMPLE).await;
        page.execute().await;
        assert_eq!(page.status().await, "200");
        let headers = page.headers().await;
        assert!(headers.contains("idempotency-replayed: true"), "{headers}");

        // And not any longer.
        page.keep_key().await;
        page.reload().await;
        page.execute().await;
        assert_eq!(page.status().await, "401");

        page.talked_to_its_own_origin_only().await;
        let errors = page.console_errors().await;
        assert!(
            errors.iter().all(|error| error.contains("status of 401")),
            "{errors:?}"
        );
    })
    .await;
}

/// Stores claims of which three need a person, and returns the id of the last.
async fn store_claims(page: &SwaggerUi) -> String {
    let clinic = Caller::new(page.base(), ADMIN_KEY);
    let mut id = String::new();
    for name in [
        "private-physiotherapy",
        "review-accident-form",
        "review-wsib-denied",
        "review-veteran",
        "mva-stem-cell-knee",
    ] {
        id = clinic.submit(&Claim::example(name)).await.is(201).id();
    }
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_ask_what_needs_them_and_why() {
    run(async |page| {
        let id = store_claims(page).await;
        page.authorize(ADMIN_KEY).await;
        page.expand("list_claims").await;
        // Nothing else is filled in.
        page.choose("status", "needs_review").await;
        page.execute().await;
        assert_eq!(page.status().await, "200");
        let body = page.body().await;
        let found = body.matches(r#""status": "needs_review""#).count();
        assert_eq!(found, 3, "{body}");
        page.keep_screenshot("what-needs-me").await;
        page.collapse("list_claims").await;

        page.expand("explain_claim").await;
        page.type_into("id", &id).await;
        page.execute().await;
        assert_eq!(page.status().await, "200");
        let text = page.body().await;
        assert!(!text.starts_with('{') && text.contains("OCF-18"), "{text}");
        page.keep_screenshot("explanation").await;
        assert_eq!(page.console_errors().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_claims_are_sent_as_they_are_offered() {
    run(async |page| {
        page.authorize(ADMIN_KEY).await;
        page.expand("submit_claims").await;
        page.execute().await;
        assert_eq!(page.status().await, "200");
        let body = page.body().await;
        assert_eq!(body.matches("201").count(), 4, "{body}");
        page.keep_screenshot("many-claims").await;
        assert_eq!(page.console_errors().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_input_has_a_name_and_a_phone_shows_the_whole_page() {
    run(async |page| {
        for operation in ["list_claims", SUBMIT, "replace_preauthorization"] {
            page.expand(operation).await;
            assert_eq!(page.inputs_without_name().await, Vec::<String>::new());
            page.collapse(operation).await;
        }
        page.resize(390, 844).await;
        page.expand("list_claims").await;
        page.keep_screenshot("phone").await;
        let (page_width, screen_width) = page.widths().await;
        assert!(page_width <= screen_width, "{page_width} {screen_width}");
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
