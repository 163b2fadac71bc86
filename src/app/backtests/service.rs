//! Back-tests: a rulebook tried on stored claims, in the background, by whichever replica is free.
//!
//! `runs` and `changes` are the use cases. `comparison` decides and compares, `tally` adds up; both know no I/O. A few workers (`worker`) take what is to be
//! done from the database, go on at a pace that leaves the machine to requests (`pace`), and write down how far
//! they are. `explained` says of a changed claim why it was decided so and why it would be decided otherwise.
//!
//! Compared are the claims that are there when a back-test starts; one that is on its way just then may be left
//! out.

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

/// Back-tests that a replica works on at once, of different clinics; further ones wait.
const WORKERS: usize = 2;
/// Pages of changed claims that are explained at once.
const EXPLAINING: usize = 2;
/// How long a page of changed claims waits for its turn.
const TURN_WAIT: Duration = Duration::from_secs(10);
/// How long the workers have, once they are told, to write down how far they are and end.
const STOP_WAIT: Duration = Duration::from_secs(3);
const STOP_PAUSE: Duration = Duration::from_millis(10);

/// The workers, and what else back-tests need of the running service.
pub struct Backtests {
    pub(crate) store: Store,
    pub(crate) rulebooks: Rulebooks,
    pub(crate) claims: Claims,
    pub(crate) explaining: Arc<Semaphore>,
    /// Dropping it ends the workers' waiting.
    pub(crate) wake: Mutex<Option<Sender<()>>>,
    pub(crate) stopping: Arc<AtomicBool>,
    pub(crate) told: Mutex<Option<Instant>>,
    pub(crate) workers: Mutex<Vec<JoinHandle<()>>>,
}

/// Why the workers did not start.
#[derive(Debug, thiserror::Error)]
pub enum BacktestsError {
    /// No thread can be started.
    #[error("starting a thread for back-tests: {0}")]
    Thread(#[from] std::io::Error),
}

impl Backtests {
    /// Starts the workers, which go on with what an earlier process left off.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn start(
        store: Store,
        rulebooks: Rulebooks,
        claims: Claims,
    ) -> Result<Self, BacktestsError> {
        let (sender, wake) = bounded(WORKERS);
        let stopping = Arc::new(AtomicBool::new(false));
        let mut workers = Vec::new();
        for number in 0..WORKERS {
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
            explaining: Arc::new(Semaphore::new(EXPLAINING)),
            wake: Mutex::new(Some(sender)),
            stopping,
            told: Mutex::default(),
            workers: Mutex::new(workers),
        })
    }

    /// Tells the workers that there is a back-test to be worked on.
    pub fn wake(&self) {
        if let Some(sender) = lock(&self.wake).as_ref() {
            // Full means that they are told already.
            let _ = sender.try_send(());
        }
    }

    /// A turn to explain a page of changed claims.
    ///
    /// # Errors
    /// When there is none in time.
    pub async fn turn(&self) -> Result<OwnedSemaphorePermit, StoreError> {
        let turn = timeout(TURN_WAIT, self.explaining.clone().acquire_owned()).await;
        turn.ok().and_then(Result::ok).ok_or(StoreError::Busy)
    }

    /// Tells the workers to write down how far they are and end.
    pub fn announce_stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
        drop(lock(&self.wake).take());
        *lock(&self.told) = Some(Instant::now());
    }

    /// Waits until the workers have ended.
    pub async fn stopped(&self) {
        let workers = std::mem::take(&mut *lock(&self.workers));
        let told = lock(&self.told).unwrap_or_else(Instant::now);
        while !workers.iter().all(JoinHandle::is_finished) {
            if told.elapsed() > STOP_WAIT {
                tracing::warn!("a back-test does not stop; its lease runs out by itself");
                return;
            }
            tokio::time::sleep(STOP_PAUSE).await;
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
