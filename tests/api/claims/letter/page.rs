//! The page of a letter: its headers, who may read it, and that texts stay texts.

use base64::{Engine, engine::general_purpose::STANDARD};
use payerline_domain::values::digest::sha256;
use reqwest::{Method, header};
use serde_json::json;

use super::{draft, letter, read};
use crate::support::{Claim, TestApp, on_both_databases, today};

on_both_databases!(
    a_letter_is_one_page_that_is_kept_nowhere,
    texts_with_markup_stay_texts,
    who_asks_for_html_gets_a_letter_of_a_dry_run,
    only_who_reads_claims_reads_letters,
);

async fn a_letter_is_one_page_that_is_kept_nowhere(app: &TestApp) {
    let id = app.submit(&Claim::new("INV-1")).await.is(201).id();
    let answer = letter(app, &id).await.is(200);
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
    let page = answer.text();
    let (_, rest) = page.split_once("<style>").expect("a style");
    let (style, _) = rest.split_once("</style>").expect("its end");
    let policy = answer.header("content-security-policy");
    let hash = STANDARD.encode(sha256(style));
    assert!(policy.starts_with("default-src 'none';"), "{policy}");
    assert!(
        policy.contains(&format!("style-src 'sha256-{hash}';")),
        "{policy}"
    );
    assert!(page.starts_with("<!DOCTYPE html>\n<html lang=\"en-CA\">"));
    for foreign in [
        "<script", "<link", "<img", " src=", " href=", "url(", "@import", " style=",
    ] {
        assert!(!page.contains(foreign), "{foreign}");
    }
    assert_eq!(page.matches("<h1>").count(), 1);
    let day = today().strftime("%-d %B %Y").to_string();
    assert!(page.contains(&day), "the day of the letter: {page}");
}

async fn texts_with_markup_stay_texts(app: &TestApp) {
    let markup = "<script>alert('x')</script>\"&";
    let clinic = app.new_clinic(markup).await;
    let claim = Claim::example("uncovered-lawyer-report")
        .with("/external_id", markup)
        .with("/patient/given_name", markup)
        .with("/patient/family_name", markup)
        .with("/provider/name", markup)
        .with("/coverages/0/insurer", markup)
        .with("/third_party/name", markup)
        .with("/items/0/description", markup)
        .with("/items/-", json!({"service_date": "2026-09-25", "category": "physiotherapy", "unit_price_cents": 100}));
    // In this order: once it is filed, a dry run takes it for a duplicate.
    let dry = draft(&clinic, &claim).await;
    let id = clinic.submit(&claim).await.is(201).id();
    for page in [dry, letter(&clinic, &id).await] {
        let page = page.is(200).text();
        assert!(!page.contains("<script"), "{page}");
        // Clinic, invoice, twice the patient, provider, insurer, third party, description.
        assert!(read(&page).matches(markup).count() >= 8, "{page}");
    }
}

async fn who_asks_for_html_gets_a_letter_of_a_dry_run(app: &TestApp) {
    let claim = Claim::new("INV-1");
    for (accept, is_letter) in [
        ("text/html", true),
        ("text/html,application/xhtml+xml,*/*;q=0.8", true),
        ("text/html;q=0.9, application/json;q=0.1", true),
        ("application/json, text/html", false),
        ("application/json, text/html;q=0.5", false),
        ("text/html;q=0, */*", false),
        ("*/*", false),
    ] {
        let request = app.request(Method::POST, "/v1/classifications");
        let request = request.header(header::ACCEPT, accept).json(&*claim);
        let answer = app.send(request).await.is(200);
        let kind = answer.header("content-type");
        assert_eq!(kind.starts_with("text/html"), is_letter, "{accept}: {kind}");
    }
    // A stored claim has but this letter.
    let id = app.submit(&claim).await.is(201).id();
    let request = app.request(Method::GET, &format!("/v1/claims/{id}/letter"));
    let answer = app
        .send(request.header(header::ACCEPT, "application/json"))
        .await;
    assert_eq!(
        answer.is(200).header("content-type"),
        "text/html; charset=utf-8"
    );
}

async fn only_who_reads_claims_reads_letters(app: &TestApp) {
    let claim = Claim::new("INV-1");
    let id = app.submit(&claim).await.is(201).id();
    for role in ["billing", "staff", "admin", "auditor"] {
        letter(&app.new_key(role).await, &id).await.is(200);
    }
    let operator = app.new_key("operator").await;
    letter(&operator, &id).await.problem(403);
    letter(&app.without_key(), &id).await.problem(401);
    draft(&app.new_key("auditor").await, &claim)
        .await
        .problem(403);
    draft(&app.new_key("billing").await, &claim).await.is(200);
    let other = app.new_clinic("other").await;
    letter(&other, &id).await.problem(404);
    for nobody in ["nobody", "batch", "01980a6e-2c4f-7d31-a5b0-6f3e5c1d2b7a"] {
        letter(app, nobody).await.problem(404);
    }
}
