//! The metrics: their names, their help, and the functions that count. A name says its unit.
//!
//! The first scrape already shows each of them, mostly at zero, so that a rate has a beginning and an alert on what
//! never happened is no alert on nothing.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

use payerline_domain::{
    claims::{claim::Status, payer::Payer},
    values::closed_enum::ClosedEnum,
};

use super::{number::to_f64, process};
use crate::store;

const BUILD: &str = "payerline_build_info";
const REQUESTS: &str = "payerline_http_requests_total";
const LATENCY: &str = "payerline_http_request_duration_seconds";
const FAULTS: &str = "payerline_faults_total";
const CLAIMS: &str = "payerline_claims_received_total";
const DUPLICATES: &str = "payerline_possible_duplicates_total";
const REFUSED_CLAIMS: &str = "payerline_claims_refused_total";
const OVERLOADED: &str = "payerline_overloaded";
const FAILED_LOGINS: &str = "payerline_failed_logins_total";
const RUNNING_BACKTESTS: &str = "payerline_backtests_running";
const ENDED_BACKTESTS: &str = "payerline_backtests_ended_total";
const COMPARED_CLAIMS: &str = "payerline_backtest_claims_total";
const DATABASE_UP: &str = "payerline_database_up";
const DATABASE_SIZE: &str = "payerline_database_size_bytes";
const POOL_WAITING: &str = "payerline_database_pool_waiting_jobs";
const DISK_FREE: &str = "payerline_disk_free_bytes";
const STORED_CLAIMS: &str = "payerline_stored_claims";

/// An alert on seconds needs bounds on both sides of them: what takes 2.5 s, 5 s and 10 s falls into different buckets.
const LATENCY_BUCKETS_SECONDS: [f64; 17] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 4.0, 6.0, 8.0, 10.0, 20.0,
    60.0,
];
const GROUP_SIZE_BUCKETS_CLAIMS: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

const UPKEEP_INTERVAL: Duration = Duration::from_secs(5);

/// The statuses of answers to failed logins.
const FAILED_LOGIN_STATUSES: [u16; 2] = [401, 429];

/// A disk, by what it holds.
#[derive(Debug, Clone, Copy)]
pub enum Disk {
    /// The file of a SQLite database. A PostgreSQL server's disk is not known here.
    Database,
    /// Results of batches that nobody has read yet.
    TemporaryFiles,
}

impl Disk {
    fn word(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::TemporaryFiles => "temporary_files",
        }
    }
}

/// How a back-test ended on this replica.
#[derive(Debug, Clone, Copy)]
pub enum BacktestEnd {
    Finished,
    Failed,
}

impl BacktestEnd {
    fn word(self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::Failed => "failed",
        }
    }
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
    let group = Matcher::Full(store::GROUP_SIZE.to_owned());
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Full(LATENCY.to_owned()), &LATENCY_BUCKETS_SECONDS)?
        .set_buckets_for_metric(group, &GROUP_SIZE_BUCKETS_CLAIMS)?
        .install_recorder()?;
    describe();
    begin_at_zero();
    *installed = Some(handle.clone());
    Ok(handle)
}

fn describe() {
    describe_gauge!(
        BUILD,
        "1; the labels say which Payerline runs on which database and schema"
    );
    describe_counter!(REQUESTS, "Requests answered, by method, route and status");
    describe_histogram!(
        LATENCY,
        "Seconds from request to answer, by method and route"
    );
    describe_counter!(
        FAULTS,
        "Requests and lines of batches that a fault of the service failed, each at ERROR in the log"
    );
    describe_counter!(CLAIMS, "Claims received and stored, by payer");
    describe_counter!(
        DUPLICATES,
        "Items of received claims that another claim seems to bill too"
    );
    describe_counter!(
        REFUSED_CLAIMS,
        "Claims and dry runs answered 503 because too many were in flight"
    );
    describe_gauge!(
        OVERLOADED,
        "1 from the first claim refused by an overload until it is over"
    );
    describe_counter!(
        FAILED_LOGINS,
        "Requests with an unknown or revoked key, by the status of the answer"
    );
    describe_gauge!(RUNNING_BACKTESTS, "Back-tests that this replica works on");
    describe_counter!(
        ENDED_BACKTESTS,
        "Back-tests that ended on this replica, by how they ended"
    );
    describe_counter!(
        COMPARED_CLAIMS,
        "Stored claims that back-tests decided again"
    );
    describe_gauge!(
        DATABASE_UP,
        "1 if claims can be stored, as /readyz says, else 0"
    );
    describe_gauge!(
        DATABASE_SIZE,
        "Bytes of the whole database; looked at once a minute"
    );
    describe_gauge!(
        store::POOL_CONNECTIONS,
        "Open connections to the database, by what they are for"
    );
    describe_gauge!(
        POOL_WAITING,
        "Jobs that wait for a connection, by what it is for"
    );
    describe_gauge!(
        DISK_FREE,
        "Bytes left to the service on a disk, by what it holds"
    );
    describe_gauge!(
        STORED_CLAIMS,
        "Claims in the database of all replicas, by status; counted bit by bit, so some minutes old"
    );
    describe_gauge!(
        store::QUEUED_WRITES,
        "Writes that wait or are being written"
    );
    describe_histogram!(store::GROUP_SIZE, "Claims stored in one transaction");
    process::describe();
}

