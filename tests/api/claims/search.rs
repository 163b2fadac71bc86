//! `GET /v1/claims` by what people know of a claim: a name, a number, an amount, a rule.

use futures_util::future::join_all;
use payerline_domain::values::time::Day;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    Backend, Caller, Claim, Database, Process, TestApp, on_both_databases, query, run_app, serve,
    store_of, strings,
};

on_both_databases!(
    a_claim_is_found_as_people_ask_for_it,
    what_is_sought_and_other_filters_must_all_hold,
    a_search_has_pages_newest_first,
    claims_of_several_names_are_merged_and_each_is_there_once,
    a_claim_that_is_decided_again_is_found_by_its_new_decision,
    searches_that_are_refused,
    a_name_that_too_many_begin_with_needs_more_letters,
    a_clinic_finds_its_own_claims_only,
    a_search_is_exported,
    a_search_is_not_followed,
);
on_both_databases!(bare: what_was_acknowledged_is_found_by_whoever_asks);

/// Three claims of two patients.
async fn file_claims(app: &TestApp) {
    let auto = Claim::example("mva-stem-cell-knee")
        .with("/external_id", "AUTO")
        .with("/patient/given_name", "Marie-\u{c8}ve")
        .with("/patient/family_name", "C\u{f4}t\u{e9}")
        .with(
            "/patient/health_number",
            json!({"value": "9393881587", "province": "ON"}),
        )
        .with("/provider/name", "Dr. Amy Lee")
        .with("/coverages/0/insurer", "Northern Auto & Life")
        .with("/coverages/0/policy_number", "AP-77 01")
        .with("/coverages/0/claim_number", "2026-0417");
    let report = Claim::new("REPORT")
        .with("/patient/id", "P-2")
        .with("/patient/given_name", "Liam")
        .with("/patient/family_name", "O\u{2019}Brien")
        .with("/provider/id", "D-8")
        .with("/items/0/unit_price_cents", 11_340)
        .with(
            "/coverages",
            json!([{"kind": "private", "insurer": "Maple Life", "member_id": "0042-01"}]),
        );
    let other = Claim::new("OTHER")
        .with("/patient/id", "P-2")
        .with("/patient/given_name", "Liam")
        .with("/patient/family_name", "O'Brien")
        .with("/items/0/unit_price_cents", 5_000);
    for claim in [auto, report, other] {
        app.submit(&claim).await.is(201);
    }
}

/// The external ids that a list finds, newest first; there must be no further page.
async fn found(app: &TestApp, parameters: &[(&str, &str)]) -> Vec<String> {
    let list = app.list(parameters).await.is(200).json();
    assert_eq!(list["next"], Value::Null, "{list}");
    strings(&list["data"], "external_id")
}

async fn a_claim_is_found_as_people_ask_for_it(app: &TestApp) {
    file_claims(app).await;
    let total = app.list(&[("external_id", "AUTO")]).await.is(200).json();
    let total = total["data"][0]["total_cents"].to_string();
    let finding = app.list(&[]).await.is(200).json();
    assert_eq!(finding["data"].as_array().map(Vec::len), Some(3));
    for (name, value, expected) in [
        ("patient_name", "c\u{f4}t\u{e9}", &["AUTO"][..]),
        ("patient_name", "COTE", &["AUTO"]),
        ("patient_name", "c", &["AUTO"]),
        ("patient_name", "eve marie cot", &["AUTO"]),
        ("patient_name", "cote liam", &[]),
        ("patient_name", "obri", &["OTHER", "REPORT"]),
        ("patient_name", "o'brien", &["OTHER", "REPORT"]),
        ("patient_name", "li", &["OTHER", "REPORT"]),
        ("patient_name", "lia", &["OTHER", "REPORT"]),
        ("patient_name", "liama", &[]),
        ("patient_name", "brien", &[]),
        ("health_number", "9393 881-587", &["AUTO"]),
        ("health_number", "9393881588", &[]),
        ("insurer", "life", &["REPORT", "AUTO"]),
        ("insurer", "north life", &["AUTO"]),
        ("insurer", "nort auto zen", &[]),
        ("claim_number", "20260417", &["AUTO"]),
        ("claim_number", "AP-7701", &[]),
        ("policy_number", "ap7701", &["AUTO"]),
        ("policy_number", "004201", &["REPORT"]),
        ("provider", "D-8", &["REPORT"]),
        ("provider", "amy", &["AUTO"]),
        ("provider", "LEE AMY", &["AUTO"]),
        ("provider", "D-80", &[]),
        ("amount_cents", "11340", &["REPORT"]),
        ("amount_cents", &total, &["AUTO"]),
        ("amount_cents", "1134", &[]),
        ("rule", "mva-stem-cell-unapproved", &["AUTO"]),
        ("rule", "mva-stem", &[]),
        ("finding", "no_such_finding", &[]),
    ] {
        assert_eq!(
            found(app, &[(name, value)]).await,
            expected,
            "{name}={value}"
        );
    }
    // By each of its items as well as by all of them.
    let auto = Claim::example("mva-stem-cell-knee");
    let item = auto["items"][0]["unit_price_cents"].to_string();
    assert_eq!(found(app, &[("amount_cents", &item)]).await, ["AUTO"]);
}

