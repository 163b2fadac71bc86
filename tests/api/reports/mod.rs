//! `GET /v1/reports/…`: what claims and approvals of a period come to, as JSON, CSV and SVG.

mod forms;

use jiff::{ToSpan, civil::Date};
use serde_json::{Value, json};

use crate::support::{Caller, Claim, TestApp, array, on_both_databases, today};

on_both_databases!(
    claims_are_counted_by_month_and_payer,
    what_is_outstanding_is_counted_by_age,
    spans_end_where_a_claim_came_to,
    approvals_are_added_up_by_kind_and_status,
    refusals_are_counted_by_reason,
    outcomes_are_counted_by_how_long_after_they_were_measured,
    a_report_has_what_changed_a_moment_ago,
    a_report_is_of_its_period,
    periods_that_are_refused,
    a_clinic_reports_its_own_claims_only,
    operators_have_no_reports,
);

const REPORTS: [&str; 6] = [
    "payer-mix",
    "ageing",
    "turnaround",
    "approvals",
    "denials",
    "outcomes",
];

fn days_ago(days: i32) -> Date {
    today().checked_sub(days.days()).expect("a day")
}

async fn report(caller: &Caller, path: &str) -> Value {
    caller
        .get(&format!("/v1/reports/{path}"))
        .await
        .is(200)
        .json()
}

/// A claim of two items of 100 dollars for a private plan.
fn for_a_plan(external_id: &str) -> Claim {
    let plan =
        json!({"kind": "private", "insurer": "Maple Life", "covered_categories": ["report"]});
    let item = |code: String| json!({"service_date": "2026-01-05", "category": "report", "code": code, "unit_price_cents": 10_000});
    let items = ["A", "B"].map(|part| item(format!("{external_id}-{part}")));
    Claim::new(external_id)
        .with("/coverages", json!([plan]))
        .with("/items", json!(items))
}

async fn submit(app: &TestApp, claim: &Claim) -> Value {
    app.submit(claim).await.is(201).json()
}

/// Takes a step of a claim; returns the claim.
async fn step(app: &TestApp, claim: &Value, step: &str, body: Value) -> Value {
    let path = format!("/v1/claims/{}/{step}", claim["id"].as_str().expect("an id"));
    let etag = format!("\"{}\"", claim["version"]);
    app.post_if(&path, &etag, &body).await.is(200).json()
}

async fn send(app: &TestApp, claim: &Value, payer: &str, days: i32) -> Value {
    let sent_on = days_ago(days).to_string();
    let body = json!({"payer": payer, "channel": "invoice", "sent_on": sent_on});
    step(app, claim, "sends", body).await
}

async fn remit(app: &TestApp, claim: &Value, number: &str, days: i32, items: Value) -> Value {
    let paid_on = days_ago(days).to_string();
    let body = json!({"number": number, "payer": "private", "paid_on": paid_on, "items": items});
    step(app, claim, "remittances", body).await
}

/// Both items of a claim are paid.
fn paid() -> Value {
    json!([{"sequence": 1, "paid_cents": 10_000}, {"sequence": 2, "paid_cents": 10_000}])
}

async fn claims_are_counted_by_month_and_payer(app: &TestApp) {
    let first = submit(app, &for_a_plan("INV-1")).await;
    submit(app, &for_a_plan("INV-2")).await;
    submit(app, &Claim::new("INV-3")).await;
    let withdrawn = submit(app, &Claim::new("INV-4")).await;
    step(app, &withdrawn, "void", json!({"reason": "Cancelled."})).await;
    let first = send(app, &first, "private", 0).await;
    remit(
        app,
        &first,
        "CHQ-1",
        0,
        json!([{"sequence": 1, "paid_cents": 8_000}]),
    )
    .await;
    let shown = report(app, "payer-mix").await;
    let month = today().strftime("%Y-%m").to_string();
    let expected = json!([
        {"month": month, "payer": "private", "claims": 2, "billed_cents": 40_000, "paid_cents": 8_000},
        {"month": month, "payer": "uncovered", "claims": 1, "billed_cents": 10_000, "paid_cents": 0},
    ]);
    assert_eq!(shown["data"], expected);
    let totals = json!({"claims": 3, "billed_cents": 50_000, "paid_cents": 8_000});
    assert_eq!(shown["totals"], totals);
    assert_eq!(shown["to"], today().to_string());
    let from = today().checked_sub(1.year()).and_then(Date::tomorrow);
    assert_eq!(shown["from"], from.expect("a day").to_string());
}

