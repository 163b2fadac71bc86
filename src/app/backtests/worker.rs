//! A worker takes a back-test that no other worker has, and works on it until it is finished or cancelled.
//!
//! It saves an interim result every second, which renews its lease. The lease of a killed worker expires after
//! [`LEASE_DURATION`]; then any replica continues from the last interim result.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, RecvTimeoutError};
use tokio::runtime::Handle;
use uuid::Uuid;

use super::{comparison, pace::Pace, tally::Tally};
use crate::{
    app::{clock, rulebooks::in_force as rulebooks},
    store::{
        InterimResult, Lease, LeasedBacktest, NextStep, Scan, ScanRange, Scanned, ScannedPage,
        Store, StoreError,
    },
    telemetry::{self, BacktestEnd},
};
use payerline_domain::{
    backtests::backtest::ChangedClaim,
    claims::claim::Evidence,
    values::{
        ids::{BacktestId, ClinicId},
        time::Timestamp,
    },
};
use payerline_rulebook::Rulebook;

const LEASE_DURATION: Duration = Duration::from_secs(10);
const SAVE_INTERVAL: Duration = Duration::from_secs(1);
/// An interim result is saved early once it has this number of changed claims.
const MAX_UNSAVED_CHANGES: usize = 5000;
/// An idle worker looks for expired leases in this interval.
const POLL_INTERVAL: Duration = Duration::from_secs(2);
/// A rest ends within this time when the service stops.
const STOP_CHECK_INTERVAL: Duration = Duration::from_millis(50);
/// Waiting for claims ends after this time, so that the worker can check for a stop and save.
const SCAN_TIMEOUT: Duration = Duration::from_millis(200);

/// The details of failed back-tests, which clients see.
const UNREADABLE_TABLE: &str = "This version of Payerline cannot use the table of this back-test.";
const PANICKED: &str = "Deciding a claim failed on our side; it was logged.";

/// Runs on a thread of its own.
pub struct Worker {
    /// Names the worker in its leases.
    pub id: Uuid,
    pub store: Store,
    /// Drives the store's futures from this thread.
    pub runtime: Handle,
    /// Receives a message for every new back-test; closed when the service stops.
    pub wake: Receiver<()>,
    pub stopping: Arc<AtomicBool>,
    /// The number of threads that decide claims.
    pub threads: usize,
}

impl Worker {
    /// Works on back-tests until the service stops.
    pub fn run(&self) {
        loop {
            // A panic would be a fault, and must not end the service.
            let worked = catch_unwind(AssertUnwindSafe(|| self.work_once()));
            if self.is_stopping() {
                return;
            }
            match worked {
                Ok(Ok(true)) => continue,
                Ok(Ok(false)) => {}
                Ok(Err(error @ StoreError::Internal(_))) => {
                    tracing::warn!(%error, "back-tests are interrupted");
                }
                // That the database is away is logged once for the whole service.
                Ok(Err(error)) => tracing::debug!(%error, "back-tests are interrupted"),
                Err(_) => tracing::error!("a back-test panicked and goes on later"),
            }
            if self.wake.recv_timeout(POLL_INTERVAL) == Err(RecvTimeoutError::Disconnected) {
                return;
            }
        }
    }

    /// Works on one back-test. Returns false if there is none.
    fn work_once(&self) -> Result<bool, StoreError> {
        let taken = self.store.take_backtest(self.lease());
        let Some(task) = self.runtime.block_on(taken)? else {
            return Ok(false);
        };
        let key = (task.clinic, task.id);
        match rulebooks::read_table(&Evidence::new(task.table.clone()), &task.sha256) {
            Ok(rulebook) => Run::start(self, task, rulebook)?.run()?,
            Err(error) => {
                tracing::error!(%error, id = %key.1, "a back-test has a table that cannot be used");
                self.fail(key, UNREADABLE_TABLE)?;
            }
        }
        Ok(true)
    }

    fn fail(&self, key: (ClinicId, BacktestId), detail: &str) -> Result<(), StoreError> {
        let failed = self
            .store
            .fail_backtest(key, self.lease(), detail.to_owned());
        self.runtime.block_on(failed)?;
        telemetry::count_backtest_end(BacktestEnd::Failed);
        Ok(())
    }

    fn lease(&self) -> Lease {
        let now = clock::now();
        let lease = i64::try_from(LEASE_DURATION.as_micros()).unwrap_or_default();
        let until = Timestamp::from_microseconds(now.microseconds() + lease);
        Lease {
            worker: self.id,
            now,
            until: until.unwrap_or(now),
        }
    }

    fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// Sleeps for some time, or until the service stops.
    fn rest(&self, time: Duration) {
        let end = Instant::now() + time;
        while !self.is_stopping() {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            thread::sleep(left.min(STOP_CHECK_INTERVAL));
        }
    }
}

/// Counts a running back-test as long as it lives.
struct RunningBacktest;

impl RunningBacktest {
    fn count() -> Self {
        telemetry::add_running_backtests(1.0);
        Self
    }
}

impl Drop for RunningBacktest {
    fn drop(&mut self) {
        telemetry::add_running_backtests(-1.0);
    }
}

/// A back-test that this worker has the lease of.
struct Run<'w> {
    worker: &'w Worker,
    clinic: ClinicId,
    id: BacktestId,
    rulebook: Rulebook,
    scan: Scan,
    pace: Pace,
    /// The sums of the claims up to `position`.
    tally: Tally,
    position: Uuid,
    /// Changed claims that are not saved yet.
    changes: Vec<ChangedClaim>,
    saved_at: Instant,
    _running: RunningBacktest,
}

impl<'w> Run<'w> {
    fn start(
        worker: &'w Worker,
        task: LeasedBacktest,
        rulebook: Rulebook,
    ) -> Result<Self, StoreError> {
        let scan = worker.store.scan(ScanRange {
            clinic: task.clinic,
            after: task.position,
            end: task.end,
        })?;
        let tally = Tally::from(task.result);
        tracing::info!(id = %task.id, version = %rulebook.version().version, done = tally.count_claims(), "a back-test goes on");
        Ok(Self {
            worker,
            clinic: task.clinic,
            id: task.id,
            rulebook,
            scan,
            pace: Pace::new(Instant::now(), telemetry::served_total()),
            tally,
            position: task.position,
            changes: Vec::new(),
            saved_at: Instant::now(),
            _running: RunningBacktest::count(),
        })
    }

    /// Compares claims until the end, a stop of the service, or the loss of the lease.
    fn run(mut self) -> Result<(), StoreError> {
        loop {
            if self.worker.is_stopping() {
                return self.save(NextStep::Release).map(drop);
            }
            match self.scan.next(SCAN_TIMEOUT)? {
                Scanned::NotYet => {}
                Scanned::End => {
                    self.save(NextStep::Finish)?;
                    telemetry::count_backtest_end(BacktestEnd::Finished);
                    tracing::info!(id = %self.id, claims = self.tally.count_claims(), "a back-test is finished");
                    return Ok(());
                }
                Scanned::Page(page) => {
                    if self.compare_page(&page).is_none() {
                        return self.worker.fail((self.clinic, self.id), PANICKED);
                    }
                }
            }
            let due = self.saved_at.elapsed() >= SAVE_INTERVAL
                || self.changes.len() >= MAX_UNSAVED_CHANGES;
            if due && !self.save(NextStep::Continue)? {
                tracing::info!(id = %self.id, "a back-test was ended or taken over");
                return Ok(());
            }
        }
    }

    /// Compares a page of claims, then rests if the service is busy. Returns `None` if a thread panicked.
    fn compare_page(&mut self, page: &ScannedPage) -> Option<()> {
        let began = Instant::now();
        let threads = self.pace.limit_threads(self.worker.threads);
        let (tally, changes) = comparison::compare_all(&self.rulebook, &page.claims, threads)?;
        telemetry::count_compared_claims(page.claims.len());
        self.tally.merge(tally);
        self.changes.extend(changes);
        if let Some(last) = page.claims.last() {
            self.position = last.id.uuid();
        }
        let worked = page.took + began.elapsed();
        let rest = self
            .pace
            .measure(Instant::now(), telemetry::served_total(), worked);
        self.worker.rest(rest);
        Some(())
    }

    /// Saves the interim result. Returns false if the worker has lost the lease.
    fn save(&mut self, next: NextStep) -> Result<bool, StoreError> {
        let interim = InterimResult {
            clinic: self.clinic,
            id: self.id,
            lease: self.worker.lease(),
            position: self.position,
            result: self.tally.result(),
            changes: std::mem::take(&mut self.changes),
            next,
        };
        let saved = self.worker.store.save_interim_result(interim);
        let saved = self.worker.runtime.block_on(saved)?;
        self.saved_at = Instant::now();
        Ok(saved)
    }
}