async fn what_is_sought_and_other_filters_must_all_hold(app: &TestApp) {
    file_claims(app).await;
    let name = ("patient_name", "obrien");
    for (others, expected) in [
        (&[("patient_id", "P-2")][..], &["OTHER", "REPORT"][..]),
        (&[("patient_id", "P-4411")], &[]),
        (&[("external_id", "OTHER")], &["OTHER"]),
        (&[("q", "REP")], &["REPORT"]),
        (&[("insurer", "maple")], &["REPORT"]),
        (&[("amount_cents", "5000"), ("provider", "D-7")], &["OTHER"]),
        (&[("payer", "private")], &["REPORT"]),
        (&[("payer", "mva"), ("payer", "wsib")], &[]),
        (&[("status", "void"), ("status", "paid")], &[]),
        (&[("service_from", "2100-01-01")], &[]),
        (&[("received_from", "2020-01-01")], &["OTHER", "REPORT"]),
        (&[("received_to", "2020-01-01")], &[]),
        (&[("preauthorization", "OCF18-88123")], &[]),
        (&[("has_exceptions", "false")], &["OTHER", "REPORT"]),
    ] {
        let parameters: Vec<_> = others.iter().copied().chain([name]).collect();
        assert_eq!(found(app, &parameters).await, expected, "{others:?}");
    }
}

async fn a_search_has_pages_newest_first(app: &TestApp) {
    for number in 0..25 {
        let claim =
            Claim::new(&format!("INV-{number:02}")).with("/patient/family_name", "Tremblay");
        app.submit(&claim).await.is(201);
        let other = Claim::new(&format!("OTHER-{number:02}")).with("/patient/family_name", "Roy");
        app.submit(&other).await.is(201);
    }
    let expected = |numbers: std::ops::Range<usize>| -> Vec<String> {
        numbers
            .rev()
            .map(|number| format!("INV-{number:02}"))
            .collect()
    };
    let name = ("patient_name", "tremb");
    let page = async |limit: &str, cursor: Option<&Value>| {
        let mut parameters = vec![name, ("limit", limit)];
        parameters.extend(cursor.and_then(Value::as_str).map(|it| ("cursor", it)));
        app.list(&parameters).await.is(200).json()
    };
    let first = page("10", None).await;
    assert_eq!(strings(&first["data"], "external_id"), expected(15..25));
    let second = page("10", Some(&first["next"])).await;
    assert_eq!(strings(&second["data"], "external_id"), expected(5..15));
    let last = page("10", Some(&second["next"])).await;
    assert_eq!(strings(&last["data"], "external_id"), expected(0..5));
    assert_eq!(last["next"], Value::Null);
    let back = page("10", Some(&last["prev"])).await;
    assert_eq!(back["data"], second["data"]);
}

async fn claims_of_several_names_are_merged_and_each_is_there_once(app: &TestApp) {
    let names = ["Marten", "Martin", "Martineau", "Marteau Martinez"];
    for number in 0..12 {
        let claim = Claim::new(&format!("INV-{number:02}"))
            .with("/patient/family_name", names[number % names.len()]);
        app.submit(&claim).await.is(201);
    }
    let all = app.all("/v1/claims", &[("patient_name", "mart")]).await;
    let found: Vec<_> = all
        .iter()
        .map(|it| it["external_id"].as_str().unwrap_or_default())
        .collect();
    let expected: Vec<_> = (0..12)
        .rev()
        .map(|number| format!("INV-{number:02}"))
        .collect();
    assert_eq!(found, expected);
}

