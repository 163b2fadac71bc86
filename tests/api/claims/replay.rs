//! `payerline replay`: all stored decisions made again by the real binary, without a service.

use std::{env, process::Output};

use serde_json::json;
use tokio::process::Command;

use crate::support::{
    Claim, Database, TestApp, activate, altered, binary_in, clinic_named, draft, on_both_databases,
    rule, store_of,
};

on_both_databases!(
    every_stored_decision_comes_out_again,
    an_altered_decision_is_found_and_named,
    a_decision_by_a_clinics_own_rulebook_comes_out_again,
    a_decision_that_was_replaced_comes_out_again_too,
    one_clinic_is_enough_if_one_is_wanted,
);
on_both_databases!(bare: a_database_without_tables_is_no_success);

async fn replay(database: &Database, arguments: &[&str]) -> Output {
    let mut command = Command::from(binary_in(&env::temp_dir()));
    command.arg("replay").args(arguments);
    let command = command
        .env("DATABASE_URL", database.url())
        .kill_on_drop(true);
    command.output().await.expect("the binary runs")
}

/// What was printed after a label.
fn line<'o>(output: &'o Output, label: &str) -> &'o str {
    let text = std::str::from_utf8(&output.stdout).expect("text");
    let found = text.lines().find_map(|line| line.strip_prefix(label));
    found
        .unwrap_or_else(|| panic!("{label}: {output:?}"))
        .trim()
}

/// Claims of every kind, some of them of another clinic, one with an approval.
async fn submit_some(app: &TestApp) {
    let approval = json!({
        "number": "OCF18-1", "kind": "ocf_18", "patient_id": "P-4411", "payer": "mva",
        "status": "approved", "approved_cents": 600_000,
    });
    app.preauthorize(&approval).await.is(201);
    let approved =
        Claim::example("mva-stem-cell-knee").with("/preauthorizations", json!(["OCF18-1"]));
    app.submit(&approved).await.is(201);
    for example in [
        "private-physiotherapy",
        "wsib-stem-cell-back",
        "review-minor-stem-cell",
    ] {
        app.submit(&Claim::example(example)).await.is(201);
    }
    let other = app.new_clinic("other").await;
    other.submit(&Claim::new("INV-1")).await.is(201);
}

async fn every_stored_decision_comes_out_again(app: &TestApp) {
    submit_some(app).await;
    let output = replay(app.database(), &[]).await;
    assert!(output.status.success(), "{output:?}");
    assert_eq!(line(&output, "Decisions "), "5");
    assert_eq!(line(&output, "Differences"), "0");
    assert_eq!(line(&output, "Unreadable"), "0");
    line(&output, "Decisions/s").parse::<u64>().expect("a rate");
}

async fn a_decision_that_was_replaced_comes_out_again_too(app: &TestApp) {
    let (id, _) = super::redecisions::approved_later(app).await;
    let path = format!("/v1/claims/{id}/redecide");
    let again = app.post_if(&path, "\"1\"", &serde_json::Value::Null);
    again.await.is(200);
    let output = replay(app.database(), &[]).await;
    assert!(output.status.success(), "{output:?}");
    assert_eq!(line(&output, "Decisions "), "2");
}

async fn an_altered_decision_is_found_and_named(app: &TestApp) {
    submit_some(app).await;
    let database = app.database();
    database.replace_in_decisions(r#""rule":"uncovered""#, r#""rule":"another""#);
    let output = replay(database, &[]).await;
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(line(&output, "Decisions "), "5");
    assert_eq!(line(&output, "Differences"), "1");
    let other = clinic_named(app, "other").await;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let named = format!("of clinic {other}: another decision comes out");
    assert!(text.contains(&named), "{text}");
    // Evidence that does not read back, and a rulebook that nobody kept.
    database.replace_in_decisions(r#""items":"#, r#""parts":"#);
    let output = replay(database, &[]).await;
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(line(&output, "Unreadable"), "5");
}

async fn a_decision_by_a_clinics_own_rulebook_comes_out_again(app: &TestApp) {
    let clinic = clinic_named(app, "default").await;
    let store = store_of(app.database()).await;
    let own = altered("own", |table| {
        rule(table, "uncovered")["disposition"] = json!("needs_review");
    });
    draft(&store, clinic, &own).await;
    activate(&store, clinic, "own").await;
    store.close().await;
    // Nobody asked before, so the service learns of it now.
    let stored = app.submit(&Claim::new("INV-1")).await.is(201).json();
    assert_eq!(stored["decision"]["rulebook"]["version"], "own");
    let output = replay(app.database(), &[]).await;
    assert!(output.status.success(), "{output:?}");
    assert_eq!(line(&output, "Decisions "), "1");
}

async fn one_clinic_is_enough_if_one_is_wanted(app: &TestApp) {
    submit_some(app).await;
    let other = clinic_named(app, "other").await.to_string();
    let output = replay(app.database(), &["--clinic", &other]).await;
    assert!(output.status.success(), "{output:?}");
    assert_eq!(line(&output, "Decisions "), "1");
    let nobody = "01980a6e-2c4f-7d31-a5b0-6f3e5c1d2b7a";
    let output = replay(app.database(), &["--clinic", nobody]).await;
    assert_eq!(output.status.code(), Some(1));
    let output = replay(app.database(), &["--clinic", "other"]).await;
    assert_eq!(output.status.code(), Some(2));
}

async fn a_database_without_tables_is_no_success(database: &Database) {
    let output = replay(database, &[]).await;
    assert_eq!(output.status.code(), Some(1), "{output:?}");
}
