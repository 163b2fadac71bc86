//! [`Backtests`]: a rulebook is tried on stored claims, in the background, by any replica that is free.
//!
//! The use cases are in this file and in `changes`. `comparison` decides and compares, `tally` adds up; neither does I/O.
//! Two workers (`worker`) take back-tests from the database, work at a pace that leaves the machine to requests
//! (`pace`), and write their progress down. `explained` explains changed claims.
//!
//! A back-test compares the claims that are stored when it starts; it may leave out a claim that arrives at that
//! moment.

use std::{
    io,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use crossbeam_channel::{Sender, bounded};
use tokio::{runtime::Handle, sync::Semaphore};

use super::worker::Worker;
use crate::{
    app::{
        access::permissions::{Allowed, ManageRulebooks, ReadBacktests},
        changed::Resource,
        claims::service::Claims,
        clock,
        error::AppError,
        rulebooks::in_force::Rulebooks,
    },
    store::{NewBacktest, Page, PageRequest, Store},
};
use payerline_domain::{
    backtests::backtest::{Backtest, ReceivedPeriod},
    rulebooks::StoredRulebook,
    values::{
        ids::{BacktestId, ClinicId},
        names::VersionName,
    },
};

/// A replica works on this number of back-tests at once; further ones wait.
const WORKER_COUNT: usize = 2;
/// Bounds the pages of changed claims that are explained at once.
const MAX_CONCURRENT_EXPLANATIONS: usize = 2;
pub(super) const EXPLANATION_TIMEOUT: Duration = Duration::from_secs(10);
/// The workers must write their progress down within this time after they are told to stop.
const STOP_TIMEOUT: Duration = Duration::from_secs(3);
const STOP_POLL_INTERVAL: Duration = Duration::from_millis(10);

const BACKTEST: Resource = Resource {
    name: "back-test",
    unique_field: "id",
};

pub struct Backtests {
    pub(in crate::app) store: Store,
    pub(in crate::app) rulebooks: Rulebooks,
    pub(in crate::app) claims: Claims,
    pub(in crate::app) explaining: Arc<Semaphore>,
    /// Dropping the sender wakes all workers, which then end.
    wake: Mutex<Option<Sender<()>>>,
    stopping: Arc<AtomicBool>,
    stop_announced_at: Mutex<Option<Instant>>,
    workers: Mutex<Vec<JoinHandle<()>>>,
}

impl Backtests {
    /// Starts the workers, which continue the back-tests of an earlier process.
    pub fn start(store: Store, rulebooks: Rulebooks, claims: Claims) -> io::Result<Self> {
        let (sender, wake) = bounded(WORKER_COUNT);
        let stopping = Arc::new(AtomicBool::new(false));
        let mut workers = Vec::new();
        for number in 0..WORKER_COUNT {
            let worker = Worker {
                id: clock::new_id(clock::now()),
                store: store.clone(),
                runtime: Handle::current(),
                wake: wake.clone(),
                stopping: stopping.clone(),
                threads: thread::available_parallelism().map_or(1, usize::from),
            };
            let thread = thread::Builder::new().name(format!("backtest-{number}"));
            workers.push(thread.spawn(move || worker.run())?);
        }
        Ok(Self {
            store,
            rulebooks,
            claims,
            explaining: Arc::new(Semaphore::new(MAX_CONCURRENT_EXPLANATIONS)),
            wake: Mutex::new(Some(sender)),
            stopping,
            stop_announced_at: Mutex::default(),
            workers: Mutex::new(workers),
        })
    }

    /// Starts a back-test of a version, unless the clinic has one that is running.
    pub async fn start_run(
        &self,
        actor: &Allowed<ManageRulebooks>,
        version: VersionName,
        period: ReceivedPeriod,
    ) -> Result<Backtest, AppError> {
        let rulebook = self.find_rulebook(actor.clinic, version.clone()).await?;
        let now = clock::now();
        let started = self.store.start_backtest(NewBacktest {
            clinic: actor.clinic,
            id: clock::new_id(now).into(),
            actor: actor.id(),
            version,
            sha256: rulebook.summary.sha256,
            table: rulebook.table.as_str().to_owned(),
            period,
            now,
        });
        let backtest = BACKTEST.resolve(started.await?)?;
        self.wake();
        Ok(backtest)
    }

    /// Lists the back-tests of a version, newest first.
    pub async fn list_runs(
        &self,
        actor: &Allowed<ReadBacktests>,
        version: VersionName,
        page: PageRequest,
    ) -> Result<Page<Backtest>, AppError> {
        let clinic = actor.clinic;
        let page = self.store.backtests(clinic, version.clone(), page).await?;
        if page.data.is_empty() {
            // Back-tests outlive a discarded draft, so an empty list needs a version that exists.
            self.find_rulebook(clinic, version).await?;
        }
        Ok(page)
    }

    pub async fn get_run(
        &self,
        actor: &Allowed<ReadBacktests>,
        version: &str,
        id: BacktestId,
    ) -> Result<Backtest, AppError> {
        self.find_run(actor.clinic, version, id).await
    }

    /// Ends a running back-test; one that has ended stays as it is.
    pub async fn cancel_run(
        &self,
        actor: &Allowed<ManageRulebooks>,
        version: &str,
        id: BacktestId,
    ) -> Result<Backtest, AppError> {
        let backtest = self.find_run(actor.clinic, version, id).await?;
        let cancelled = self
            .store
            .cancel_backtest(actor.clinic, backtest.id, clock::now());
        cancelled.await?.ok_or(BACKTEST.not_found())
    }

    /// Finds a back-test of this clinic and version.
    pub(super) async fn find_run(
        &self,
        clinic: ClinicId,
        version: &str,
        id: BacktestId,
    ) -> Result<Backtest, AppError> {
        let found = self.store.backtest(clinic, id).await?;
        let found = found.filter(|backtest| backtest.version.as_str() == version);
        found.ok_or(BACKTEST.not_found())
    }

    async fn find_rulebook(
        &self,
        clinic: ClinicId,
        version: VersionName,
    ) -> Result<StoredRulebook, AppError> {
        let found = self.store.rulebook(clinic, version).await?;
        found.ok_or(AppError::NotFound("version of a rulebook"))
    }

    /// Tells the workers that a back-test waits for one of them.
    fn wake(&self) {
        if let Some(sender) = lock(&self.wake).as_ref() {
            // A full channel already wakes every worker.
            let _ = sender.try_send(());
        }
    }

    /// Tells the workers to write their progress down and end.
    pub fn announce_stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
        drop(lock(&self.wake).take());
        *lock(&self.stop_announced_at) = Some(Instant::now());
    }

    /// Waits until the workers have ended, or `STOP_TIMEOUT` is over.
    pub async fn wait_until_stopped(&self) {
        let workers = std::mem::take(&mut *lock(&self.workers));
        let announced_at = lock(&self.stop_announced_at).unwrap_or_else(Instant::now);
        while !workers.iter().all(JoinHandle::is_finished) {
            if announced_at.elapsed() > STOP_TIMEOUT {
                tracing::warn!("a back-test does not stop; its lease runs out by itself");
                return;
            }
            tokio::time::sleep(STOP_POLL_INTERVAL).await;
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
