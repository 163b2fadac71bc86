//! Imports that nothing disturbs, and those that cannot begin.

use serde_json::{Value, json};

use super::workplace::Workplace;
use crate::support::{ADMIN_KEY, Claim, TestApp, full_claim, on_both_databases};

on_both_databases!(
    a_file_is_imported_and_the_next_time_all_is_there_already,
    several_files_and_standard_input_are_imported,
    a_key_that_is_not_valid_ends_it_at_once,
    a_key_comes_from_a_file_too,
    what_cannot_be_imported_is_said_before_anything_is_sent,
);

async fn a_file_is_imported_and_the_next_time_all_is_there_already(app: &TestApp) {
    let work = Workplace::new(ADMIN_KEY);
    let full = full_claim("INV-1");
    // A byte order mark, line breaks of Windows, blank lines, no line break at the end.
    let lines = format!(
        "\u{feff}{}\r\n\n{}",
        full.text(),
        Claim::new("INV-2").text()
    );
    work.write("claims.ndjson", lines);
    let run = work.import(&["claims.ndjson"], app).await;
    let run = run.exits(0).counts(2, 0, 0);
    assert!(run.stdout.contains("claims/s"), "{}", run.stdout);
    let id = &app.list(&[("external_id", "INV-1")]).await.json()["data"][0]["id"];
    let path = format!("/v1/claims/{}", id.as_str().expect("an id"));
    let stored = app.get(&path).await.is(200).json();
    assert_eq!(stored["submission"], *full);
    assert_eq!(work.files(), ["claims.ndjson"], "nothing else is left");
    work.import(&["claims.ndjson"], app)
        .await
        .exits(0)
        .counts(0, 2, 0);
}

async fn several_files_and_standard_input_are_imported(app: &TestApp) {
    let work = Workplace::new(ADMIN_KEY);
    for number in 1..=2 {
        let claim = Claim::new(&format!("FILE-{number}"));
        work.write(&format!("{number}.ndjson"), claim.text());
    }
    work.write("empty.ndjson", "");
    let files = ["1.ndjson", "empty.ndjson", "2.ndjson"];
    work.import(&files, app).await.exits(0).counts(2, 0, 0);
    let url = app.url("");
    let refused = Claim::new("PIPED-2").without("/patient/birth_date");
    let lines = [Claim::new("PIPED-1").text(), refused.text()].join("\n");
    let run = work.feed(&["import", "-", "--to", &url], &lines).await;
    run.exits(3).counts(1, 0, 1);
    let refused = work.json_lines("stdin.refused.ndjson");
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0]["claim"]["external_id"], "PIPED-2");
    assert!(work.files().iter().all(|name| !name.ends_with(".progress")));
}

async fn a_key_that_is_not_valid_ends_it_at_once(app: &TestApp) {
    let work = Workplace::new("pl_this-key-was-never-given-to-anybody");
    work.write("claims.ndjson", Claim::new("INV-1").text());
    let run = work.import(&["claims.ndjson"], app).await.exits(1);
    let run = run.says("401").says("PAYERLINE_KEY").counts(0, 0, 0);
    assert!(!run.stderr.contains("pl_this-key"), "{}", run.stderr);
    assert_eq!(
        work.files(),
        ["claims.ndjson"],
        "there is nothing to go on from"
    );
    let auditor = app.new_key("auditor").await;
    let work = Workplace::new(auditor.key());
    work.write("claims.ndjson", Claim::new("INV-1").text());
    let run = work.import(&["claims.ndjson"], app).await.exits(1);
    run.says("403").says("the key does not suffice");
    assert_eq!(app.list(&[]).await.json()["data"], json!([]));
}

async fn a_key_comes_from_a_file_too(app: &TestApp) {
    let work = Workplace::new("");
    work.write("claims.ndjson", Claim::new("INV-1").text());
    let url = app.url("");
    let order = ["import", "claims.ndjson", "--to", &url];
    work.run(&order).await.exits(1).says("there is no key");
    work.write("key", format!("{ADMIN_KEY}\n"));
    let with_key = [&order[..], &["--key-file", "key"]].concat();
    work.run(&with_key).await.exits(0).counts(1, 0, 0);
}

async fn what_cannot_be_imported_is_said_before_anything_is_sent(app: &TestApp) {
    let work = Workplace::new(ADMIN_KEY);
    work.write("good.ndjson", Claim::new("INV-1").text());
    work.write(
        "bad.csv",
        "external_id,patient.birthdate\nINV-2,1984-03-09\n",
    );
    let csv = work.import(&["good.ndjson", "bad.csv"], app).await.exits(1);
    csv.says("`patient.birthdate`").says("`patient.birth_date`");
    work.write("list.ndjson", "[\n{}\n]\n");
    let list = work.import(&["good.ndjson", "list.ndjson"], app).await;
    list.exits(1).says("line 1: ").says("jq");
    let missing = work.import(&["good.ndjson", "missing.ndjson"], app).await;
    missing.exits(1).says("missing.ndjson cannot be opened");
    let url = app.url("");
    work.write("kept", "corrections");
    let order = ["import", "good.ndjson", "--to", &url, "--refused", "kept"];
    work.run(&order).await.exits(1).says("is there already");
    assert_eq!(work.read("kept"), "corrections");
    for address in ["127.0.0.1:8080", "ftp://127.0.0.1"] {
        let order = ["import", "good.ndjson", "--to", address];
        work.run(&order)
            .await
            .exits(1)
            .says("no address of a service")
            .says("begin it with https://");
    }
    let encrypted = url.replace("http://", "https://");
    let run = work
        .run(&["import", "good.ndjson", "--to", &encrypted])
        .await;
    run.exits(1)
        .says(&format!("speaks http, not https: give {url}"));
    let nobody = ["import", "good.ndjson", "--to", "http://127.0.0.1:1"];
    let run = work.run(&nobody).await.exits(1);
    run.says("cannot be reached")
        .says("check that the service runs");
    work.run(&["import", "--to", &url]).await.exits(2);
    let several = [
        "import",
        "good.ndjson",
        "bad.csv",
        "--to",
        &url,
        "--refused",
        "new",
    ];
    work.run(&several).await.exits(2).says("several");
    let stored: Vec<Value> = app.all("/v1/claims", &[]).await;
    assert_eq!(stored, Vec::<Value>::new());
}
