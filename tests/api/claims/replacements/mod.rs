//! `replaces`: a claim corrects another, which then is replaced.

mod at_once;

use reqwest::{Method, header};
use serde_json::{Value, json};

use super::redecisions::approved_later;
use crate::{
    backtests,
    rulebooks::SHIPPED,
    support::{Answer, Caller, Claim, Database, TestApp, array, on_both_databases, query, serve},
};

on_both_databases!(
    a_correction_and_its_claim_name_each_other,
    lists_and_exports_show_both,
    a_correction_is_of_the_same_patient,
    a_claim_is_replaced_once,
    a_claim_that_is_paid_or_void_is_not_replaced,
    what_its_payer_has_or_refused_may_be_corrected,
    another_clinics_claim_is_unknown,
    a_correction_can_be_corrected,
    a_correction_sent_again_is_the_stored_one,
    a_retry_is_recognised_whatever_became_of_both_claims,
    a_correction_is_decided_again_and_its_claim_is_not,
    a_dry_run_checks_a_correction,
    back_tests_leave_replaced_claims_out,
);

on_both_databases!(bare:
    the_newest_correction_of_an_earlier_build_counts,
);

fn correction(external_id: &str, replaced: &str) -> Claim {
    Claim::new(external_id).with("/replaces", replaced)
}

async fn stored(caller: &Caller, external_id: &str) -> String {
    caller.submit(&Claim::new(external_id)).await.is(201).id()
}

async fn corrected(caller: &Caller, external_id: &str, replaced: &str) -> String {
    let answer = caller.submit(&correction(external_id, replaced)).await;
    answer.is(201).id()
}

async fn read(caller: &Caller, id: &str) -> Value {
    caller.get(&format!("/v1/claims/{id}")).await.is(200).json()
}

async fn redecide(caller: &Caller, id: &str, etag: &str) -> Answer {
    let path = format!("/v1/claims/{id}/redecide");
    caller.post_if(&path, etag, &Value::Null).await
}

/// Asserts that a correction is refused with a code, and that a dry run refuses it likewise.
async fn is_refused(caller: &Caller, claim: &Claim, code: &str) {
    for answer in [caller.classify(claim).await, caller.submit(claim).await] {
        answer.problem(422).lists(&[(code, "/replaces")]);
    }
}

async fn a_correction_and_its_claim_name_each_other(app: &TestApp) {
    let first = app.submit(&Claim::new("INV-1")).await.is(201).json();
    assert_eq!(first["replaces"], Value::Null);
    assert_eq!(first["replaced_by"], Value::Null);
    let id = first["id"].as_str().expect("an id");
    let answer = app.submit(&correction("INV-1-B", id)).await.is(201);
    assert_eq!(answer.header("etag"), "\"1\"");
    let corrected = answer.json();
    assert_eq!(corrected["replaces"], id);
    assert_eq!(corrected["replaced_by"], Value::Null);
    assert_eq!(corrected["status"], "ready");
    assert_eq!(read(app, &answer.id()).await, corrected);

    let answer = app.get(&format!("/v1/claims/{id}")).await.is(200);
    assert_eq!(answer.header("etag"), "\"2\"");
    let replaced = answer.json();
    assert_ne!(replaced["updated_at"], first["updated_at"]);
    // Nothing else of it changes: neither its disposition nor its evidence.
    let mut expected = first.clone();
    expected["status"] = json!("replaced");
    expected["version"] = json!(2);
    expected["replaced_by"] = corrected["id"].clone();
    expected["updated_at"] = replaced["updated_at"].clone();
    expected["balance"]["due_from"] = Value::Null;
    assert_eq!(replaced, expected);
    assert_eq!(
        app.database().last_event(id),
        json!({"replaced_by": corrected["id"], "status_before": "ready"})
    );
}

