//! `payerline verify`: what somebody altered in the database is found and named.

use std::{collections::BTreeSet, env, process::Output};

use tokio::process::Command;

use crate::support::{Backend, Claim, Database, TestApp, binary_in, on_both_databases};

on_both_databases!(
    a_database_as_the_service_left_it_has_no_fault,
    an_altered_name_is_found_in_the_submission,
    an_altered_price_is_found_in_the_submission,
    an_altered_sum_is_found,
    an_altered_status_is_found,
    an_altered_id_that_is_shown_is_found,
    an_altered_decision_and_its_facts_are_found,
    an_altered_event_is_found,
    a_removed_event_is_found_wherever_it_stood,
    a_removed_claim_is_found_by_its_events,
    altered_columns_and_items_are_named,
    one_claim_is_enough_if_one_is_wanted,
);

pub async fn verify(database: &Database, arguments: &[&str]) -> Output {
    run(database, &[&["verify"], arguments].concat()).await
}

pub(super) async fn run(database: &Database, arguments: &[&str]) -> Output {
    let mut command = Command::from(binary_in(&env::temp_dir()));
    command.args(arguments);
    let command = command
        .env("DATABASE_URL", database.url())
        .kill_on_drop(true);
    command.output().await.expect("the binary runs")
}

async fn expect_fault(app: &TestApp, claim: &str, what: &str) {
    expect_faults(app, claim, &[what]).await;
}

/// Expects one claim with just these faults, and that nothing else of it is printed.
async fn expect_faults(app: &TestApp, claim: &str, expected: &[&str]) {
    let output = verify(app.database(), &[]).await;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let faults: BTreeSet<&str> = text
        .lines()
        .filter(|line| line.starts_with(claim) && line.contains(" of clinic "))
        .filter_map(|line| line.split_once(": "))
        .map(|(_, what)| what)
        .collect();
    assert_eq!(faults, expected.iter().copied().collect(), "{text}");
    assert!(text.contains("Altered   1\n"), "{text}");
    // What is altered is patient data, and stays unsaid.
    for secret in ["Mallory", "Okafor"] {
        assert!(!text.contains(secret), "{text}");
    }
}

/// Two claims, the second of which was decided twice; answers with the second's id.
async fn claims_with_a_history(app: &TestApp) -> String {
    let (id, _) = super::redecisions::approved_later(app).await;
    let path = format!("/v1/claims/{id}/redecide");
    let again = app.post_if(&path, "\"1\"", &serde_json::Value::Null);
    again.await.is(200);
    app.submit(&Claim::example("private-physiotherapy"))
        .await
        .is(201);
    id
}

/// Alters one column of a claim.
fn alter(app: &TestApp, claim: &str, assignment: &str) {
    let database = app.database();
    let id = database.id(claim);
    database.execute(&format!("UPDATE claims SET {assignment} WHERE id = {id}"));
}

/// Replaces a part of a claim's JSON column.
fn replace(app: &TestApp, claim: &str, column: &str, from: &str, to: &str) {
    alter(
        app,
        claim,
        &format!("{column} = replace({column}{{text}}, '{from}', '{to}'){{json}}"),
    );
}

const UNFOUNDED: &str = "was changed: it does not follow from the submission and the decision";
const DIGEST: &str =
    "content_digest was changed: it does not follow from the submission and the decision";
const SUBMISSION: &str = "the submission was changed: it is not the one that was received";

async fn a_database_as_the_service_left_it_has_no_fault(app: &TestApp) {
    claims_with_a_history(app).await;
    let other = app.new_clinic("other").await;
    other.submit(&Claim::new("INV-1")).await.is(201);
    let output = verify(app.database(), &[]).await;
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.starts_with("Claims    3\n"), "{text}");
    assert!(text.contains("Altered   0\n"), "{text}");
}

async fn an_altered_name_is_found_in_the_submission(app: &TestApp) {
    let claim = Claim::new("INV-1").with("/patient/family_name", "Okafor");
    let id = app.submit(&claim).await.is(201).id().to_owned();
    replace(app, &id, "submission", "Okafor", "Mallory");
    expect_faults(app, &id, &[SUBMISSION, DIGEST]).await;
}

async fn an_altered_price_is_found_in_the_submission(app: &TestApp) {
    let claim = Claim::new("INV-1").with("/items/0/unit_price_cents", 4_321);
    let id = app.submit(&claim).await.is(201).id().to_owned();
    replace(app, &id, "submission", "4321", "9321");
    // The sums in the columns tell too.
    let sums = ["allocations", "total_cents"].map(|column| format!("{column} {UNFOUNDED}"));
    let item = "the row of item 1 was changed";
    let service = "a row of its services was removed";
    let faults = [SUBMISSION, DIGEST, item, service, &sums[0], &sums[1]];
    expect_faults(app, &id, &faults).await;
}

async fn an_altered_sum_is_found(app: &TestApp) {
    let id = claims_with_a_history(app).await;
    alter(app, &id, "total_cents = total_cents + 1");
    let what = "total_cents was changed: it does not follow from the submission and the decision";
    expect_fault(app, &id, what).await;
}

async fn an_altered_status_is_found(app: &TestApp) {
    let id = claims_with_a_history(app).await;
    app.database().set_status(&id, "paid");
    expect_fault(app, &id, "status was changed").await;
}

