//! The forms of reports: JSON, tables and charts.

use jiff::{ToSpan, civil::Date};
use reqwest::{Method, header};
use serde_json::json;

use super::{REPORTS, days_ago, for_a_plan, remit, report, send, step, submit};
use crate::support::{Answer, Caller, TestApp, array, on_both_databases};

on_both_databases!(
    a_report_is_a_table_for_spreadsheets,
    a_report_is_a_chart,
    an_empty_report_has_names_axes_and_words,
    who_takes_anything_gets_json,
);

const SVG: &str = "image/svg+xml";

async fn report_as(caller: &Caller, path: &str, accept: &str) -> Answer {
    let request = caller.request(Method::GET, &format!("/v1/reports/{path}"));
    caller.send(request.header(header::ACCEPT, accept)).await
}

async fn a_report_is_a_table_for_spreadsheets(app: &TestApp) {
    let claim = submit(app, &for_a_plan("INV-1")).await;
    let claim = send(app, &claim, "private", 5).await;
    let items = json!([{"sequence": 1, "paid_cents": 0, "denied_cents": 6_000, "reason_codes": ["=1+1", "a,\"b\""]}]);
    remit(app, &claim, "CHQ-1", 1, items).await;
    let answer = report_as(app, "denials", "text/csv").await.is(200);
    assert!(answer.header("content-type").starts_with("text/csv;"));
    let expected = "\u{feff}reason_code,claims,items,denied_cents\r\n'=1+1,1,1,6000\r\n\"a,\"\"b\"\"\",1,1,6000\r\n";
    assert_eq!(answer.text(), expected);
    let path = "denials?byte_order_mark=false&neutralize_formulas=false";
    let answer = report_as(app, path, "text/csv").await.is(200);
    let expected =
        "reason_code,claims,items,denied_cents\r\n=1+1,1,1,6000\r\n\"a,\"\"b\"\"\",1,1,6000\r\n";
    assert_eq!(answer.text(), expected);
    // The rows are those of JSON.
    for name in REPORTS {
        let shown = report(app, name).await;
        let text = report_as(app, name, "text/csv").await.is(200).text();
        let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
        let names = reader.headers().expect("names").clone();
        let rows: Vec<_> = reader.records().map(|row| row.expect("a row")).collect();
        assert_eq!(rows.len(), array(&shown["data"]).len(), "{name}");
        for row in array(&shown["data"]) {
            let fields = row.as_object().expect("a row").keys();
            assert!(fields.eq(names.iter()), "{name}: {names:?}");
        }
    }
}

/// Fails if a text is no XML whose elements are closed in order.
fn check_xml(text: &str) {
    let mut open = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        assert!(!before.contains('>'), "{before}");
        let (tag, after) = after.split_once('>').expect("a tag ends");
        rest = after;
        let name = |tag: &str| tag.split_whitespace().next().expect("a name").to_owned();
        match tag.strip_prefix('/') {
            Some(tag) => assert_eq!(open.pop(), Some(name(tag)), "{text}"),
            None if tag.ends_with('/') => assert!(!open.is_empty(), "{tag}"),
            None => open.push(name(tag)),
        }
    }
    assert!(open.is_empty(), "{open:?}");
    for entity in text.split('&').skip(1) {
        let (name, _) = entity.split_once(';').expect("an entity ends");
        assert!(
            ["amp", "lt", "gt", "quot", "apos"].contains(&name),
            "{name}"
        );
    }
}

async fn a_report_is_a_chart(app: &TestApp) {
    let claim = submit(app, &for_a_plan("INV-1")).await;
    let claim = step(
        app,
        &claim,
        "outcomes",
        json!({"day": "2026-01-09", "pain": 4}),
    )
    .await;
    let claim = send(app, &claim, "private", 5).await;
    let items = json!([{"sequence": 1, "paid_cents": 100, "denied_cents": 6_000, "reason_codes": ["<&\">"]}]);
    remit(app, &claim, "CHQ-1", 1, items).await;
    let approval = json!({
        "number": "OCF18-1", "kind": "ocf_18", "patient_id": "P-1", "payer": "mva", "status": "approved",
        "approved_cents": 100_000,
    });
    app.preauthorize(&approval).await.is(201);
    for name in REPORTS {
        let answer = report_as(app, name, SVG).await.is(200);
        assert_eq!(answer.header("content-type"), SVG);
        let text = answer.text();
        assert!(text.starts_with("<svg role=\"img\" "), "{name}: {text}");
        assert!(text.contains("<title>"), "{name}");
        assert!(!text.contains("Nothing to show"), "{name}");
        check_xml(&text);
    }
}

async fn an_empty_report_has_names_axes_and_words(app: &TestApp) {
    for name in REPORTS {
        let text = report_as(app, name, SVG).await.is(200).text();
        check_xml(&text);
        let nothing = format!(
            "Nothing to show from {}",
            days_ago(0)
                .checked_sub(1.year())
                .and_then(Date::tomorrow)
                .expect("a day")
        );
        assert!(text.contains(&nothing), "{name}: {text}");
        let table = report_as(app, name, "text/csv").await.is(200).text();
        assert!(
            table
                .lines()
                .next()
                .is_some_and(|names| names.contains(',')),
            "{name}"
        );
        let shown = report(app, name).await;
        let rows = array(&shown["data"]).len();
        let always = match name {
            "turnaround" => 5,
            "outcomes" => 4,
            _ => 0,
        };
        assert_eq!(rows, always, "{name}");
    }
}

async fn who_takes_anything_gets_json(app: &TestApp) {
    for (accept, content_type) in [
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("application/xml", "application/json"),
        ("text/*", "text/csv"),
        ("image/*", SVG),
        ("text/html, image/svg+xml;q=0.9, */*;q=0.1", SVG),
        ("application/json;q=0.5, text/csv", "text/csv"),
        ("image/svg+xml;q=0, application/json", "application/json"),
    ] {
        let answer = report_as(app, "payer-mix", accept).await.is(200);
        let found = answer.header("content-type");
        assert!(found.starts_with(content_type), "{accept}: {found}");
    }
}