async fn a_claim_that_is_decided_again_is_found_by_its_new_decision(app: &TestApp) {
    let claim = Claim::example("mva-stem-cell-knee").with("/preauthorizations", json!(["OCF18-1"]));
    let stored = app.submit(&claim).await.is(201).json();
    let unknown = ("finding", "preauthorization_unknown");
    assert_eq!(found(app, &[unknown]).await.len(), 1);
    let approval = json!({
        "number": "OCF18-1", "kind": "ocf_18", "patient_id": claim["patient"]["id"], "payer": "mva",
        "status": "approved", "approved_cents": 1_000_000,
    });
    app.preauthorize(&approval).await.is(201);
    let path = format!("/v1/claims/{}", stored["id"].as_str().unwrap_or_default());
    let now = app.get(&path).await.is(200).json();
    assert_eq!(now["version"], 2, "the approval decides it again");
    assert_eq!(found(app, &[unknown]).await, [""; 0]);
    let rule = now["decision"]["items"][0]["rule"]
        .as_str()
        .unwrap_or_default();
    assert_eq!(found(app, &[("rule", rule)]).await.len(), 1);
    let before = stored["decision"]["items"][0]["rule"]
        .as_str()
        .unwrap_or_default();
    assert_ne!(rule, before);
    assert_eq!(found(app, &[("rule", before)]).await, [""; 0]);
    // What was submitted is found as before.
    let amount = stored["total_cents"].to_string();
    assert_eq!(found(app, &[("amount_cents", &amount)]).await.len(), 1);
}

async fn searches_that_are_refused(app: &TestApp) {
    for (name, value, code) in [
        ("patient_name", "", "too_short"),
        ("patient_name", " ", "blank"),
        ("patient_name", "-.-", "blank"),
        ("insurer", "&", "blank"),
        ("amount_cents", "113.40", "out_of_range"),
        ("amount_cents", "-1", "out_of_range"),
        ("amount_cents", "", "out_of_range"),
        ("health_number", "", "too_short"),
        ("provider", &"a".repeat(65), "too_long"),
    ] {
        let refused = app.list(&[(name, value)]).await.problem(400);
        refused.lists(&[(code, &format!("/{name}"))]);
    }
    app.list(&[("rule", "a"), ("rule", "b")])
        .await
        .problem(400)
        .lists(&[("repeated_parameter", "/rule")]);
}

async fn a_name_that_too_many_begin_with_needs_more_letters(app: &TestApp) {
    let letters: Vec<char> = ('a'..='z').collect();
    let lines: Vec<String> = (0..101)
        .map(|number| {
            let name = format!("Smit{}{}", letters[number / 26], letters[number % 26]);
            let claim = Claim::new(&format!("INV-{number}")).with("/patient/family_name", name);
            claim.text()
        })
        .collect();
    app.batch(lines.join("\n")).await;
    let refused = app.list(&[("patient_name", "smit")]).await.problem(400);
    assert_eq!(
        refused.member("type"),
        "urn:payerline:problem:invalid-query"
    );
    assert!(
        refused
            .member("detail")
            .to_string()
            .contains("more letters")
    );
    assert_eq!(found(app, &[("patient_name", "smita")]).await.len(), 26);
    // Of short beginnings each is a term of its own, however many names there are.
    let all = app.all("/v1/claims", &[("patient_name", "smi")]).await;
    assert_eq!(all.len(), 101);
}

async fn a_clinic_finds_its_own_claims_only(app: &TestApp) {
    file_claims(app).await;
    let other = app.new_clinic("Other").await;
    let nothing = other.list(&[("patient_name", "cote")]).await.is(200).json();
    assert_eq!(nothing["data"], json!([]));
    other
        .submit(&Claim::new("INV-1").with("/patient/family_name", "C\u{f4}t\u{e9}"))
        .await
        .is(201);
    let own = other.list(&[("patient_name", "cote")]).await.is(200).json();
    assert_eq!(strings(&own["data"], "external_id"), ["INV-1"]);
    assert_eq!(found(app, &[("patient_name", "cote")]).await, ["AUTO"]);
}

