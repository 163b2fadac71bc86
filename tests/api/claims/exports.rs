//! `GET /v1/claims` with another `Accept`: everything that the filters find, in one answer.

use reqwest::{Method, header};
use serde_json::{Value, json};

use crate::support::{Answer, Caller, Claim, TestApp, on_both_databases, query};

on_both_databases!(
    an_export_has_every_claim_once_newest_first,
    csv_begins_with_names_and_quotes_what_needs_it,
    an_empty_export_still_names_its_columns,
    csv_is_made_for_spreadsheets_unless_told_otherwise,
    an_export_has_the_filters_but_no_pages,
    who_takes_anything_gets_pages,
    an_export_ends_at_the_clinics_wall,
    without_its_database_it_is_a_problem,
);

const NDJSON: &str = "application/x-ndjson";

async fn export(caller: &Caller, accept: &str, parameters: &[(&str, &str)]) -> Answer {
    let request = caller.request(Method::GET, &query("/v1/claims", parameters));
    caller.send(request.header(header::ACCEPT, accept)).await
}

async fn an_export_has_every_claim_once_newest_first(app: &TestApp) {
    // More than the service reads at once.
    let claims: Vec<String> = (0..2_345)
        .map(|number| Claim::new(&format!("INV-{number}")).text())
        .collect();
    app.batch(claims.join("\n")).await;
    let answer = export(app, NDJSON, &[]).await.is(200);
    assert_eq!(answer.header("content-type"), NDJSON);
    let exported = answer.json_lines();
    assert_eq!(exported.len(), 2_345);
    assert_eq!(exported, app.all("/v1/claims", &[]).await);
}

async fn csv_begins_with_names_and_quotes_what_needs_it(app: &TestApp) {
    let awkward = "A,\"1\" é";
    let plain = app.submit(&Claim::new("INV-1")).await.is(201).json();
    let claim = Claim::new(awkward).with("/patient/id", "P; 2");
    app.submit(&claim).await.is(201);
    let answer = export(app, "text/csv", &[]).await.is(200);
    assert!(answer.header("content-type").starts_with("text/csv;"));
    let text = answer.text();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let names = reader.headers().expect("names").clone();
    let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("a row")).collect();
    assert_eq!(rows.len(), 2);
    // Names and values are those of the list.
    let listed = app.list(&[]).await.json();
    for (row, claim) in rows.iter().zip(listed["data"].as_array().expect("claims")) {
        let claim = claim.as_object().expect("a claim");
        assert!(claim.keys().eq(names.iter()), "{names:?}");
        for (value, cell) in claim.values().zip(row) {
            let text = match value {
                Value::Null => String::new(),
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            assert_eq!(cell, text);
        }
    }
    assert!(text.ends_with("\r\n"), "RFC 4180");
    assert_eq!(&rows[0][1], awkward);
    assert_eq!(&rows[1][0], plain["id"].as_str().expect("an id"));
}

async fn an_empty_export_still_names_its_columns(app: &TestApp) {
    let text = export(app, "text/csv", &[]).await.is(200).text();
    assert!(
        text.starts_with("\u{feff}id,external_id,status,payer,"),
        "{text}"
    );
    assert_eq!(text.lines().count(), 1);
    assert_eq!(export(app, NDJSON, &[]).await.is(200).text(), "");
}

async fn csv_is_made_for_spreadsheets_unless_told_otherwise(app: &TestApp) {
    let ids = ["=1+1", "+1", "-1", "@A1", "A=1", "\"=\", x", "'=1"];
    for id in ids {
        let claim = Claim::new(id).with("/patient/id", "=P");
        app.submit(&claim).await.is(201);
    }
    let exported = async |parameters: &[(&str, &str)]| {
        let text = export(app, "text/csv", parameters).await.is(200).text();
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let rows = reader.records().map(|row| row.expect("a row"));
        let mut cells: Vec<(String, String)> = rows
            .map(|row| (row[1].to_owned(), row[5].to_owned()))
            .collect();
        cells.reverse();
        (text.starts_with('\u{feff}'), cells)
    };
    let cells = |ids: [&str; 7], patient: &str| -> Vec<(String, String)> {
        ids.map(|id| (id.to_owned(), patient.to_owned())).into()
    };
    let neutralized = ["'=1+1", "'+1", "'-1", "'@A1", "A=1", "\"=\", x", "'=1"];
    assert_eq!(exported(&[]).await, (true, cells(neutralized, "'=P")));
    let off = [
        ("byte_order_mark", "false"),
        ("neutralize_formulas", "false"),
    ];
    assert_eq!(exported(&off).await, (false, cells(ids, "=P")));
    assert_eq!(
        exported(&off[..1]).await,
        (false, cells(neutralized, "'=P"))
    );
    assert_eq!(exported(&off[1..]).await, (true, cells(ids, "=P")));
    for (name, _) in off {
        let wrong = export(app, "text/csv", &[(name, "no")]).await;
        wrong.problem(400).names(&format!("/{name}"));
        // Pages and NDJSON have neither.
        for accept in ["application/json", NDJSON] {
            let refused = export(app, accept, &[(name, "true")]).await;
            refused.problem(400).names(&format!("/{name}"));
        }
    }
}

async fn an_export_has_the_filters_but_no_pages(app: &TestApp) {
    for example in [
        "wsib-physiotherapy",
        "private-physiotherapy",
        "wsib-stem-cell-back",
    ] {
        app.submit(&Claim::example(example)).await.is(201);
    }
    let filter = [("payer", "wsib"), ("disposition", "ready")];
    let exported = export(app, NDJSON, &filter).await.is(200).json_lines();
    assert_eq!(exported.len(), 1);
    assert_eq!(exported[0]["payer"], "wsib");
    for (name, value) in [("limit", "10"), ("cursor", "abc"), ("payr", "wsib")] {
        let refused = export(app, NDJSON, &[(name, value)]).await.problem(400);
        refused.names(&format!("/{name}"));
    }
}

async fn who_takes_anything_gets_pages(app: &TestApp) {
    for accept in [
        "*/*",
        "application/json",
        "text/html, */*;q=0.8",
        "application/json, text/csv;q=0.5",
        "text/csv;q=0",
    ] {
        let answer = export(app, accept, &[]).await.is(200);
        assert_eq!(
            answer.json(),
            json!({"data": [], "next": null, "prev": null}),
            "{accept}"
        );
    }
    let answer = export(app, "application/json;q=0.1, text/csv", &[])
        .await
        .is(200);
    assert!(answer.header("content-type").starts_with("text/csv"));
}

async fn an_export_ends_at_the_clinics_wall(app: &TestApp) {
    app.submit(&Claim::new("OURS")).await.is(201);
    let others = app.new_clinic("Harbour Clinic").await;
    others.submit(&Claim::new("THEIRS")).await.is(201);
    let exported = export(&others, NDJSON, &[]).await.is(200).json_lines();
    let ids: Vec<&Value> = exported.iter().map(|claim| &claim["external_id"]).collect();
    assert_eq!(ids, ["THEIRS"]);
}

async fn without_its_database_it_is_a_problem(app: &TestApp) {
    app.database().vanish();
    let answer = export(app, NDJSON, &[]).await;
    assert!(matches!(answer.status(), 500 | 503), "{}", answer.text());
}
