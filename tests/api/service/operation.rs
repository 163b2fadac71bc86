//! What people who run the service rely on: health, readiness, metrics, the start with and without configuration.

use std::{
    process::Output,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{
    ADMIN_KEY, Caller, Claim, Database, Process, TestApp, binary_in, not_ready, on_both_databases,
    serve,
};

on_both_databases!(
    without_its_database_it_is_alive_but_not_ready,
    what_fails_without_the_database_says_nothing_about_it,
    metrics_name_what_is_watched,
);
on_both_databases!(bare:
    it_migrates_and_answers_the_health_check,
    while_it_drains_its_probes_say_so_and_requests_are_answered,
);

/// The body of a probe that is content.
fn ok() -> Value {
    json!({"status": "ok"})
}

async fn without_its_database_it_is_alive_but_not_ready(app: &TestApp) {
    let nobody = app.without_key();
    for probe in ["/healthz", "/readyz"] {
        assert_eq!(nobody.get(probe).await.is(200).json(), ok(), "{probe}");
    }
    app.database().vanish();
    let problem = not_ready(&nobody, Duration::from_secs(10)).await;
    assert_eq!(problem.member("type"), "urn:payerline:problem:unavailable");
    assert_eq!(nobody.get("/healthz").await.is(200).json(), ok());
}

async fn what_fails_without_the_database_says_nothing_about_it(app: &TestApp) {
    let stored = app.submit(&Claim::new("INV-1")).await.is(201).id();
    app.database().vanish();
    let answers = [
        app.get("/v1/claims").await,
        app.get(&format!("/v1/claims/{stored}")).await,
        app.submit(&Claim::new("INV-2")).await,
    ];
    for answer in answers {
        assert!(matches!(answer.status(), 500 | 503), "{}", answer.text());
        let text = answer.text().to_lowercase();
        for word in [
            "sql",
            "no such",
            "relation",
            "postgres",
            "diesel",
            "connection",
            "payerline_test",
        ] {
            assert!(!text.contains(word), "{word}: {text}");
        }
    }
}

async fn metrics_name_what_is_watched(app: &TestApp) {
    app.submit(&Claim::example("wsib-physiotherapy"))
        .await
        .is(201);
    app.submit(&Claim::example("uncovered-stem-cell-sports"))
        .await
        .is(201);
    app.get("/nowhere").await.is(404);
    let answer = app.without_key().get("/metrics").await.is(200);
    assert!(answer.header("content-type").starts_with("text/plain"));
    let text = answer.text();
    let samples: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .collect();
    // A sample whose name has a word and whose labels have these, and that counted something.
    let counted = |word: &str, labels: &[&str]| {
        samples.iter().any(|sample| {
            let name = sample.split(['{', ' ']).next().unwrap_or_default();
            let value = sample
                .rsplit(' ')
                .next()
                .and_then(|value| value.parse::<f64>().ok());
            name.contains(word)
                && labels.iter().all(|label| sample.contains(label))
                && value.is_some_and(|value| value > 0.0)
        })
    };
    let wanted: [(&str, &[&str]); 5] = [
        ("request", &["/v1/claims\"", "\"201\""]),
        ("request", &["_bucket", "le=\""]),
        ("batch", &[]),
        ("claims", &["payer=\"wsib\""]),
        ("claims", &["payer=\"uncovered\""]),
    ];
    for (word, labels) in wanted {
        assert!(
            counted(word, labels),
            "no sample of {word} {labels:?} in\n{text}"
        );
    }
    let named = samples.iter().any(|sample| sample.contains("queue"));
    assert!(named, "the writer's queue in\n{text}");
    assert!(text.contains("# TYPE"), "{text}");
    for secret in ["INV-2026", "P-1006", "DeLuca", "31857264"] {
        assert!(!text.contains(secret), "{secret}");
    }
    // Unknown paths are one route: whoever tries paths does not fill the memory.
    assert!(!text.contains("/nowhere"), "{text}");
}

async fn it_migrates_and_answers_the_health_check(database: &Database) {
    let directory = TempDir::new().expect("a directory");
    let mut migrate = binary_in(directory.path());
    migrate.arg("migrate").env("DATABASE_URL", database.url());
    for _ in 0..2 {
        let output = migrate.output().expect("the binary runs");
        assert!(output.status.success(), "{output:?}");
    }
    let mut process = serve(database);
    process.caller().submit(&Claim::new("INV-1")).await.is(201);
    let address = process.line("API").replace("http://", "");
    let mut check = binary_in(directory.path());
    check.arg("healthcheck").env("PAYERLINE_LISTEN", &address);
    assert!(check.output().expect("the binary runs").status.success());
    process.kill();
    assert!(!check.output().expect("the binary runs").status.success());
}

async fn while_it_drains_its_probes_say_so_and_requests_are_answered(database: &Database) {
    let directory = TempDir::new().expect("a directory");
    let mut command = binary_in(directory.path());
    command.env("PAYERLINE_DRAIN_SECONDS", "3");
    let mut process = Process::serve(command, database.url(), ADMIN_KEY);
    let caller = process.caller();
    caller.get("/healthz").await.is(200);
    process.terminate();
    let deadline = Instant::now() + Duration::from_secs(2);
    while caller.get("/healthz").await.status() == 200 {
        assert!(Instant::now() < deadline, "the probe says that it stops");
    }
    caller.get("/readyz").await.problem(503);
    caller.submit(&Claim::new("INV-1")).await.is(201);
    drop(caller);
    let status = process.ended_within(Duration::from_secs(10)).await;
    assert!(status.success());
}

#[tokio::test]
async fn with_no_configuration_it_starts_on_sqlite_in_the_current_directory() {
    let directory = TempDir::new().expect("a directory");
    let mut command = binary_in(directory.path());
    command.env("PAYERLINE_LISTEN", "127.0.0.1:0");
    let mut process = Process::start(command);
    let api = process.line("API");
    let port = api
        .rsplit(':')
        .next()
        .and_then(|port| port.parse::<u16>().ok());
    assert!(
        api.starts_with("http://127.0.0.1:") && port.is_some_and(|port| port > 0),
        "{api}"
    );
    assert_eq!(process.line("Swagger UI"), format!("{api}/docs/"));
    assert_eq!(process.line("Database"), "sqlite://./payerline.db");
    let key = process.line("Admin key");
    assert!(key.starts_with("pl_"), "{key}");

    let caller = Caller::new(api, &key);
    caller
        .submit(&Claim::example("private-physiotherapy"))
        .await
        .is(201);
    caller
        .post("/v1/clinics", &json!({"name": "Harbour Clinic"}))
        .await
        .is(201);
    assert!(directory.path().join("payerline.db").is_file());
    process.kill();

    // Started again it has a key and prints none; the one it printed is still good.
    let mut command = binary_in(directory.path());
    command.arg("serve").env("PAYERLINE_LISTEN", "127.0.0.1:0");
    let mut process = Process::start(command);
    let caller = Caller::new(process.line("API"), &key);
    caller.get("/v1/claims").await.is(200);
    process.terminate();
    assert!(
        process
            .ended_within(Duration::from_secs(10))
            .await
            .success()
    );
    assert!(!process.printed_before_its_end().contains("pl_"));
}

/// Runs the binary with settings that it must refuse, and returns what it said.
pub fn refused(variables: &[(&str, &str)]) -> String {
    let directory = TempDir::new().expect("a directory");
    let mut command = binary_in(directory.path());
    command.arg("serve").env("PAYERLINE_LISTEN", "127.0.0.1:0");
    let Output {
        status,
        stdout,
        stderr,
    } = command
        .envs(variables.iter().copied())
        .output()
        .expect("the binary runs");
    assert!(!status.success(), "{variables:?}");
    String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned()
}

#[test]
fn settings_that_are_refused() {
    for url in [
        "mysql://localhost/claims",
        "payerline.db",
        "http://localhost",
    ] {
        let said = refused(&[("DATABASE_URL", url)]);
        assert!(
            said.contains("sqlite://") && said.contains("postgres://"),
            "{url}: {said}"
        );
    }
    let said = refused(&[("PAYERLINE_ADMIN_KEY", "twenty-three-characters")]);
    assert!(said.contains("24"), "{said}");
    assert!(
        !said.contains("twenty-three-characters"),
        "a key is not printed: {said}"
    );
    let said = refused(&[("PAYERLINE_DRAIN_SECONDS", "6")]);
    assert!(said.contains("0..=5"), "{said}");
    let said = refused(&[("PAYERLINE_TRUSTED_PROXIES", "10.0.0.0/33")]);
    assert!(said.contains("10.0.0.0/33"), "{said}");
    let said = refused(&[("PAYERLINE_LISTEN", "everywhere")]);
    assert!(said.to_lowercase().contains("listen"), "{said}");
}