async fn lists_and_exports_show_both(app: &TestApp) {
    let first = stored(app, "INV-1").await;
    let second = corrected(app, "INV-1-B", &first).await;
    let other = Claim::new("INV-2").with("/patient/id", "P-2");
    app.submit(&other).await.is(201);
    let replaced = app.all("/v1/claims", &[("status", "replaced")]).await;
    assert_eq!(replaced.len(), 1);
    assert_eq!(replaced[0]["id"], *first);
    let ready = app.all("/v1/claims", &[("status", "ready")]).await;
    assert_eq!(ready.len(), 2);

    let listed = app.all("/v1/claims", &[]).await;
    let links: Vec<(&Value, &Value)> = listed
        .iter()
        .map(|it| (&it["replaces"], &it["replaced_by"]))
        .collect();
    let (null, first, second) = (Value::Null, json!(first), json!(second));
    assert_eq!(
        links,
        [(&null, &null), (&first, &null), (&null, &second)],
        "newest first"
    );
    let export = async |accept: &str| {
        let request = app.request(Method::GET, &query("/v1/claims", &[]));
        let answer = app.send(request.header(header::ACCEPT, accept)).await;
        answer.is(200)
    };
    assert_eq!(export("application/x-ndjson").await.json_lines(), listed);
    let text = export("text/csv").await.text();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let names = reader.headers().expect("names").clone();
    let column = |name: &str| names.iter().position(|it| it == name).expect("a column");
    let (replaces, replaced_by) = (column("replaces"), column("replaced_by"));
    let cells: Vec<(String, String)> = reader
        .records()
        .map(|row| row.expect("a row"))
        .map(|row| (row[replaces].to_owned(), row[replaced_by].to_owned()))
        .collect();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let expected = links.iter().map(|(one, other)| (text(one), text(other)));
    assert_eq!(cells, expected.collect::<Vec<_>>());
}

async fn a_correction_is_of_the_same_patient(app: &TestApp) {
    let first = stored(app, "INV-1").await;
    let claim = correction("INV-1-B", &first).with("/patient/id", "P-2");
    is_refused(app, &claim, "other_patient").await;
    assert_eq!(read(app, &first).await["status"], "ready");
    assert_eq!(app.all("/v1/claims", &[]).await.len(), 1);
}

async fn a_claim_is_replaced_once(app: &TestApp) {
    let first = stored(app, "INV-1").await;
    let second = corrected(app, "INV-1-B", &first).await;
    is_refused(app, &correction("INV-1-C", &first), "already_replaced").await;
    let claim = read(app, &first).await;
    assert_eq!(claim["replaced_by"], *second);
    assert_eq!(claim["version"], 2);
    assert_eq!(app.all("/v1/claims", &[]).await.len(), 2);
    // The refused external id is free.
    corrected(app, "INV-1-C", &second).await;
}

async fn a_claim_that_is_paid_or_void_is_not_replaced(app: &TestApp) {
    for (status, code) in [
        ("paid", "claim_paid"),
        ("partially_paid", "claim_partially_paid"),
        ("void", "claim_void"),
    ] {
        let first = stored(app, status).await;
        app.database().set_status(&first, status);
        let claim = correction(&format!("{status}-B"), &first);
        is_refused(app, &claim, code).await;
        let claim = read(app, &first).await;
        assert_eq!(
            (&claim["status"], &claim["version"]),
            (&json!(status), &json!(1))
        );
    }
}

async fn what_its_payer_has_or_refused_may_be_corrected(app: &TestApp) {
    for status in [
        "needs_review",
        "needs_preauthorization",
        "ready",
        "submitted",
        "denied",
        "appealed",
    ] {
        let first = stored(app, status).await;
        app.database().set_status(&first, status);
        corrected(app, &format!("{status}-B"), &first).await;
        assert_eq!(read(app, &first).await["status"], "replaced");
        let event = app.database().last_event(&first);
        assert_eq!(event["status_before"], status);
    }
}

async fn another_clinics_claim_is_unknown(app: &TestApp) {
    let first = stored(app, "INV-1").await;
    let other = app.new_clinic("Harbour Clinic").await;
    is_refused(&other, &correction("INV-1-B", &first), "unknown_claim").await;
    assert_eq!(read(app, &first).await["status"], "ready");
}

async fn a_correction_can_be_corrected(app: &TestApp) {
    let first = stored(app, "INV-1").await;
    let second = corrected(app, "INV-1-B", &first).await;
    let third = corrected(app, "INV-1-C", &second).await;
    let second = read(app, &second).await;
    assert_eq!(second["replaces"], *first);
    assert_eq!(second["replaced_by"], *third);
    assert_eq!(second["status"], "replaced");
    assert_eq!(read(app, &third).await["status"], "ready");
}

async fn a_correction_sent_again_is_the_stored_one(app: &TestApp) {
    let first = stored(app, "INV-1").await;
    let claim = correction("INV-1-B", &first);
    let sent = app.submit(&claim).await.is(201);
    let again = app.submit(&claim).await.is(200);
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.text(), sent.text());
    let results = app.batch([claim.text(), claim.text()].join("\n")).await;
    for result in results {
        assert_eq!(
            (&result["status"], &result["id"]),
            (&json!(200), &json!(sent.id()))
        );
    }
    // Other content under its external id is a conflict, whatever it replaces.
    let other = claim.clone().with("/items/0/unit_price_cents", 1);
    for claim in [&other, &other.clone().without("/replaces")] {
        let problem = app.submit(claim).await.problem(409);
        assert_eq!(problem.member("id"), &json!(sent.id()));
    }
    assert_eq!(read(app, &first).await["version"], 2, "replaced once");
}

