//! `/metrics`: what an operator watches, and the alerts and the dashboard that are made of it.

use std::{
    collections::BTreeSet,
    fs,
    time::{Duration, Instant},
};

use serde_json::json;

use crate::{
    backtests,
    support::{Backend, Caller, Claim, TestApp, on_both_databases},
};

on_both_databases!(
    metrics_say_what_happened,
    metrics_say_how_the_database_is,
    alerts_and_dashboard_use_metrics_that_exist,
);

/// The stored claims are counted every five seconds, on a slow machine more seldom.
const COUNTED: Duration = Duration::from_secs(60);

/// A sample: its name, its labels as they are written, its value.
type Sample = (String, String, f64);

async fn scrape(caller: &Caller) -> Vec<Sample> {
    let text = caller.without_key().get("/metrics").await.is(200).text();
    let samples = text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty());
    samples
        .map(|line| {
            let (sample, value) = line.rsplit_once(' ').expect("a value");
            let (name, labels) = sample.split_once('{').unwrap_or((sample, ""));
            let value = value.parse().unwrap_or_else(|_| panic!("{line}"));
            (name.to_owned(), labels.to_owned(), value)
        })
        .collect()
}

/// The value of the sample that has these labels.
fn find(samples: &[Sample], name: &str, labels: &[&str]) -> Option<f64> {
    let mut found = samples.iter().filter(|(it, written, _)| {
        it == name && labels.iter().all(|label| written.contains(label))
    });
    found.next().map(|(.., value)| *value)
}

fn value(samples: &[Sample], name: &str, labels: &[&str]) -> f64 {
    find(samples, name, labels).unwrap_or_else(|| panic!("no {name} {labels:?} in {samples:#?}"))
}