fn begin_at_zero() {
    for payer in Payer::ALL {
        counter!(CLAIMS, "payer" => payer.word()).absolute(0);
    }
    for status in FAILED_LOGIN_STATUSES {
        counter!(FAILED_LOGINS, "status" => status.to_string()).absolute(0);
    }
    for end in [BacktestEnd::Finished, BacktestEnd::Failed] {
        counter!(ENDED_BACKTESTS, "end" => end.word()).absolute(0);
    }
    for name in [FAULTS, DUPLICATES, REFUSED_CLAIMS, COMPARED_CLAIMS] {
        counter!(name).absolute(0);
    }
    for name in [OVERLOADED, RUNNING_BACKTESTS, store::QUEUED_WRITES] {
        gauge!(name).set(0.0);
    }
}

/// Sums up recorded samples for ever, so that histograms stay small even if nobody scrapes them.
pub async fn run_upkeep(handle: PrometheusHandle) {
    let mut interval = tokio::time::interval(UPKEEP_INTERVAL);
    loop {
        interval.tick().await;
        handle.run_upkeep();
    }
}

/// Writes all metrics as Prometheus reads them; those of the process are read now.
pub fn render(handle: &PrometheusHandle) -> String {
    process::observe();
    handle.render()
}

static SERVED_TOTAL: AtomicU64 = AtomicU64::new(0);

/// Returns the number of requests answered and claims stored so far, without probes and requests about back-tests.
/// Background work sets its pace by it.
pub fn served_total() -> u64 {
    SERVED_TOTAL.load(Ordering::Relaxed)
}

/// Counts a claim that was stored, with those of its items that another claim seems to bill too.
pub fn count_stored_claim(payer: Payer, possible_duplicates: usize) {
    SERVED_TOTAL.fetch_add(1, Ordering::Relaxed);
    counter!(CLAIMS, "payer" => payer.word()).increment(1);
    counter!(DUPLICATES).increment(u64::try_from(possible_duplicates).unwrap_or(u64::MAX));
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

pub fn count_fault() {
    counter!(FAULTS).increment(1);
}

pub fn count_refused_claim() {
    counter!(REFUSED_CLAIMS).increment(1);
}

pub fn set_overloaded(is_overloaded: bool) {
    gauge!(OVERLOADED).set(f64::from(is_overloaded));
}

pub fn count_failed_login(status: u16) {
    counter!(FAILED_LOGINS, "status" => status.to_string()).increment(1);
}

/// Adds to the back-tests that this replica works on.
pub fn add_running_backtests(change: f64) {
    gauge!(RUNNING_BACKTESTS).increment(change);
}

pub fn count_backtest_end(end: BacktestEnd) {
    counter!(ENDED_BACKTESTS, "end" => end.word()).increment(1);
}

pub fn count_compared_claims(count: usize) {
    counter!(COMPARED_CLAIMS).increment(u64::try_from(count).unwrap_or(u64::MAX));
}

/// Says what runs. Another database in the same process, as in tests, takes the place of the first.
pub fn describe_build(database: &'static str, schema: &str) {
    let version = env!("CARGO_PKG_VERSION");
    gauge!(BUILD, "version" => version, "database" => database, "schema" => schema.to_owned())
        .set(1.0);
}

pub fn set_database_up(is_up: bool) {
    gauge!(DATABASE_UP).set(f64::from(is_up));
}

pub fn set_size_of_database(bytes: u64) {
    gauge!(DATABASE_SIZE).set(to_f64(bytes));
}

pub fn set_waiting_jobs(pool: &'static str, count: usize) {
    gauge!(POOL_WAITING, "pool" => pool).set(to_f64(u64::try_from(count).unwrap_or(u64::MAX)));
}

pub fn set_disk_free(disk: Disk, bytes: u64) {
    gauge!(DISK_FREE, "holds" => disk.word()).set(to_f64(bytes));
}

pub fn set_stored_claims(status: Status, count: u64) {
    gauge!(STORED_CLAIMS, "status" => status.word()).set(to_f64(count));
}
