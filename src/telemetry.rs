//! Logs and metrics, for operators. They never hold patient data or a query string.

use std::{
    io::{self, IsTerminal},
    str::FromStr,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use metrics::{counter, describe_counter, describe_gauge, describe_histogram, histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::{
    EnvFilter,
    filter::{Directive, LevelFilter},
};

use payerline_domain::{claims::payer::Payer, values::closed_enum::ClosedEnum};

const REQUESTS: &str = "payerline_http_requests_total";
const LATENCY: &str = "payerline_http_request_duration_seconds";
const CLAIMS: &str = "payerline_claims_received_total";

const LATENCY_BUCKETS_SECONDS: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
];
const BATCH_SIZE_BUCKETS: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

const UPKEEP_INTERVAL: Duration = Duration::from_secs(5);

const LEVELS: &str = "trace, debug, info, warn, error, off";
/// The parts of the program that log: itself and the libraries that it listens and calls with.
const TARGETS: [&str; 11] = [
    "payerline",
    "payerline_domain",
    "payerline_rulebook",
    "payerline_transfer",
    "actix_http",
    "actix_server",
    "actix_web",
    "hyper_util",
    "mio",
    "reqwest",
    "tokio",
];

const MAX_QUEUED_LOG_LINES: usize = 8192;

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line, for log collectors.
    Json,
}

/// Which lines are logged: levels and targets, separated by commas, as `EnvFilter` of tracing takes them.
#[derive(Debug, Clone)]
pub struct LogFilter(String);

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogFilterError {
    #[error(
        "{0:?} is neither a level ({LEVELS}) nor a part of this program ({targets}); RUST_LOG takes for example `info` or `warn,payerline=debug`",
        targets = TARGETS.join(", ")
    )]
    UnknownWord(String),
    #[error("{directive:?} is not understood: {why}; levels are {LEVELS}")]
    Directive { directive: String, why: String },
    #[error(
        "{0:?} lets through no line of this program, whose parts are {targets}; begin it with a level ({LEVELS})",
        targets = TARGETS.join(", ")
    )]
    NothingLogged(String),
}

impl FromStr for LogFilter {
    type Err = LogFilterError;

    /// Refuses what tracing would pass over or take for the name of a part that this program does not have: an
    /// operator would wait for lines that never come.
    fn from_str(text: &str) -> Result<Self, LogFilterError> {
        let directives = text.split(',').map(str::trim);
        let directives: Vec<&str> = directives.filter(|it| !it.is_empty()).collect();
        // An empty variable, as compose files leave it, counts as not set.
        if directives.is_empty() {
            return Ok(Self::default());
        }
        let mut is_heard = false;
        for directive in &directives {
            is_heard |= check_directive(directive)?;
        }
        if is_heard {
            Ok(Self(directives.join(",")))
        } else {
            Err(LogFilterError::NothingLogged(text.to_owned()))
        }
    }
}

impl Default for LogFilter {
    fn default() -> Self {
        Self("info".to_owned())
    }
}

/// Checks one directive. Returns true if it is about this program.
fn check_directive(directive: &str) -> Result<bool, LogFilterError> {
    if directive.parse::<LevelFilter>().is_ok() {
        return Ok(true);
    }
    let target = directive.split(['=', '[']).next().unwrap_or_default();
    let first = target.split("::").next().unwrap_or_default();
    let is_known = TARGETS.contains(&first);
    if target == directive && !is_known {
        return Err(LogFilterError::UnknownWord(directive.to_owned()));
    }
    match directive.parse::<Directive>() {
        Ok(_) => Ok(is_known),
        Err(why) => Err(LogFilterError::Directive {
            directive: directive.to_owned(),
            why: why.to_string(),
        }),
    }
}

/// Starts logging the lines that `filter` lets through to standard error; a second call changes nothing.
///
/// A thread of its own writes the lines, so that no request waits for standard error. No line is dropped: a full queue
/// blocks the logging thread. Dropping the guard flushes the queue.
#[must_use = "dropping it ends the logging"]
pub fn start_logging(filter: &LogFilter, format: LogFormat) -> WorkerGuard {
    let (out, guard) = NonBlockingBuilder::default()
        .lossy(false)
        .buffered_lines_limit(MAX_QUEUED_LOG_LINES)
        .thread_name("log")
        .finish(io::stderr());
    let lines = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(&filter.0))
        .with_writer(out)
        .with_ansi(io::stderr().is_terminal());
    // It fails if a subscriber is there already, as in tests; that one stays.
    let _is_first = match format {
        LogFormat::Text => lines.try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
    guard
}