async fn what_is_outstanding_is_counted_by_age(app: &TestApp) {
    let sent = [("INV-1", 0), ("INV-2", 30), ("INV-3", 31), ("INV-4", 91)];
    for (external_id, days) in sent {
        let claim = submit(app, &for_a_plan(external_id)).await;
        let claim = send(app, &claim, "private", days).await;
        if external_id == "INV-1" {
            let part = json!([{"sequence": 1, "paid_cents": 8_000, "adjusted_cents": 500}]);
            remit(app, &claim, "CHQ-1", 0, part).await;
        }
    }
    // What is not sent, and what is paid, is not outstanding.
    submit(app, &for_a_plan("INV-5")).await;
    let claim = submit(app, &for_a_plan("INV-6")).await;
    let claim = send(app, &claim, "private", 70).await;
    assert_eq!(
        remit(app, &claim, "CHQ-2", 0, paid()).await["status"],
        "paid"
    );
    let own = submit(app, &Claim::new("INV-7")).await;
    send(app, &own, "patient", 61).await;
    let shown = report(app, "ageing").await;
    let row = |payer: &str, age: &str, claims: i64, cents: i64| json!({"payer": payer, "age_days": age, "claims": claims, "outstanding_cents": cents});
    let expected = [
        row("private", "0-30", 2, 31_500),
        row("private", "31-60", 1, 20_000),
        row("private", "over_90", 1, 20_000),
        row("patient", "61-90", 1, 10_000),
    ];
    assert_eq!(shown["data"], json!(expected));
    assert_eq!(
        shown["totals"],
        json!({"claims": 5, "outstanding_cents": 81_500})
    );
    assert_eq!(shown["as_of"], today().to_string());
}

async fn spans_end_where_a_claim_came_to(app: &TestApp) {
    let claim = submit(app, &for_a_plan("INV-1")).await;
    let claim = send(app, &claim, "private", 40).await;
    let first = json!([{"sequence": 1, "paid_cents": 10_000}]);
    let claim = remit(app, &claim, "CHQ-1", 10, first).await;
    let second = json!([{"sequence": 2, "paid_cents": 10_000}]);
    let claim = remit(app, &claim, "CHQ-2", 3, second).await;
    assert_eq!(claim["status"], "paid");
    let claim = submit(app, &for_a_plan("INV-2")).await;
    let claim = send(app, &claim, "private", 25).await;
    let refused = json!([{"sequence": 1, "paid_cents": 0, "denied_cents": 10_000}]);
    remit(app, &claim, "CHQ-3", 5, refused).await;
    // A person has to look at it first.
    let unclear = Claim::new("INV-3")
        .with("/provider/profession", "physician")
        .with("/items/0/category", "consultation");
    let unclear = submit(app, &unclear).await;
    assert_eq!(unclear["status"], "needs_review");
    let row = |span: &str, claims: i64, median: Value, p90: Value| json!({"span": span, "claims": claims, "median_days": median, "p90_days": p90});
    let shown = report(app, "turnaround").await;
    let expected = [
        row("received_to_decided", 2, json!(0), json!(0)),
        row("decided_to_sent", 2, json!(0), json!(0)),
        row("sent_to_answered", 2, json!(20), json!(30)),
        row("answered_to_paid", 1, json!(7), json!(7)),
        row("received_to_paid", 1, json!(0), json!(0)),
    ];
    assert_eq!(shown["data"], json!(expected));
}

