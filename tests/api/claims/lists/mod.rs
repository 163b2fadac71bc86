//! `GET /v1/claims`: what a summary holds, what each filter finds, and which parameters are refused.

mod several_values;

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{
    Backend, Claim, Filtered, TestApp, array, on_both_databases, query, run_app, strings, today,
};

on_both_databases!(
    a_summary_is_as_the_contract_says,
    each_filter_finds_what_it_names,
    the_prefix_is_taken_literally,
    received_is_a_day_in_ontario_or_an_instant,
    parameters_that_are_refused,
    an_empty_list_is_a_list,
);

/// Five claims, one for each payer and one more, of two patients on different days.
async fn file_claims(app: &TestApp) {
    let report =
        |date: &str| json!({"service_date": date, "category": "report", "unit_price_cents": 100});
    let claims = [
        // uncovered, ready
        Claim::new("UNCOVERED").with(
            "/items",
            json!([report("2026-03-10"), report("2026-03-20")]),
        ),
        // private, ready
        Claim::new("PRIVATE")
            .with("/patient/id", "P-2")
            .with(
                "/coverages",
                json!([{"kind": "private", "covered_categories": ["report"]}]),
            )
            .with("/items", json!([report("2026-04-15")])),
        // private, needs_review
        Claim::new("PRIVATE-SILENT")
            .with("/coverages", json!([{"kind": "private"}]))
            .with(
                "/items",
                json!([report("2026-05-31"), report("2026-05-01")]),
            ),
        // mva, needs_preauthorization
        Claim::new("MVA")
            .with("/coverages", json!([{"kind": "auto"}]))
            .with("/accident", json!({"cause": "auto", "date": "2026-01-02"}))
            .with("/items", json!([report("2026-06-01")]))
            .with("/items/0/category", "rehabilitation"),
        // wsib, ready
        Claim::new("WSIB")
            .with("/patient/id", "P-2")
            .with(
                "/coverages",
                json!([{"kind": "wsib", "claim_number": "31857264"}]),
            )
            .with("/accident", json!({"cause": "work", "date": "2026-01-02"}))
            .with("/items", json!([report("2026-07-01")])),
    ];
    for claim in claims {
        app.submit(&claim).await.is(201);
    }
}

/// The external ids that a list finds, sorted; there must be no further page.
async fn found(app: &TestApp, parameters: &[(&str, &str)]) -> Vec<String> {
    let list = app.list(parameters).await.is(200).json();
    assert_eq!(list["next"], Value::Null, "{list}");
    let mut ids = strings(&list["data"], "external_id");
    ids.sort();
    ids
}

async fn a_summary_is_as_the_contract_says(app: &TestApp) {
    file_claims(app).await;
    let stored = app
        .submit(&Claim::example("mva-stem-cell-knee"))
        .await
        .is(201)
        .json();
    let list = app
        .list(&[("external_id", "INV-2026-000123")])
        .await
        .is(200);
    assert!(list.header("content-type").starts_with("application/json"));
    assert_eq!(
        list.json(),
        json!({
            "data": [{
                "id": stored["id"], "external_id": "INV-2026-000123", "status": "needs_preauthorization",
                "payer": "mva", "disposition": "needs_preauthorization", "patient_id": "P-4411",
                "service_from": "2026-06-01", "service_to": "2026-06-01", "total_cents": 525_000,
                "received_at": stored["received_at"], "updated_at": stored["updated_at"], "version": 1,
                "replaces": null, "replaced_by": null,
            }],
            "next": null, "prev": null,
        })
    );
    let list = app
        .list(&[("external_id", "PRIVATE-SILENT")])
        .await
        .is(200)
        .json();
    assert_eq!(list["data"][0]["service_from"], "2026-05-01");
    assert_eq!(list["data"][0]["service_to"], "2026-05-31");

    let all = app.get("/v1/claims").await.is(200).json();
    let newest_first = [
        "INV-2026-000123",
        "WSIB",
        "MVA",
        "PRIVATE-SILENT",
        "PRIVATE",
        "UNCOVERED",
    ];
    assert_eq!(strings(&all["data"], "external_id"), newest_first);
}