/// Waits until a metric has a value.
async fn reaches(caller: &Caller, name: &str, labels: &[&str], expected: f64, limit: Duration) {
    let deadline = Instant::now() + limit;
    loop {
        let found = find(&scrape(caller).await, name, labels);
        if found == Some(expected) {
            return;
        }
        assert!(Instant::now() < deadline, "{name} {labels:?} is {found:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn metrics_say_what_happened(app: &TestApp) {
    let before = scrape(app).await;
    for (name, labels) in [
        ("payerline_claims_received_total", "payer=\"wsib\""),
        ("payerline_failed_logins_total", "status=\"429\""),
        ("payerline_backtests_ended_total", "end=\"failed\""),
        ("payerline_claims_refused_total", ""),
        ("payerline_faults_total", ""),
        ("payerline_overloaded", ""),
    ] {
        assert_eq!(
            value(&before, name, &[labels]),
            0.0,
            "{name} begins at zero"
        );
    }

    let claim = |id| Claim::new(id).with("/items/0/code", "CONSULT");
    app.submit(&claim("INV-1")).await.is(201);
    app.submit(&claim("INV-2")).await.is(201);
    app.submit(&claim("INV-2")).await.is(200);
    app.with_key("pl_unknown").get("/v1/claims").await.is(401);
    backtests::draft_stricter(app).await;
    let ended = backtests::run(app, "stricter", &json!({})).await;
    assert_eq!(ended["state"], "finished");

    let after = scrape(app).await;
    let count = |name, labels: &[&str]| value(&after, name, labels);
    assert_eq!(count("payerline_possible_duplicates_total", &[]), 1.0);
    assert_eq!(count("payerline_failed_logins_total", &["\"401\""]), 1.0);
    assert_eq!(
        count("payerline_backtests_ended_total", &["\"finished\""]),
        1.0
    );
    assert_eq!(count("payerline_backtest_claims_total", &[]), 2.0);
    assert_eq!(count("payerline_backtests_running", &[]), 0.0);
    assert_eq!(count("payerline_writer_batch_claims_sum", &[]), 3.0);
    // What takes 2.5 s, 5 s and 10 s is told apart.
    let submitted = ["route=\"/v1/claims\"", "method=\"POST\""];
    for bound in ["2.5", "6", "10"] {
        let bound = format!("le=\"{bound}\"");
        let labels = [submitted[0], submitted[1], &bound];
        assert_eq!(
            count("payerline_http_request_duration_seconds_bucket", &labels),
            3.0
        );
    }
    let version = format!("version=\"{}\"", env!("CARGO_PKG_VERSION"));
    assert_eq!(
        count("payerline_build_info", &[&version, "schema=\"2026"]),
        1.0
    );

    // `INV-2` bills the same service once more, so a person looks at it.
    let limit = COUNTED;
    reaches(
        app,
        "payerline_stored_claims",
        &["\"needs_review\""],
        1.0,
        limit,
    )
    .await;
    reaches(app, "payerline_stored_claims", &["\"ready\""], 1.0, limit).await;
    reaches(app, "payerline_stored_claims", &["\"paid\""], 0.0, limit).await;
}

async fn metrics_say_how_the_database_is(app: &TestApp) {
    reaches(app, "payerline_database_up", &[], 1.0, COUNTED).await;
    let now = scrape(app).await;
    for (name, labels) in [
        ("payerline_database_size_bytes", ""),
        ("payerline_disk_free_bytes", "holds=\"temporary_files\""),
        ("payerline_database_pool_connections", "pool=\"writers\""),
        ("process_resident_memory_bytes", ""),
        ("process_open_fds", ""),
        ("process_start_time_seconds", ""),
    ] {
        assert!(value(&now, name, &[labels]) > 0.0, "{name}");
    }
    let disk = find(&now, "payerline_disk_free_bytes", &["holds=\"database\""]);
    // The disk of a server is not this machine's.
    assert_eq!(disk.is_some(), app.database().backend() == Backend::Sqlite);
    app.database().vanish();
    reaches(app, "payerline_database_up", &[], 0.0, COUNTED).await;
}

/// Everything that `docker/monitoring` and the manual name, from the repository.
fn read(path: &str) -> String {
    let path = format!("{}/{path}", env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The metrics that a text names, each with the names of the labels that it picks.
fn named(text: &str) -> BTreeSet<(String, Vec<String>)> {
    let is_part = |it: char| it.is_ascii_alphanumeric() || it == '_';
    // In JSON quotes are escaped.
    let text = text.replace('\\', "");
    let mut found = BTreeSet::new();
    for prefix in ["payerline_", "process_"] {
        for (at, _) in text.match_indices(prefix) {
            if text[..at].ends_with(is_part) {
                continue;
            }
            let end = text[at..]
                .find(|it| !is_part(it))
                .map_or(text.len(), |length| at + length);
            let labels = text[end..]
                .strip_prefix('{')
                .and_then(|rest| rest.split('}').next());
            let labels = labels.into_iter().flat_map(|labels| labels.split(','));
            let labels =
                labels.filter_map(|label| Some(label.split_once('=')?.0.trim().to_owned()));
            found.insert((text[at..end].to_owned(), labels.collect()));
        }
    }
    found
}

async fn alerts_and_dashboard_use_metrics_that_exist(app: &TestApp) {
    app.submit(&Claim::new("INV-1")).await.is(201);
    reaches(app, "payerline_stored_claims", &["\"ready\""], 1.0, COUNTED).await;
    let exported = scrape(app).await;
    let exists = |name: &str, label: &str| {
        // Prometheus itself adds the first two.
        let is_in = |labels: &str| {
            ["job", "instance", ""].contains(&label) || labels.contains(&format!("{label}=\""))
        };
        let mut samples = exported.iter().filter(|(it, ..)| it == name);
        samples.any(|(_, labels, _)| is_in(labels))
    };
    for file in ["alerts.yml", "grafana-dashboard.json"] {
        let named = named(&read(&format!("docker/monitoring/{file}")));
        assert!(named.len() > 5, "{file}: {named:?}");
        for (name, labels) in named {
            assert!(exists(&name, ""), "{file}: nothing exports {name}");
            for label in labels {
                assert!(exists(&name, &label), "{file}: {name} has no label {label}");
            }
        }
    }
    let manual = read("docs/operations.md");
    let bases: BTreeSet<&str> = exported
        .iter()
        .map(|(name, ..)| {
            ["_bucket", "_sum", "_count"]
                .iter()
                .find_map(|it| name.strip_suffix(it))
                .unwrap_or(name)
        })
        .collect();
    for name in bases {
        assert!(
            manual.contains(&format!("`{name}`")),
            "docs/operations.md explains {name}"
        );
    }
}

#[test]
fn each_alert_has_a_section_that_says_what_to_do() {
    let manual = read("docs/operations.md");
    let anchors: Vec<String> = manual
        .lines()
        .filter(|line| line.starts_with('#'))
        .map(|line| {
            line.trim_start_matches('#')
                .trim()
                .to_lowercase()
                .replace(' ', "-")
        })
        .collect();
    let alerts = read("docker/monitoring/alerts.yml");
    let links: Vec<&str> = alerts
        .lines()
        .filter_map(|line| line.trim().strip_prefix("runbook: docs/operations.md#"))
        .collect();
    assert_eq!(links.len(), alerts.matches("- alert: ").count());
    for link in links {
        assert!(
            anchors.iter().any(|anchor| anchor == link),
            "no section {link}"
        );
    }
}