async fn approvals_are_added_up_by_kind_and_status(app: &TestApp) {
    let approval = |number: &str, status: &str, days: Option<i32>| {
        let mut entry = json!({
            "number": number, "kind": "ocf_18", "patient_id": "P-1", "payer": "mva", "status": status,
            "approved_cents": 100_000,
        });
        if let Some(days) = days {
            entry["valid_to"] = json!(days_ago(-days).to_string());
        }
        entry
    };
    for entry in [
        approval("OCF18-1", "approved", Some(14)),
        approval("OCF18-2", "approved", Some(15)),
        approval("OCF18-3", "approved", None),
        approval("OCF18-4", "pending", Some(3)),
    ] {
        app.preauthorize(&entry).await.is(201);
    }
    let row = |status: &str, approvals: i64, ending_soon: i64| {
        json!({
            "kind": "ocf_18", "status": status, "approvals": approvals, "approved_cents": approvals * 100_000,
            "reserved_cents": 0, "consumed_cents": 0, "left_cents": approvals * 100_000,
            "ending_soon": ending_soon, "ending_soon_left_cents": ending_soon * 100_000,
        })
    };
    let shown = report(app, "approvals").await;
    assert_eq!(
        shown["data"],
        json!([row("pending", 1, 0), row("approved", 3, 1)])
    );
    let before = days_ago(1);
    let path = format!("approvals?from={before}&to={before}");
    assert_eq!(report(app, &path).await["data"], json!([]));
}

async fn refusals_are_counted_by_reason(app: &TestApp) {
    for (external_id, codes) in [("INV-1", json!(["45", "96"])), ("INV-2", json!(["45"]))] {
        let claim = submit(app, &for_a_plan(external_id)).await;
        let claim = send(app, &claim, "private", 5).await;
        let items = json!([
            {"sequence": 1, "paid_cents": 0, "denied_cents": 6_000, "reason_codes": codes},
            {"sequence": 2, "paid_cents": 9_000, "denied_cents": 1_000},
        ]);
        remit(app, &claim, external_id, 1, items).await;
    }
    let shown = report(app, "denials").await;
    let row = |code: Value, claims: i64, items: i64, cents: i64| json!({"reason_code": code, "claims": claims, "items": items, "denied_cents": cents});
    let expected = [
        row(json!("45"), 2, 2, 12_000),
        row(json!("96"), 1, 1, 6_000),
        row(Value::Null, 2, 2, 2_000),
    ];
    assert_eq!(shown["data"], json!(expected));
    assert_eq!(
        shown["totals"],
        json!({"claims": 2, "items": 4, "denied_cents": 14_000})
    );
}

async fn outcomes_are_counted_by_how_long_after_they_were_measured(app: &TestApp) {
    let measured = [
        (
            "INV-1",
            "P-1",
            vec![
                ("2026-01-05", 8, 20),
                ("2026-02-16", 5, 50),
                ("2026-02-20", 1, 90),
            ],
        ),
        ("INV-2", "P-1", vec![("2026-01-10", 6, 40)]),
        ("INV-3", "P-2", vec![("2026-07-06", 2, 80)]),
    ];
    for (external_id, patient, outcomes) in measured {
        let claim = for_a_plan(external_id).with("/patient/id", patient);
        let mut claim = submit(app, &claim).await;
        for (day, pain, function) in outcomes {
            let body = json!({"day": day, "pain": pain, "function": function});
            claim = step(app, &claim, "outcomes", body).await;
        }
    }
    let shown = report(app, "outcomes").await;
    let row = |moment: &str, patients: i64, claims: i64, pain: [Value; 2], function: [Value; 2]| {
        let ([mean_pain, median_pain], [mean_function, median_function]) = (pain, function);
        json!({
            "moment": moment, "patients": patients, "pain_claims": claims, "mean_pain": mean_pain,
            "median_pain": median_pain, "function_claims": claims, "mean_function": mean_function,
            "median_function": median_function,
        })
    };
    let none = || [Value::Null, Value::Null];
    let expected = [
        row(
            "baseline",
            1,
            2,
            [json!(7.0), json!(6)],
            [json!(30.0), json!(20)],
        ),
        row(
            "six_weeks",
            1,
            1,
            [json!(5.0), json!(5)],
            [json!(50.0), json!(50)],
        ),
        row("three_months", 0, 0, none(), none()),
        row(
            "six_months",
            1,
            1,
            [json!(2.0), json!(2)],
            [json!(80.0), json!(80)],
        ),
    ];
    assert_eq!(shown["data"], json!(expected));
}

