//! The log: one line a request, and what an operator has to know, under the id that the client was told.

use std::{fs::File, path::Path, time::Duration};

use futures_util::stream;
use reqwest::Body;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{sync::mpsc, time::timeout};

use crate::support::{ADMIN_KEY, Answer, Claim, Database, Process, binary_in, on_both_databases};

on_both_databases!(bare:
    a_request_is_logged_once_under_its_id,
    a_line_of_a_batch_that_fails_is_logged_under_the_batchs_id,
);

const SOON: Duration = Duration::from_secs(10);

/// The service, with its log as JSON in a file of a directory.
fn serve(database: &Database, directory: &Path) -> Process {
    let mut command = binary_in(directory);
    let log = File::create(directory.join("log")).expect("a file");
    command
        .env("RUST_LOG", "info")
        .env("PAYERLINE_LOG_FORMAT", "json")
        .stderr(log);
    Process::serve(command, database.url(), ADMIN_KEY)
}

/// Stops it; the lines that it logged about a request.
async fn logged(mut process: Process, directory: &Path, request_id: &str) -> Vec<Value> {
    process.terminate();
    process.ended_within(SOON).await;
    let log = std::fs::read_to_string(directory.join("log")).expect("the log");
    let lines = log
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"));
    let about = |line: &Value| line["request_id"] == request_id;
    lines.filter(about).collect()
}

async fn a_request_is_logged_once_under_its_id(database: &Database) {
    let directory = TempDir::new().expect("a directory");
    let mut process = serve(database, directory.path());
    let caller = process.caller();
    caller.submit(&Claim::new("SECRET-1")).await.is(201);
    let answer = caller.get("/v1/claims?q=SECRET").await.is(200);
    let id = answer.header("x-request-id").to_owned();
    drop(caller);

    let lines = logged(process, directory.path(), &id).await;
    let [line] = &*lines else { panic!("{lines:?}") };
    let expected = [
        ("level", "INFO"),
        ("message", "answered"),
        ("method", "GET"),
        ("route", "/v1/claims"),
    ];
    for (name, value) in expected {
        assert_eq!(line[name], value, "{line}");
    }
    assert_eq!(line["status"], 200);
    assert!(!line.to_string().contains("SECRET"), "{line}");
}

async fn a_line_of_a_batch_that_fails_is_logged_under_the_batchs_id(database: &Database) {
    let directory = TempDir::new().expect("a directory");
    let mut process = serve(database, directory.path());
    let (lines, waiting) = mpsc::channel::<String>(1);
    let body = stream::unfold(waiting, |mut waiting| async move {
        Some((Ok::<_, std::io::Error>(waiting.recv().await?), waiting))
    });
    let caller = process.caller();
    let request = caller.raw(
        "/v1/claims/batch",
        "application/x-ndjson",
        Body::wrap_stream(body),
    );
    let answer = tokio::spawn(request.send());
    let stored = Claim::new("STORED").text() + "\n";
    lines.send(stored).await.expect("it reads");
    let answer = answer.await.expect("a task").expect("an answer");
    let stored = async {
        while caller.list(&[("q", "STORED")]).await.json()["data"] == json!([]) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(SOON, stored).await.expect("the first is stored");
    database.vanish();
    let lost = Claim::new("LOST").text() + "\n";
    lines.send(lost).await.expect("it reads");
    drop(lines);

    let answer = Answer::read(answer).await.expect("a whole answer").is(200);
    let id = answer.header("x-request-id").to_owned();
    let results = answer.json_lines();
    assert_eq!(results[0]["status"], 201, "{results:?}");
    let status = results[1]["status"].as_u64().expect("a number");
    assert!(matches!(status, 500 | 503), "{results:?}");
    assert_eq!(results[1]["problem"]["request_id"], id);
    drop(caller);

    let lines = logged(process, directory.path(), &id).await;
    let messages: Vec<&str> = lines
        .iter()
        .filter_map(|line| line["message"].as_str())
        .collect();
    assert!(messages.contains(&"answered"), "{messages:?}");
    let faults = messages
        .iter()
        .filter(|it| ["unavailable", "fault of ours"].contains(it));
    assert_eq!(faults.count(), 1, "{messages:?}");
}