/// Returns the handle of the process's metrics. The first call installs the recorder.
pub fn metrics_handle() -> Result<PrometheusHandle, BuildError> {
    static HANDLE: std::sync::Mutex<Option<PrometheusHandle>> = std::sync::Mutex::new(None);
    let mut installed = HANDLE
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(handle) = &*installed {
        return Ok(handle.clone());
    }
    let batch = Matcher::Full(crate::store::BATCH_SIZE.to_owned());
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Full(LATENCY.to_owned()), &LATENCY_BUCKETS_SECONDS)?
        .set_buckets_for_metric(batch, &BATCH_SIZE_BUCKETS)?
        .install_recorder()?;
    describe_counter!(REQUESTS, "Requests answered, by method, route and status");
    describe_histogram!(
        LATENCY,
        "Seconds from request to answer, by method and route"
    );
    describe_counter!(CLAIMS, "Claims stored, by payer");
    describe_gauge!(
        crate::store::QUEUE_DEPTH,
        "Writes that wait or are being written"
    );
    describe_histogram!(crate::store::BATCH_SIZE, "Claims stored in one transaction");
    // The first scrape already shows these at zero, so that a rate over them has a beginning.
    for payer in Payer::ALL {
        counter!(CLAIMS, "payer" => payer.word()).absolute(0);
    }
    metrics::gauge!(crate::store::QUEUE_DEPTH).set(0.0);
    *installed = Some(handle.clone());
    Ok(handle)
}

/// Sums up recorded samples for ever, so that histograms stay small even if nobody scrapes them.
pub async fn run_upkeep(handle: PrometheusHandle) {
    let mut interval = tokio::time::interval(UPKEEP_INTERVAL);
    loop {
        interval.tick().await;
        handle.run_upkeep();
    }
}

static SERVED_TOTAL: AtomicU64 = AtomicU64::new(0);

/// Returns the number of requests answered and claims stored so far, without probes and requests about back-tests.
/// Background work sets its pace by it.
pub fn served_total() -> u64 {
    SERVED_TOTAL.load(Ordering::Relaxed)
}

pub fn count_stored_claim(payer: Payer) {
    SERVED_TOTAL.fetch_add(1, Ordering::Relaxed);
    counter!(CLAIMS, "payer" => payer.word()).increment(1);
}

/// Counts an answered request. `route` is the pattern, never the path.
pub fn count_answered_request(method: &'static str, route: &str, status: u16, took: Duration) {
    if route.starts_with("/v1/") && !route.contains("/backtests") {
        SERVED_TOTAL.fetch_add(1, Ordering::Relaxed);
    }
    let route = route.to_owned();
    histogram!(LATENCY, "method" => method, "route" => route.clone()).record(took.as_secs_f64());
    counter!(REQUESTS, "method" => method, "route" => route, "status" => status.to_string())
        .increment(1);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_filter_is_levels_and_parts_of_this_program() {
        for text in [
            "info",
            "WARN",
            "off",
            "3",
            "payerline",
            "payerline=debug",
            "payerline::store=trace, actix_http=info",
            "info,h2=off",
            "warn,",
            "debug,actix_server[worker]=trace",
        ] {
            assert!(text.parse::<LogFilter>().is_ok(), "{text}");
        }
        for text in ["", " ", ","] {
            assert_eq!(text.parse::<LogFilter>().unwrap().0, "info");
        }
    }

    #[test]
    fn a_log_filter_that_is_not_understood_is_quoted() {
        for (text, quoted) in [
            ("inof", "\"inof\""),
            ("info,inof", "\"inof\""),
            ("payer", "\"payer\""),
            ("payerline:debug", "\"payerline:debug\""),
            ("payerline=inof", "\"payerline=inof\""),
            ("payerlin=debug", "\"payerlin=debug\""),
            ("=", "\"=\""),
        ] {
            match text.parse::<LogFilter>() {
                Ok(_) => panic!("{text:?} is taken"),
                Err(error) => assert!(error.to_string().contains(quoted), "{error}"),
            }
        }
    }
}