async fn an_altered_id_that_is_shown_is_found(app: &TestApp) {
    let id = claims_with_a_history(app).await;
    for column in ["external_id", "patient_id"] {
        alter(app, &id, &format!("{column}_sent = 'INV-9'"));
        expect_fault(app, &id, &format!("{column} {UNFOUNDED}")).await;
        alter(app, &id, &format!("{column}_sent = NULL"));
    }
}

async fn an_altered_decision_and_its_facts_are_found(app: &TestApp) {
    let id = app
        .submit(&Claim::new("INV-1"))
        .await
        .is(201)
        .id()
        .to_owned();
    replace(
        app,
        &id,
        "decision",
        "\"because\":\"",
        "\"because\":\"Not: ",
    );
    let what = "the decision was changed: it is not the one that was recorded";
    expect_fault(app, &id, what).await;
    replace(
        app,
        &id,
        "decision",
        "\"because\":\"Not: ",
        "\"because\":\"",
    );
    replace(app, &id, "facts", "{\"today\":", "{ \"today\":");
    let what = "the facts of the decision were changed: they are not those that were recorded";
    expect_fault(app, &id, what).await;
}

async fn an_altered_event_is_found(app: &TestApp) {
    let id = claims_with_a_history(app).await;
    let database = app.database();
    database.allow_changes_of_events();
    database.execute(&format!(
        "UPDATE events SET kind = 'claim.received' WHERE number = 2 AND subject_id = {}",
        database.id(&id)
    ));
    let output = verify(database, &[]).await;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        text.contains("event 2 was changed: its hash is another"),
        "{text}"
    );
}

async fn a_removed_event_is_found_wherever_it_stood(app: &TestApp) {
    let id = claims_with_a_history(app).await;
    let database = app.database();
    database.allow_changes_of_events();
    let remove = |number: i64| {
        database.execute(&format!(
            "DELETE FROM events WHERE number = {number} AND subject_id = {}",
            database.id(&id)
        ));
    };
    let printed = async || {
        let output = verify(database, &[]).await;
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    remove(1);
    let text = printed().await;
    assert!(text.contains(": event 1 was removed\n"), "{text}");
    remove(2);
    let text = printed().await;
    let what = "the event of its receipt was removed or changed";
    assert!(text.contains(what) && text.contains(&id), "{text}");

    // The last one of a chain leaves no gap, but a version without an event.
    let last = app
        .submit(&Claim::new("INV-9"))
        .await
        .is(201)
        .id()
        .to_owned();
    alter(app, &last, "version = 2");
    let text = printed().await;
    assert!(text.contains(&format!("{last} of clinic")), "{text}");
    assert!(
        text.contains("version is not the number of its events"),
        "{text}"
    );
}

async fn a_removed_claim_is_found_by_its_events(app: &TestApp) {
    let id = claims_with_a_history(app).await;
    let database = app.database();
    database.execute(&format!(
        "DELETE FROM claims WHERE id = {}",
        database.id(&id)
    ));
    expect_fault(app, &id, "the claim was removed: only its events are left").await;
}

async fn altered_columns_and_items_are_named(app: &TestApp) {
    let id = claims_with_a_history(app).await;
    for column in ["external_id", "patient_id"] {
        alter(app, &id, &format!("{column} = 'X-1'"));
    }
    for column in ["service_to", "received_at"] {
        alter(app, &id, &format!("{column} = {}", later_than(app, column)));
    }
    let output = verify(app.database(), &[]).await;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    for column in ["external_id", "patient_id", "service_to", "received_at"] {
        assert!(
            text.contains(&format!("{column} was changed")),
            "{column}: {text}"
        );
    }
    let database = app.database();
    let row = format!("claim_id = {}", database.id(&id));
    database.execute(&format!("DELETE FROM claim_services WHERE {row}"));
    let output = verify(database, &[]).await;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("a row of its services was removed"), "{text}");
    database.execute(&format!("UPDATE claim_items SET rule = 'x' WHERE {row}"));
    let output = verify(database, &[]).await;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("the row of item 1 was changed"), "{text}");
    database.execute(&format!("DELETE FROM claim_items WHERE {row}"));
    let output = verify(database, &[]).await;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        text.contains("a row of its items was added or removed"),
        "{text}"
    );
}

/// SQL for a later value of a column than the one that is stored.
fn later_than(app: &TestApp, column: &str) -> &'static str {
    match (app.database().backend(), column) {
        (Backend::Sqlite, "service_to") => "date(service_to, '+1 day')",
        (Backend::Postgres, "service_to") => "service_to + 1",
        (Backend::Sqlite, _) => "received_at + 1",
        (Backend::Postgres, _) => "received_at + interval '1 second'",
    }
}

async fn one_claim_is_enough_if_one_is_wanted(app: &TestApp) {
    let id = claims_with_a_history(app).await;
    let output = verify(app.database(), &["--claim", &id]).await;
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.starts_with("Claims    1\nEvents    2\n"), "{text}");
    let nobody = "01980a6e-0000-7000-8000-000000000000";
    let output = verify(app.database(), &["--claim", nobody]).await;
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(text.contains("there is no claim"), "{text}");
}
