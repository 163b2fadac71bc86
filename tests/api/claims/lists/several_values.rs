//! Filters that are given several times: `status=ready&status=submitted`.

use serde_json::{Value, json};

use crate::support::{Caller, Claim, Filtered, TestApp, array, on_both_databases, query, strings};

on_both_databases!(
    one_of_several_values_must_hold,
    pages_lead_forward_and_back,
    a_cursor_belongs_to_its_values_in_any_order,
    several_values_hold_in_the_order_of_changes_and_in_exports,
    approvals_are_found_by_several_values,
);

const PAYERS: [&str; 4] = ["uncovered", "private", "mva", "wsib"];

/// A claim that is decided for a payer: `uncovered`, `private` and `wsib` are ready, `mva` needs a preauthorization.
fn claim_of(payer: &str, external_id: &str) -> Claim {
    let claim = Claim::new(external_id).with("/items/0/category", "rehabilitation");
    match payer {
        "uncovered" => claim,
        "private" => claim.with(
            "/coverages",
            json!([{"kind": "private", "covered_categories": ["rehabilitation"]}]),
        ),
        "mva" => claim
            .with("/coverages", json!([{"kind": "auto"}]))
            .with("/accident", json!({"cause": "auto", "date": "2026-01-02"})),
        _ => claim
            .with(
                "/coverages",
                json!([{"kind": "wsib", "claim_number": "31857264"}]),
            )
            .with("/accident", json!({"cause": "work", "date": "2026-01-02"})),
    }
}

/// Files `rounds` claims of each payer by turns.
async fn file(app: &TestApp, rounds: usize) {
    for round in 0..rounds {
        for payer in PAYERS {
            let external_id = format!("{payer}-{round:02}");
            let stored = app.submit(&claim_of(payer, &external_id)).await.is(201);
            assert_eq!(stored.json()["payer"], payer);
        }
    }
}

fn ids(page: &Value) -> Vec<String> {
    strings(&page["data"], "external_id")
}

async fn one_of_several_values_must_hold(app: &TestApp) {
    file(app, 1).await;
    let rows: [Filtered<'_>; 9] = [
        (
            &[("payer", "mva"), ("payer", "wsib")],
            &["wsib-00", "mva-00"],
        ),
        (
            &[("payer", "wsib"), ("payer", "mva"), ("payer", "mva")],
            &["wsib-00", "mva-00"],
        ),
        (
            &[("status", "ready"), ("status", "submitted")],
            &["wsib-00", "private-00", "uncovered-00"],
        ),
        (&[("status", "paid"), ("status", "submitted")], &[]),
        (
            &[
                ("disposition", "needs_preauthorization"),
                ("disposition", "needs_review"),
            ],
            &["mva-00"],
        ),
        (
            &[
                ("status", "ready"),
                ("status", "needs_preauthorization"),
                ("payer", "private"),
                ("payer", "mva"),
            ],
            &["mva-00", "private-00"],
        ),
        (
            &[
                ("payer", "mva"),
                ("payer", "wsib"),
                ("disposition", "ready"),
                ("disposition", "needs_review"),
            ],
            &["wsib-00"],
        ),
        (
            &[("payer", "mva"), ("payer", "wsib"), ("q", "wsib")],
            &["wsib-00"],
        ),
        (
            &[
                ("payer", "mva"),
                ("payer", "wsib"),
                ("service_from", "2027-01-01"),
            ],
            &[],
        ),
    ];
    for (parameters, expected) in rows {
        let found = app.list(parameters).await.is(200).json();
        assert_eq!(ids(&found), expected, "{parameters:?}");
    }
    let refused = app.list(&[("status", "ready"), ("status", "done")]).await;
    refused.problem(400).lists(&[("unknown_value", "/status")]);
    let refused = app.list(&[("status", "ready"), ("q", "a"), ("q", "b")]);
    let refused = refused.await.problem(400);
    refused.lists(&[("repeated_parameter", "/q")]);
}

async fn pages_lead_forward_and_back(app: &TestApp) {
    file(app, 6).await;
    let filters = [("payer", "wsib"), ("payer", "private"), ("limit", "5")];
    let page = async |cursor: Option<&Value>| {
        let cursor = cursor.map(|cursor| ("cursor", cursor.as_str().expect("a cursor")));
        let parameters: Vec<_> = filters.into_iter().chain(cursor).collect();
        app.list(&parameters).await.is(200).json()
    };
    let all: Vec<String> = (0..6)
        .rev()
        .flat_map(|round| ["wsib", "private"].map(|payer| format!("{payer}-{round:02}")))
        .collect();
    let first = page(None).await;
    let second = page(Some(&first["next"])).await;
    let third = page(Some(&second["next"])).await;
    assert_eq!(ids(&first), all[..5]);
    assert_eq!(ids(&second), all[5..10]);
    assert_eq!(ids(&third), all[10..]);
    assert_eq!(third["next"], Value::Null);
    let back = page(Some(&third["prev"])).await;
    assert_eq!(back["data"], second["data"]);
    let back = page(Some(&back["prev"])).await;
    assert_eq!(back["data"], first["data"]);
    assert_eq!(back["prev"], Value::Null);
}

