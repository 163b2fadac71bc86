//! Failed logins: their limit, whom it never touches, and what the log says.

use std::{fs::File, net::IpAddr, time::Duration};

use reqwest::Method;
use tempfile::TempDir;

use crate::support::{
    ADMIN_KEY, Answer, Caller, Database, Process, TestApp, binary_in, on_both_databases,
};

on_both_databases!(an_address_with_too_many_failures_is_told_to_wait);
on_both_databases!(bare:
    behind_a_trusted_proxy_each_client_has_its_own_limit,
    a_flood_of_failures_does_not_flood_the_log,
);

const SOON: Duration = Duration::from_secs(10);

/// Tries a key that nothing has, for a client that a proxy would name.
async fn try_unknown_key(caller: &Caller, client: &str) -> Answer {
    let request = caller.without_key().request(Method::GET, "/v1/claims");
    let request = request.bearer_auth("pl_unknown_0123456789abcdefghijklmnop");
    caller.send(request.header("x-forwarded-for", client)).await
}

fn serve(database: &Database, directory: &TempDir, variables: &[(&str, &str)]) -> Process {
    let mut command = binary_in(directory.path());
    let log = File::create(directory.path().join("log")).expect("a file");
    command
        .env("RUST_LOG", "info")
        .envs(variables.iter().copied())
        .stderr(log);
    Process::serve(command, database.url(), ADMIN_KEY)
}

async fn an_address_with_too_many_failures_is_told_to_wait(app: &TestApp) {
    for number in 0..100 {
        // No proxy is trusted, so what this client says of itself does not count.
        let client = IpAddr::from([192, 0, 2, number]).to_string();
        try_unknown_key(app, &client).await.problem(401);
    }
    let answer = try_unknown_key(app, "192.0.2.200").await.is(429);
    let seconds: u64 = answer.header("retry-after").parse().expect("a number");
    assert!((1..=60).contains(&seconds), "{seconds}");
    let kind = answer.problem(429).member("type").clone();
    assert_eq!(kind, "urn:payerline:problem:too-many-failed-logins");
    // A valid key is never refused, and a request without one is no login.
    app.get("/v1/claims").await.is(200);
    app.without_key().get("/v1/claims").await.is(401);
    app.without_key().get("/healthz").await.is(200);
    app.new_key("billing").await.get("/v1/claims").await.is(200);
}

async fn behind_a_trusted_proxy_each_client_has_its_own_limit(database: &Database) {
    let directory = TempDir::new().expect("a directory");
    let variables = [
        ("PAYERLINE_FAILED_LOGINS_PER_MINUTE", "3"),
        ("PAYERLINE_TRUSTED_PROXIES", "10.0.0.0/8, 127.0.0.1"),
    ];
    let mut process = serve(database, &directory, &variables);
    let caller = process.caller();
    for client in ["192.0.2.7", "192.0.2.8, 10.0.0.9", "2001:db8::1"] {
        for _ in 0..3 {
            try_unknown_key(&caller, client).await.is(401);
        }
        try_unknown_key(&caller, client).await.is(429);
    }
    // Of one network, and of another.
    try_unknown_key(&caller, "2001:db8::2").await.is(429);
    try_unknown_key(&caller, "2001:db8:0:1::2").await.is(401);
    // What a client writes before the proxy's own entry does not count.
    try_unknown_key(&caller, "192.0.2.99, 192.0.2.7")
        .await
        .is(429);
}

async fn a_flood_of_failures_does_not_flood_the_log(database: &Database) {
    let directory = TempDir::new().expect("a directory");
    let variables = [
        ("PAYERLINE_FAILED_LOGINS_PER_MINUTE", "5"),
        ("PAYERLINE_TRUSTED_PROXIES", "127.0.0.1"),
    ];
    let mut process = serve(database, &directory, &variables);
    let caller = process.caller();
    for _ in 0..200 {
        try_unknown_key(&caller, "192.0.2.7").await;
    }
    for number in 0..200 {
        let client = IpAddr::from([198, 51, 100, number]).to_string();
        try_unknown_key(&caller, &client).await.is(401);
    }
    drop(caller);
    process.terminate();
    process.ended_within(SOON).await;
    let log = std::fs::read_to_string(directory.path().join("log")).expect("the log");
    let about = |text: &str| log.lines().filter(|line| line.contains(text)).count();
    assert_eq!(
        about("192.0.2.7"),
        2,
        "the first, and the one too many: {log}"
    );
    assert!(about("198.51.100.") <= 100, "{log}");
    assert_eq!(about("not logged"), 1, "{log}");
    assert_eq!(about("answered 429"), 1, "{log}");
    assert_eq!(about("status=429"), 0, "{log}");
    assert!(!log.contains("pl_unknown"), "{log}");
}
