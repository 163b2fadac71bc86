//! The log: one line a request, and what an operator has to know, under the id that the client was told.

use std::{
    fs::{self, File},
    os::unix::fs::PermissionsExt,
    path::Path,
    time::{Duration, Instant},
};

use futures_util::stream;
use reqwest::{Body, Method};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{sync::mpsc, time::timeout};

use crate::support::{
    ADMIN_KEY, Answer, Backend, Caller, Claim, Database, Process, binary_in, on_both_databases,
    ready, run_bare,
};

on_both_databases!(bare:
    the_start_is_logged_with_version_schema_and_database,
    a_generated_key_stays_out_of_a_log_for_collectors,
    probes_are_logged_for_debugging_only,
    a_request_is_logged_once_under_its_id,
    what_a_client_sends_to_find_its_request_again_is_logged,
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

/// Stops it; what it logged.
async fn log_of(mut process: Process, directory: &Path) -> String {
    process.terminate();
    process.ended_within(SOON).await;
    fs::read_to_string(directory.join("log")).expect("the log")
}

/// Stops it; the lines that it logged, each JSON.
async fn lines_of(process: Process, directory: &Path) -> Vec<Value> {
    let log = log_of(process, directory).await;
    log.lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

/// Stops it; the lines that it logged about a request.
async fn logged(process: Process, directory: &Path, request_id: &str) -> Vec<Value> {
    let lines = lines_of(process, directory).await.into_iter();
    lines
        .filter(|line| line["request_id"] == request_id)
        .collect()
}

async fn the_start_is_logged_with_version_schema_and_database(database: &Database) {
    let directory = TempDir::new().expect("a directory");
    let mut process = serve(database, directory.path());
    let (api, shown, schema) = (
        process.line("API"),
        process.line("Database"),
        process.line("Schema"),
    );
    let lines = lines_of(process, directory.path()).await;
    let started: Vec<_> = lines
        .iter()
        .filter(|line| line["message"] == "started")
        .collect();
    let [line] = &*started else {
        panic!("{lines:?}")
    };
    assert_eq!(line["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(line["database"], shown);
    assert_eq!(line["schema"], schema);
    assert_eq!(
        format!("http://{}", line["address"].as_str().expect("text")),
        api
    );
    let applied = database.lines("SELECT max(version) AS line FROM __diesel_schema_migrations");
    assert_eq!(applied, [schema]);
}

async fn a_generated_key_stays_out_of_a_log_for_collectors(database: &Database) {
    let directory = TempDir::new().expect("a directory");
    let mut command = binary_in(directory.path());
    let log = File::create(directory.path().join("log")).expect("a file");
    command
        .env("RUST_LOG", "info")
        .env("PAYERLINE_LOG_FORMAT", "json")
        .env("DATABASE_URL", database.url())
        .env("PAYERLINE_LISTEN", "127.0.0.1:0")
        .stderr(log);
    let mut process = Process::start(command);
    let api = process.line("API");
    assert_eq!(process.line("Admin key"), "in the file payerline-admin-key");
    let file = directory.path().join("payerline-admin-key");
    let mode = fs::metadata(&file).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let key = fs::read_to_string(&file).expect("a key");
    let caller = Caller::new(api, key.trim());
    caller.submit(&Claim::new("INV-1")).await.is(201);
    drop(caller);
    process.terminate();
    process.ended_within(SOON).await;
    let printed = process.printed_before_its_end();
    let log = fs::read_to_string(directory.path().join("log")).expect("the log");
    assert!(
        !printed.contains("pl_") && !log.contains("pl_"),
        "{printed}{log}"
    );
    assert!(log.contains("payerline-admin-key"), "{log}");
}

async fn probes_are_logged_for_debugging_only(database: &Database) {
    for (level, expected) in [("info", 0), ("debug", 3)] {
        let directory = TempDir::new().expect("a directory");
        let mut command = binary_in(directory.path());
        let log = File::create(directory.path().join("log")).expect("a file");
        command.env("RUST_LOG", level).stderr(log);
        let mut process = Process::serve(command, database.url(), ADMIN_KEY);
        let caller = process.caller();
        for probe in ["/healthz", "/readyz", "/metrics"] {
            caller.get(probe).await.is(200);
        }
        caller.get("/v1/claims").await.is(200);
        drop(caller);
        let log = log_of(process, directory.path()).await;
        let answered = log.lines().filter(|line| line.contains("answered"));
        assert_eq!(answered.count(), expected + 1, "{log}");
    }
}

/// An outage of a minute is two lines: no more for the requests than those they have anyway, each with its cause, and
/// none of several lines, though libpq's texts have them.
#[test]
fn an_outage_of_the_database_is_logged_when_it_begins_and_when_it_ends() {
    run_bare(Backend::Postgres, async |database| {
        let directory = TempDir::new().expect("a directory");
        let mut command = binary_in(directory.path());
        let log = File::create(directory.path().join("log")).expect("a file");
        command.env("RUST_LOG", "info").stderr(log);
        let mut process = Process::serve(command, database.url(), ADMIN_KEY);
        let caller = process.caller();
        caller.submit(&Claim::new("BEFORE")).await.is(201);
        let name = database.name();
        let connections = |are_allowed: bool| {
            database.administer(&format!(
                "ALTER DATABASE {name} ALLOW_CONNECTIONS {are_allowed}"
            ));
        };
        connections(false);
        database.administer(&format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        ));
        // Longer than the lease of whoever asks for back-tests and for readiness.
        let until = Instant::now() + Duration::from_secs(8);
        let mut failed = 0;
        while Instant::now() < until {
            caller.submit(&Claim::new("DURING")).await.problem(503);
            caller.get("/v1/preauthorizations").await.problem(503);
            failed += 2;
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        connections(true);
        ready(&caller, SOON).await;
        caller.submit(&Claim::new("AFTER")).await.is(201);
        drop(caller);

        let log = log_of(process, directory.path()).await;
        let about = |text: &str| log.lines().filter(|line| line.contains(text)).count();
        assert_eq!(about("claims cannot be stored"), 1, "{log}");
        assert_eq!(about("claims can be stored again"), 1, "{log}");
        assert_eq!(about("status=503"), failed, "{log}");
        assert_eq!(about("cause="), failed, "{log}");
        // When the listener is closed, the HTTP server's library logs errors of its own.
        let others: Vec<&str> = log
            .lines()
            .take_while(|line| !line.contains("stopping: finishing"))
            .filter(|line| line.contains(" WARN ") || line.contains(" ERROR "))
            .filter(|line| !line.contains("status=503") && !line.contains("claims cannot"))
            .collect();
        assert_eq!(others, Vec::<&str>::new());
        let torn = log.lines().find(|line| !line.starts_with("20"));
        assert_eq!(torn, None, "each line begins with its time: {log}");
    });
}

async fn a_request_is_logged_once_under_its_id(database: &Database) {
    let directory = TempDir::new().expect("a directory");
    let mut process = serve(database, directory.path());
    let caller = process.caller();
    caller.submit(&Claim::new("SECRET-1")).await.is(201);
    let answer = caller.get("/v1/claims?q=SECRET").await.is(200);
    let id = answer.header("x-request-id").to_owned();
    let first_id = async |path| {
        let listed = caller.get(path).await.is(200).json();
        listed["data"][0]["id"].as_str().expect("an id").to_owned()
    };
    let (clinic, key) = (
        first_id("/v1/clinics").await,
        first_id("/v1/api-keys").await,
    );
    drop(caller);

    let lines = logged(process, directory.path(), &id).await;
    let [line] = &*lines else { panic!("{lines:?}") };
    let expected = [
        ("clinic", &*clinic),
        ("key", &*key),
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

async fn what_a_client_sends_to_find_its_request_again_is_logged(database: &Database) {
    let directory = TempDir::new().expect("a directory");
    let mut process = serve(database, directory.path());
    let caller = process.caller();
    let traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let ask = async |id: &str, traceparent: &str| {
        let request = caller.request(Method::GET, "/v1/claims");
        let request = request.header("x-request-id", id);
        caller
            .send(request.header("traceparent", traceparent))
            .await
    };
    let sent = ask("job 17/claim-4", traceparent).await.is(200);
    let ours = sent.header("x-request-id").to_owned();
    assert_ne!(ours, "job 17/claim-4");
    assert_eq!(sent.header("x-client-request-id"), "job 17/claim-4");
    let too_long = "x".repeat(129);
    let other = ask(&too_long, "00-nonsense").await.is(200);
    assert_eq!(other.find_header("x-client-request-id"), None);
    let other = other.header("x-request-id").to_owned();
    // A problem has our id.
    let request = caller.request(Method::GET, "/v1/claims?limit=0");
    let refused = caller.send(request.header("x-request-id", "mine")).await;
    assert_eq!(refused.header("x-client-request-id"), "mine");
    let id = refused.header("x-request-id").to_owned();
    assert_eq!(refused.problem(400).member("request_id"), &json!(id));
    drop(caller);

    let log = lines_of(process, directory.path()).await;
    let line = |id: &str| {
        let mut lines = log.iter().filter(|line| line["request_id"] == id);
        lines.next().expect("a line").clone()
    };
    let sent = line(&ours);
    assert_eq!(sent["client_request_id"], "job 17/claim-4", "{sent}");
    assert_eq!(sent["traceparent"], traceparent, "{sent}");
    let other = line(&other);
    for name in ["client_request_id", "traceparent"] {
        assert_eq!(other.get(name), None, "{other}");
    }
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
        .filter(|it| it.starts_with("a part of the request failed"));
    assert_eq!(faults.count(), 1, "{messages:?}");
}