async fn each_filter_finds_what_it_names(app: &TestApp) {
    file_claims(app).await;
    let rows: [Filtered<'_>; 27] = [
        (
            &[],
            &["MVA", "PRIVATE", "PRIVATE-SILENT", "UNCOVERED", "WSIB"],
        ),
        (&[("payer", "uncovered")], &["UNCOVERED"]),
        (&[("payer", "private")], &["PRIVATE", "PRIVATE-SILENT"]),
        (&[("payer", "mva")], &["MVA"]),
        (&[("payer", "wsib")], &["WSIB"]),
        (
            &[("disposition", "ready")],
            &["PRIVATE", "UNCOVERED", "WSIB"],
        ),
        (&[("disposition", "needs_review")], &["PRIVATE-SILENT"]),
        (&[("disposition", "needs_preauthorization")], &["MVA"]),
        (&[("status", "ready")], &["PRIVATE", "UNCOVERED", "WSIB"]),
        (&[("status", "needs_review")], &["PRIVATE-SILENT"]),
        (&[("status", "paid")], &[]),
        (&[("patient_id", "P-2")], &["PRIVATE", "WSIB"]),
        (&[("patient_id", "p-2")], &[]),
        (&[("external_id", "PRIVATE")], &["PRIVATE"]),
        (&[("external_id", "private")], &[]),
        (&[("external_id", "PRIV")], &[]),
        (&[("q", "PRIV")], &["PRIVATE", "PRIVATE-SILENT"]),
        (&[("q", "RIVATE")], &[]),
        (
            &[("service_from", "2026-05-31")],
            &["MVA", "PRIVATE-SILENT", "WSIB"],
        ),
        (&[("service_from", "2026-06-01")], &["MVA", "WSIB"]),
        (&[("service_to", "2026-04-15")], &["PRIVATE", "UNCOVERED"]),
        (&[("service_to", "2026-04-14")], &["UNCOVERED"]),
        // Within the span of a claim, although no service was on that day.
        (
            &[("service_from", "2026-05-15"), ("service_to", "2026-05-15")],
            &["PRIVATE-SILENT"],
        ),
        (
            &[("service_from", "2026-03-20"), ("service_to", "2026-04-15")],
            &["PRIVATE", "UNCOVERED"],
        ),
        (
            &[("payer", "private"), ("disposition", "ready")],
            &["PRIVATE"],
        ),
        (&[("payer", "wsib"), ("patient_id", "P-1")], &[]),
        (
            &[("q", "P"), ("status", "needs_review"), ("limit", "200")],
            &["PRIVATE-SILENT"],
        ),
    ];
    for (parameters, expected) in rows {
        assert_eq!(found(app, parameters).await, expected, "{parameters:?}");
    }
}

async fn the_prefix_is_taken_literally(app: &TestApp) {
    for external_id in [
        "A_1", "AB1", "A%2", "AXX2", "a_3", "A\\4", "A'5", "A*6", "[A]7", "É8", "A😀9",
    ] {
        app.submit(&Claim::new(external_id)).await.is(201);
    }
    let rows: [(&str, &[&str]); 13] = [
        ("A_", &["A_1"]),
        ("A%", &["A%2"]),
        ("A%2", &["A%2"]),
        ("%", &[]),
        ("_", &[]),
        ("a", &["a_3"]),
        ("a_", &["a_3"]),
        ("A\\", &["A\\4"]),
        ("A'", &["A'5"]),
        ("A*", &["A*6"]),
        ("[A", &["[A]7"]),
        ("É", &["É8"]),
        ("A😀", &["A😀9"]),
    ];
    for (prefix, expected) in rows {
        assert_eq!(found(app, &[("q", prefix)]).await, expected, "{prefix:?}");
    }
    assert_eq!(found(app, &[("q", "A")]).await.len(), 8);
}

async fn received_is_a_day_in_ontario_or_an_instant(app: &TestApp) {
    let before = today();
    let mut received = Vec::new();
    for external_id in ["INV-1", "INV-2", "INV-3"] {
        let stored = app.submit(&Claim::new(external_id)).await.is(201).json();
        received.push(stored["received_at"].as_str().expect("a time").to_owned());
    }
    let days = [
        before,
        today(),
        before.yesterday().expect("a day"),
        today().tomorrow().expect("a day"),
    ]
    .map(|day| day.to_string());
    let [first, last, earlier, later] = days.each_ref().map(String::as_str);
    let received: Vec<&str> = received.iter().map(String::as_str).collect();
    let all: &[&str] = &["INV-1", "INV-2", "INV-3"];
    let rows: [Filtered<'_>; 10] = [
        (&[("received_from", first), ("received_to", last)], all),
        (&[("received_from", first)], all),
        (&[("received_to", last)], all),
        (&[("received_to", earlier)], &[]),
        (&[("received_from", later)], &[]),
        (&[("received_from", received[0])], all),
        (&[("received_from", received[1])], &["INV-2", "INV-3"]),
        (
            &[("received_from", received[1]), ("received_to", received[2])],
            &["INV-2", "INV-3"],
        ),
        (&[("received_from", "2000-01-01T00:00:00-05:00")], all),
        (&[("received_to", "2000-01-01T00:00:00Z")], &[]),
    ];
    for (parameters, expected) in rows {
        assert_eq!(found(app, parameters).await, expected, "{parameters:?}");
    }
}