async fn a_retry_is_recognised_whatever_became_of_both_claims(app: &TestApp) {
    let first = stored(app, "INV-1").await;
    let second = corrected(app, "INV-1-B", &first).await;
    let third = corrected(app, "INV-1-C", &second).await;
    app.database().set_status(&third, "paid");
    for (external_id, replaced, id) in [("INV-1-B", &first, &second), ("INV-1-C", &second, &third)]
    {
        let again = app.submit(&correction(external_id, replaced)).await.is(200);
        assert_eq!(again.id(), *id);
    }
}

async fn a_correction_is_decided_again_and_its_claim_is_not(app: &TestApp) {
    let (first, _) = approved_later(app).await;
    let claim = Claim::example("mva-stem-cell-knee")
        .with("/external_id", "CORRECTED")
        .with("/preauthorizations", json!([]))
        .with("/replaces", first.as_str());
    let second = app.submit(&claim).await.is(201).id();
    assert_eq!(redecide(app, &second, "\"1\"").await.is(200).id(), second);

    redecide(app, &first, "\"1\"").await.problem(412);
    let problem = redecide(app, &first, "\"2\"").await.problem(409);
    let kind = "urn:payerline:problem:claim-replaced";
    assert_eq!(problem.member("type"), kind);
    assert_eq!(problem.member("id"), &second);
    // What was decided about it is still explained, and comes out again.
    for part in ["explanation", "replay"] {
        app.get(&format!("/v1/claims/{first}/{part}")).await.is(200);
    }
}

async fn a_dry_run_checks_a_correction(app: &TestApp) {
    let first = stored(app, "INV-1").await;
    let claim = correction("INV-1-B", &first);
    app.classify(&claim).await.is(200);
    assert_eq!(
        read(app, &first).await["status"],
        "ready",
        "nothing is stored"
    );
    app.submit(&claim).await.is(201);
    // As it would be answered if it was sent again.
    app.classify(&claim).await.is(200);
    is_refused(app, &correction("INV-1-C", &first), "already_replaced").await;
}

async fn back_tests_leave_replaced_claims_out(app: &TestApp) {
    let first = stored(app, "INV-1").await;
    let second = corrected(app, "INV-1-B", &first).await;
    corrected(app, "INV-1-C", &second).await;
    let other = Claim::new("INV-2").with("/patient/id", "P-2");
    app.submit(&other).await.is(201);
    let found = backtests::run(app, SHIPPED, &json!({})).await;
    assert_eq!(found["state"], "finished");
    assert_eq!(found["progress"], json!({"claims": 2, "percent": 100}));
    assert_eq!(found["result"]["claims"], 2);
    let cells = array(&found["result"]["matrix"]);
    assert_eq!(cells.len(), 1);
    assert_eq!(
        (&cells[0]["claims"], &cells[0]["cents"]),
        (&json!(2), &json!(20_000))
    );
}

async fn the_newest_correction_of_an_earlier_build_counts(database: &Database) {
    let mut process = serve(database);
    let caller = process.caller();
    let first = stored(&caller, "INV-1").await;
    let second = corrected(&caller, "INV-1-B", &first).await;
    // Earlier builds took a second correction, also one of another patient.
    let claim = Claim::new("INV-1-C").with("/patient/id", "P-2");
    let third = caller.submit(&claim).await.is(201).id();
    process.kill();
    database.corrected_before(&third, &first);

    let mut process = serve(database);
    let caller = process.caller();
    let replaced = read(&caller, &first).await;
    assert_eq!(replaced["status"], "replaced");
    assert_eq!(replaced["replaced_by"], *third);
    assert_eq!(replaced["disposition"], "ready");
    assert_eq!(
        database.last_event(&first),
        json!({"replaced_by": third, "status_before": "ready"})
    );
    let listed = caller.all("/v1/claims", &[("status", "replaced")]).await;
    assert_eq!(listed.len(), 1);
    // Both corrections stand: they are found when they are sent again, and can be decided again.
    let again = caller.submit(&correction("INV-1-B", &first)).await.is(200);
    assert_eq!(again.id(), second);
    for id in [&second, &third] {
        let claim = read(&caller, id).await;
        assert_eq!(
            (&claim["replaces"], &claim["replaced_by"]),
            (&json!(first), &Value::Null)
        );
        redecide(&caller, id, "\"1\"").await.is(200);
    }
    is_refused(&caller, &correction("INV-1-D", &first), "already_replaced").await;
    // Another start changes nothing more.
    process.kill();
    let mut process = serve(database);
    assert_eq!(read(&process.caller(), &first).await, replaced);
}