async fn a_report_has_what_changed_a_moment_ago(app: &TestApp) {
    let claim = submit(app, &Claim::new("INV-1")).await;
    let count = async || report(app, "payer-mix").await["totals"]["claims"].clone();
    assert_eq!(count().await, 1);
    step(app, &claim, "void", json!({"reason": "Cancelled."})).await;
    assert_eq!(count().await, 0);
    submit(app, &Claim::new("INV-2")).await;
    assert_eq!(count().await, 1);
}

async fn a_report_is_of_its_period(app: &TestApp) {
    submit(app, &Claim::new("INV-1")).await;
    let (today, before) = (today(), days_ago(1));
    for (query, claims) in [
        (format!("from={today}&to={today}"), 1),
        (format!("from={today}"), 1),
        (format!("from={before}&to={before}"), 0),
        (format!("to={before}"), 0),
    ] {
        let shown = report(app, &format!("payer-mix?{query}")).await;
        assert_eq!(shown["totals"]["claims"], claims, "{query}");
    }
}

async fn periods_that_are_refused(app: &TestApp) {
    let tomorrow = days_ago(-1);
    let long_ago = today().checked_sub(5.years()).expect("a day");
    for (query, code, pointer) in [
        (format!("from={tomorrow}"), "before_the_start", "/to"),
        (
            "from=2026-06-02&to=2026-06-01".to_owned(),
            "before_the_start",
            "/to",
        ),
        (format!("from={long_ago}"), "out_of_range", "/from"),
        ("from=2026-02-30".to_owned(), "invalid_date", "/from"),
        ("to=yesterday".to_owned(), "invalid_date", "/to"),
        ("until=2026-06-01".to_owned(), "unknown_parameter", "/until"),
        // It is CSV's.
        (
            "byte_order_mark=true".to_owned(),
            "unknown_parameter",
            "/byte_order_mark",
        ),
    ] {
        for name in REPORTS {
            let path = format!("/v1/reports/{name}?{query}");
            app.get(&path).await.problem(400).lists(&[(code, pointer)]);
        }
    }
}

async fn a_clinic_reports_its_own_claims_only(app: &TestApp) {
    let claim = submit(app, &for_a_plan("INV-1")).await;
    send(app, &claim, "private", 5).await;
    let other = app.new_clinic("Other").await;
    let shown = report(&other, "payer-mix").await;
    assert_eq!(shown["totals"]["claims"], 0);
    assert_eq!(report(&other, "ageing").await["data"], json!([]));
    let shown = report(&other, "turnaround").await;
    assert!(
        array(&shown["data"]).iter().all(|row| row["claims"] == 0),
        "{shown}"
    );
    other.submit(&Claim::new("INV-1")).await.is(201);
    assert_eq!(report(&other, "payer-mix").await["totals"]["claims"], 1);
    assert_eq!(report(app, "payer-mix").await["totals"]["claims"], 1);
}

async fn operators_have_no_reports(app: &TestApp) {
    let operator = app.new_key("operator").await;
    let auditor = app.new_key("auditor").await;
    for name in REPORTS {
        let path = format!("/v1/reports/{name}");
        operator.get(&path).await.problem(403);
        auditor.get(&path).await.is(200);
    }
}
