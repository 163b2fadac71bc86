//! A worker: takes a back-test that nobody works on, and works on it until it is done or somebody ends it.
//!
//! Every second it writes down how far it is and what it found, and thereby keeps its lease. Killed, it leaves
//! a lease that runs out after [`LEASE`]; then any replica goes on from what was written down last.

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
    telemetry,
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

/// How long a back-test belongs to a worker that is not heard of.
const LEASE: Duration = Duration::from_secs(10);
/// How often it is written down how far it is.
const WRITE_EVERY: Duration = Duration::from_secs(1);
/// Changed claims that are written down at once, about.
const WRITE_AT: usize = 5000;
/// How often somebody looks for a back-test whose worker is not heard of.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How long a rest goes on before it is looked at whether the service stops.
const NAP: Duration = Duration::from_millis(50);
/// How long claims are waited for before the same.
const PATIENCE: Duration = Duration::from_millis(200);

/// What a table says that cannot be used.
const UNREADABLE_TABLE: &str = "This version of Payerline cannot use the table of this back-test.";
/// What a panic says.
const PANICKED: &str = "Deciding a claim failed on our side; it was logged.";

/// A worker, with a thread of its own.
pub struct Worker {
    /// Its name in leases.
    pub id: Uuid,
    /// Where back-tests and claims are.
    pub store: Store,
    /// Where the store's answers are waited for.
    pub runtime: Handle,
    /// Somebody started a back-test; closed when the service stops.
    pub wake: Receiver<()>,
    /// Whether the service stops.
    pub stopping: Arc<AtomicBool>,
    /// Threads that decide claims.
    pub threads: usize,
}

impl Worker {
    /// The life of a worker: until the service stops.
    pub fn run(&self) {
        loop {
            // Nothing should panic, and the service outlives it if something does.
            let worked = catch_unwind(AssertUnwindSafe(|| self.work_once()));
            if self.is_stopping() {
                return;
            }
            match worked {
                Ok(Ok(true)) => continue,
                Ok(Ok(false)) => {}
                Ok(Err(error)) => tracing::warn!(%error, "back-tests are interrupted"),
                Err(_) => tracing::error!("a back-test panicked and goes on later"),
            }
            if self.wake.recv_timeout(LOOK_EVERY) == Err(RecvTimeoutError::Disconnected) {
                return;
            }
        }
    }

    /// Works on a back-test, if there is one to be worked on.
    fn work_once(&self) -> Result<bool, StoreError> {
        let taken = self.store.take_backtest(self.lease());
        let Some(task) = self.runtime.block_on(taken)? else {
            return Ok(false);
        };
        let key = (task.clinic, task.id);
        match rulebooks::read(&Evidence::new(task.table.clone()), &task.sha256) {
            Ok(rulebook) => Run::begin(self, task, rulebook)?.go()?,
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
        self.runtime.block_on(failed)
    }

    fn lease(&self) -> Lease {
        let now = clock::now();
        let lease = i64::try_from(LEASE.as_micros()).unwrap_or_default();
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

    /// Rests so long, or until the service stops.
    fn rest(&self, time: Duration) {
        let end = Instant::now() + time;
        while !self.is_stopping() {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            thread::sleep(left.min(NAP));
        }
    }
}

/// A back-test under way.
struct Run<'w> {
    worker: &'w Worker,
    clinic: ClinicId,
    id: BacktestId,
    rulebook: Rulebook,
    scan: Scan,
    pace: Pace,
    /// What was found until `position`.
    tally: Tally,
    position: Uuid,
    /// Found, and not yet written down.
    changes: Vec<ChangedClaim>,
    written: Instant,
}

impl<'w> Run<'w> {
    fn begin(
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
        tracing::info!(id = %task.id, version = %rulebook.version().version, done = tally.seen(), "a back-test goes on");
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
            written: Instant::now(),
        })
    }

    /// Goes on to the end, or until the service stops or the back-test is no longer this worker's.
    fn go(mut self) -> Result<(), StoreError> {
        loop {
            if self.worker.is_stopping() {
                return self.write(NextStep::Release).map(drop);
            }
            match self.scan.next(PATIENCE)? {
                Scanned::NotYet => {}
                Scanned::End => {
                    self.write(NextStep::Finish)?;
                    tracing::info!(id = %self.id, claims = self.tally.seen(), "a back-test is finished");
                    return Ok(());
                }
                Scanned::Page(page) => {
                    if self.count(&page).is_none() {
                        return self.worker.fail((self.clinic, self.id), PANICKED);
                    }
                }
            }
            let due = self.written.elapsed() >= WRITE_EVERY || self.changes.len() >= WRITE_AT;
            if due && !self.write(NextStep::Continue)? {
                tracing::info!(id = %self.id, "a back-test was ended or taken over");
                return Ok(());
            }
        }
    }

    /// Compares some claims, then rests if others are busy.
    fn count(&mut self, page: &ScannedPage) -> Option<()> {
        let began = Instant::now();
        let threads = self.pace.threads(self.worker.threads);
        let (tally, changes) = comparison::compare_all(&self.rulebook, &page.claims, threads)?;
        self.tally.merge(tally);
        self.changes.extend(changes);
        if let Some(last) = page.claims.last() {
            self.position = last.id.uuid();
        }
        let worked = page.took + began.elapsed();
        let rest = self
            .pace
            .rest(Instant::now(), telemetry::served_total(), worked);
        self.worker.rest(rest);
        Some(())
    }

    /// Saves what was found so far. Returns false if the back-test is not this worker's any more.
    fn write(&mut self, next: NextStep) -> Result<bool, StoreError> {
        let interim = InterimResult {
            clinic: self.clinic,
            id: self.id,
            lease: self.worker.lease(),
            position: self.position,
            result: self.tally.result(),
            changes: std::mem::take(&mut self.changes),
            next,
        };
        let written = self.worker.store.save_interim_result(interim);
        let written = self.worker.runtime.block_on(written)?;
        self.written = Instant::now();
        Ok(written)
    }
}