async fn a_search_is_exported(app: &TestApp) {
    file_claims(app).await;
    let path = query("/v1/claims", &[("patient_name", "obrien")]);
    let export = app
        .send(
            app.request(Method::GET, &path)
                .header("accept", "application/x-ndjson"),
        )
        .await
        .is(200);
    let lines: Vec<String> = export
        .json_lines()
        .iter()
        .map(|it| it["external_id"].as_str().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(lines, ["OTHER", "REPORT"]);
}

/// Changes that are followed by what is found could be missed.
async fn a_search_is_not_followed(app: &TestApp) {
    let refused = app
        .list(&[("patient_name", "obrien"), ("updated_from", "2020-01-01")])
        .await
        .problem(400);
    refused.lists(&[("unknown_parameter", "/patient_name")]);
}

async fn what_was_acknowledged_is_found_by_whoever_asks(database: &Database) {
    let replicas = match database.backend() {
        Backend::Postgres => 2,
        Backend::Sqlite => 1,
    };
    let mut replicas: Vec<Process> = (0..replicas).map(|_| serve(database)).collect();
    let callers: Vec<Caller> = replicas.iter_mut().map(Process::caller).collect();
    let callers = [&callers[0], &callers[callers.len() - 1]];
    let clients = (0..8).map(async |client: usize| {
        for number in 0..20 {
            let amount = 10_000 + client * 100 + number;
            let claim = Claim::new(&format!("INV-{client}-{number}"))
                .with("/items/0/unit_price_cents", amount)
                .with("/patient/family_name", "Tremblay");
            callers[client % 2].submit(&claim).await.is(201);
            let amount = amount.to_string();
            let parameters = [("amount_cents", &*amount), ("patient_name", "tremblay")];
            let found = loop {
                let answer = callers[number % 2].list(&parameters).await;
                // On a slow machine a search may be told to come back.
                if answer.status() != 503 {
                    break answer.is(200).json();
                }
            };
            assert_eq!(
                strings(&found["data"], "external_id"),
                [claim["external_id"].as_str().unwrap_or_default()]
            );
        }
    });
    join_all(clients).await;
    let all = callers[0].all("/v1/claims", &[("patient_name", "tremblay")]);
    assert_eq!(all.await.len(), 160);
}

#[test]
fn a_transaction_that_is_late_keeps_no_claim_from_being_found() {
    run_app(Backend::Postgres, async |app: &TestApp| {
        let named = |id: &str| Claim::new(id).with("/patient/family_name", "Tremblay");
        app.submit(&named("FIRST")).await.is(201);
        let mut replica = serve(app.database());
        let other = replica.caller();
        let find = async || found(app, &[("patient_name", "tremblay")]).await;
        let begin = || {
            let late = Caller::clone(app);
            let claim = named("LATE");
            tokio::spawn(async move { late.submit(&claim).await.status() })
        };
        let during = async {
            other.submit(&named("SECOND")).await.is(201);
            assert_eq!(find().await, ["SECOND", "FIRST"]);
            assert_eq!(find().await, ["SECOND", "FIRST"]);
        };
        let (late, ()) = app.database().hold_up("LATE", begin, during).await;
        assert_eq!(late.await.expect("it is answered"), 201);
        let mut all = find().await;
        all.sort();
        assert_eq!(all, ["FIRST", "LATE", "SECOND"]);
    });
}

/// A step in which the terms of 500 claims are written reaches beyond the horizon, and behind it a claim commits before the next.
#[test]
fn a_claim_that_commits_between_two_steps_is_found() {
    run_app(Backend::Postgres, async |app: &TestApp| {
        let named = |id: &str| Claim::new(id).with("/patient/family_name", "Tremblay");
        app.submit(&named("FIRST")).await.is(201);
        let mut replica = serve(app.database());
        let other = replica.caller();
        let store = store_of(app.database()).await;
        let clinic = store.clinic_ids().await.expect("clinics")[0];
        let day = Day::parse("2026-06-01").expect("a day");
        let begin = || {
            let late = Caller::clone(app);
            let claim = named("LATE");
            tokio::spawn(async move { late.submit(&claim).await.status() })
        };
        let during = async {
            let claims = (0..700).map(|number| Claim::new(&format!("INV-{number}")).text());
            other.batch(claims.collect::<Vec<_>>().join("\n")).await;
            let next = store
                .write_next_terms(clinic, None, day)
                .await
                .expect("a step");
            assert!(next.is_some(), "there are more claims than one step takes");
            next
        };
        let (late, next) = app.database().hold_up("LATE", begin, during).await;
        assert_eq!(late.await.expect("it is answered"), 201);
        let end = store
            .write_next_terms(clinic, next, day)
            .await
            .expect("a step");
        assert_eq!(end, None, "it is the last step");
        let mut all = found(app, &[("patient_name", "tremblay")]).await;
        all.sort();
        assert_eq!(all, ["FIRST", "LATE"]);
    });
}

#[test]
fn a_search_that_cannot_catch_up_says_so() {
    run_app(Backend::Sqlite, async |app: &TestApp| {
        file_claims(app).await;
        let asking = async {
            let refused = app.list(&[("patient_name", "cote")]).await.problem(503);
            assert!(refused.member("detail").to_string().contains("again"));
            // Lists do without.
            assert_eq!(found(app, &[("payer", "private")]).await, ["REPORT"]);
        };
        app.database().lock_file(asking).await;
        assert_eq!(found(app, &[("patient_name", "cote")]).await, ["AUTO"]);
    });
}
