//! [`Backtests`]: a rulebook is tried on stored claims, in the background, by any replica that is free.
//!
//! `runs` and `changes` are the use cases. `comparison` decides and compares, `tally` adds up; neither does I/O. Two
//! workers (`worker`) take back-tests from the database, work at a pace that leaves the machine to requests (`pace`),
//! and write their progress down. `explained` explains changed claims.
//!
//! A back-test compares the claims that are stored when it starts; it may leave out a claim that arrives at that
//! moment.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use crossbeam_channel::{Sender, bounded};
use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use super::worker::Worker;
use crate::{
    app::{claims::service::Claims, clock, rulebooks::in_force::Rulebooks},
    store::{Store, StoreError},
};

/// A replica works on this number of back-tests at once; further ones wait.
const WORKER_COUNT: usize = 2;
/// Bounds the pages of changed claims that are explained at once.
const MAX_CONCURRENT_EXPLANATIONS: usize = 2;
const EXPLANATION_TIMEOUT: Duration = Duration::from_secs(10);
/// The workers must write their progress down within this time after they are told to stop.
const STOP_TIMEOUT: Duration = Duration::from_secs(3);
const STOP_POLL_INTERVAL: Duration = Duration::from_millis(10);

pub struct Backtests {
    pub(in crate::app) store: Store,
    pub(in crate::app) rulebooks: Rulebooks,
    pub(in crate::app) claims: Claims,
    pub(in crate::app) explaining: Arc<Semaphore>,
    /// Dropping the sender wakes all workers, which then end.
    pub(in crate::app) wake: Mutex<Option<Sender<()>>>,
    pub(in crate::app) stopping: Arc<AtomicBool>,
    pub(in crate::app) stop_announced_at: Mutex<Option<Instant>>,
    pub(in crate::app) workers: Mutex<Vec<JoinHandle<()>>>,
}

#[derive(Debug, thiserror::Error)]
pub enum BacktestsError {
    #[error("starting a thread for back-tests: {0}")]
    Thread(#[from] std::io::Error),
}

impl Backtests {
    /// Starts the workers, which continue the back-tests of an earlier process.
    pub fn start(
        store: Store,
        rulebooks: Rulebooks,
        claims: Claims,
    ) -> Result<Self, BacktestsError> {
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

    /// Tells the workers that a back-test waits for one of them.
    pub fn wake(&self) {
        if let Some(sender) = lock(&self.wake).as_ref() {
            // A full channel already wakes every worker.
            let _ = sender.try_send(());
        }
    }

    /// Waits for a permit to explain a page of changed claims.
    pub async fn acquire_explanation(&self) -> Result<OwnedSemaphorePermit, StoreError> {
        let permit = timeout(EXPLANATION_TIMEOUT, self.explaining.clone().acquire_owned()).await;
        permit.ok().and_then(Result::ok).ok_or(StoreError::Busy)
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