async fn a_cursor_belongs_to_its_values_in_any_order(app: &TestApp) {
    file(app, 2).await;
    let ask = async |filters: &[(&str, &str)], cursor: Option<&str>| {
        let cursor = cursor.map(|cursor| ("cursor", cursor));
        let filters = filters.iter().copied();
        let parameters: Vec<_> = filters.chain([("limit", "2")]).chain(cursor).collect();
        app.list(&parameters).await
    };
    let first = ask(&[("payer", "mva"), ("payer", "wsib")], None).await;
    let first = first.is(200).json();
    let cursor = first["next"].as_str().expect("a cursor");
    let turned = ask(&[("payer", "wsib"), ("payer", "mva")], Some(cursor)).await;
    assert_eq!(ids(&turned.is(200).json()), ["wsib-00", "mva-00"]);
    for other in [
        &[("payer", "mva")][..],
        &[("payer", "mva"), ("payer", "private")],
        &[("payer", "mva"), ("payer", "wsib"), ("payer", "private")],
    ] {
        let refused = ask(other, Some(cursor)).await.problem(400);
        refused.lists(&[("cursor_of_other_filters", "/cursor")]);
    }
}

async fn several_values_hold_in_the_order_of_changes_and_in_exports(app: &TestApp) {
    file(app, 3).await;
    let filters = [("payer", "wsib"), ("payer", "private")];
    let ever = [("updated_from", "2000-01-01T00:00:00Z")];
    let changes = app.all("/v1/claims", &[&filters[..], &ever].concat()).await;
    let expected = [
        "private-00",
        "wsib-00",
        "private-01",
        "wsib-01",
        "private-02",
        "wsib-02",
    ];
    assert_eq!(strings(&json!(changes), "external_id"), expected);

    let request = app.request(reqwest::Method::GET, &query("/v1/claims", &filters));
    let export = request.header(reqwest::header::ACCEPT, "application/x-ndjson");
    let exported = app.send(export).await.is(200).json_lines();
    let newest_first: Vec<&str> = expected.iter().rev().copied().collect();
    assert_eq!(strings(&json!(exported), "external_id"), newest_first);
}

async fn enter(app: &Caller, number: &str, kind: &str, payer: &str, status: &str) {
    let entry = json!({
        "number": number, "kind": kind, "patient_id": "P-1", "payer": payer, "status": status,
        "approved_cents": 10_000,
    });
    app.preauthorize(&entry).await.is(201);
}

async fn approvals_are_found_by_several_values(app: &TestApp) {
    enter(app, "A-1", "ocf_18", "mva", "pending").await;
    enter(app, "A-2", "ocf_23", "mva", "confirmed").await;
    enter(app, "A-3", "wsib_approval", "wsib", "approved").await;
    enter(app, "A-4", "predetermination", "private", "denied").await;
    let rows: [Filtered<'_>; 4] = [
        (
            &[("status", "approved"), ("status", "confirmed")],
            &["A-3", "A-2"],
        ),
        (&[("kind", "ocf_18"), ("kind", "ocf_23")], &["A-2", "A-1"]),
        (
            &[
                ("kind", "ocf_18"),
                ("kind", "predetermination"),
                ("status", "pending"),
                ("status", "approved"),
            ],
            &["A-1"],
        ),
        (
            &[
                ("status", "denied"),
                ("status", "pending"),
                ("updated_from", "2000-01-01"),
            ],
            &["A-1", "A-4"],
        ),
    ];
    for (parameters, expected) in rows {
        let found = app.get(&query("/v1/preauthorizations", parameters)).await;
        let found = found.is(200).json();
        assert_eq!(
            strings(&found["data"], "number"),
            expected,
            "{parameters:?}"
        );
    }
    let mut limited = vec![
        ("status", "approved"),
        ("status", "confirmed"),
        ("limit", "1"),
    ];
    let path = "/v1/preauthorizations";
    let first = app.get(&query(path, &limited)).await.is(200).json();
    limited.push(("cursor", first["next"].as_str().expect("a cursor")));
    let second = app.get(&query(path, &limited)).await.is(200).json();
    assert_eq!(strings(&second["data"], "number"), ["A-2"]);
    assert_eq!(array(&second["data"]).len(), 1);
}