async fn parameters_that_are_refused(app: &TestApp) {
    let long = "x".repeat(65);
    let long = long.as_str();
    let rows: [(&str, &[(&str, &str)]); 39] = [
        ("/limit", &[("limit", "0")]),
        ("/limit", &[("limit", "201")]),
        ("/limit", &[("limit", "-1")]),
        ("/limit", &[("limit", "1.5")]),
        ("/limit", &[("limit", "1e2")]),
        ("/limit", &[("limit", "ten")]),
        ("/limit", &[("limit", "")]),
        ("/limit", &[("limit", "99999999999999999999")]),
        ("/payer", &[("payer", "ohip")]),
        ("/payer", &[("payer", "MVA")]),
        ("/payer", &[("payer", "")]),
        ("/status", &[("status", "done")]),
        ("/disposition", &[("disposition", "paid")]),
        ("/service_from", &[("service_from", "2026-02-30")]),
        ("/service_from", &[("service_from", "2026-06-01T00:00:00Z")]),
        ("/service_to", &[("service_to", "june")]),
        ("/received_from", &[("received_from", "yesterday")]),
        (
            "/received_from",
            &[("received_from", "2026-06-01T00:00:00")],
        ),
        ("/received_to", &[("received_to", "2026-13-01")]),
        ("/updated_from", &[("updated_from", "yesterday")]),
        ("/updated_from", &[("updated_from", "")]),
        ("/updated_from", &[("updated_from", "2026-06-01T00:00:00")]),
        ("/updated_to", &[("updated_to", "2026-06-01T00:00:00Z")]),
        (
            "/cursor",
            &[("updated_from", "2026-06-01"), ("cursor", "abc")],
        ),
        ("/patient_id", &[("patient_id", "")]),
        ("/patient_id", &[("patient_id", long)]),
        ("/external_id", &[("external_id", "a\u{0}")]),
        ("/q", &[("q", "a\u{0}")]),
        ("/cursor", &[("cursor", "")]),
        ("/cursor", &[("cursor", "no cursor")]),
        ("/cursor", &[("cursor", "abc")]),
        ("/cursor", &[("cursor", "../../etc/passwd")]),
        ("/cursor", &[("cursor", long)]),
        ("/page", &[("page", "2")]),
        ("/Payer", &[("Payer", "mva")]),
        ("/payer", &[("payer", "mva"), ("payer", "ohip")]),
        ("/q", &[("q", "INV"), ("q", "INV")]),
        ("/limit", &[("limit", "10"), ("limit", "20")]),
        ("/a~1b~0c", &[("a/b~c", "")]),
    ];
    for (pointer, parameters) in rows {
        let answer = app.list(parameters).await;
        assert_eq!(answer.status(), 400, "{parameters:?}: {}", answer.text());
        answer.problem(400).names(pointer);
    }
    // All at once, as for a body.
    let path = query(
        "/v1/claims",
        &[("limit", "0"), ("payer", "ohip"), ("page", "2")],
    );
    let problem = app.get(&path).await.is(400).json();
    let mut pointers = strings(&problem["errors"], "pointer");
    pointers.sort();
    assert_eq!(pointers, ["/limit", "/page", "/payer"]);
    // Bytes that are no text are refused; a `%` that escapes nothing stands for itself.
    app.get("/v1/claims?q=%ff").await.problem(400).names("/q");
    app.submit(&Claim::new("%zz")).await.is(201);
    let found = app.get("/v1/claims?q=%zz").await.is(200).json();
    assert_eq!(strings(&found["data"], "external_id"), ["%zz"]);
}

async fn an_empty_list_is_a_list(app: &TestApp) {
    let empty = json!({"data": [], "next": null, "prev": null});
    assert_eq!(app.get("/v1/claims").await.is(200).json(), empty);
    for limit in ["1", "200"] {
        assert_eq!(app.list(&[("limit", limit)]).await.is(200).json(), empty);
    }
    file_claims(app).await;
    let list = app.list(&[("payer", "mva"), ("patient_id", "P-2")]).await;
    assert_eq!(list.is(200).json(), empty);
    let list = app.get("/v1/claims").await.is(200).json();
    assert_eq!(array(&list["data"]).len(), 5);
}

/// How long a statement waits for a lock, and what answering may take besides.
const LOCK_TIMEOUT: Duration = Duration::from_secs(5);
const SLACK: Duration = Duration::from_secs(2);

#[test]
fn a_list_under_a_locked_table_is_answered_after_one_timeout() {
    run_app(Backend::Postgres, async |app| {
        app.submit(&Claim::new("INV-1")).await.is(201);
        app.get("/v1/claims").await.is(200);
        let began = Instant::now();
        let answer = app.database().lock_claims(app.get("/v1/claims")).await;
        let took = began.elapsed();
        answer.problem(503);
        assert!(took < LOCK_TIMEOUT + SLACK, "{took:?}");
        app.get("/v1/claims").await.is(200);
    });
}
