//! The store's threads: started together, fed through bounded channels, stopped in order.

use std::{
    convert::Infallible,
    sync::{Mutex, PoisonError, RwLock},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use crossbeam_channel::{Sender, bounded};
use tokio::sync::oneshot;

use super::{
    error::StoreError,
    group::{Grouped, Queues},
    link::{Link, Source},
    pool::{Job, Pool, run_jobs},
    postgres::{limit::THREADS_PER_POOL, scarcity::Rank},
    sqlite::upkeep,
};

/// How long stopping waits for queued work. Together with the seconds that requests in flight get, this is less
/// than the ten within which the service stops.
const MAX_STOP_WAIT: Duration = Duration::from_secs(2);
const STOP_POLL_INTERVAL: Duration = Duration::from_millis(5);

/// SQLite works on the threads themselves and has one writer at a time; there lookups and lists have one thread for
/// two cores.
const MAX_SQLITE_READERS: usize = 2;

/// The names of the pools, in metrics and of their threads.
const WRITERS: &str = "writers";
const LOOKUPS: &str = "lookups";
const EXPRESS: &str = "express";
const READERS: &str = "readers";

pub struct Threads {
    /// `None` once stopped: dropping the pools is what ends their threads.
    pools: RwLock<Option<Pools>>,
    queues: Queues,
    handles: Mutex<Vec<JoinHandle<()>>>,
}

/// Each kind of work has threads of its own, so that slow lists delay neither claims nor probes.
pub struct Pools {
    /// Rows by their keys, in groups; their plans are made once.
    pub lookups: Pool,
    /// Other short reads that requests wait for.
    pub express: Pool,
    /// Lists, and everything else that is read.
    pub readers: Pool,
    pub writers: Pool,
    _upkeep: Option<Sender<Infallible>>,
}

impl Threads {
    /// Starts the threads. Each opens its connection when it first needs it.
    pub fn start(source: &Source) -> Result<Self, StoreError> {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let (readers, writers) = match source.sqlite_files() {
            Some(_) => ((cores / 2).clamp(1, MAX_SQLITE_READERS), 1),
            None => (THREADS_PER_POOL, THREADS_PER_POOL),
        };
        let mut handles = Vec::new();
        let mut start = |name, threads, rank, link: fn(Source) -> Link| {
            let link = |rank| link(source.clone()).in_pool(name, rank);
            start_pool(&mut handles, name, threads, rank, link)
        };
        let pools = Pools {
            writers: start(WRITERS, writers, Rank::Writer, Link::new)?,
            lookups: start(LOOKUPS, readers, Rank::Lookups, Link::for_lookups)?,
            express: start(EXPRESS, 1, Rank::Express, Link::new)?,
            readers: start(READERS, readers, Rank::Readers, Link::new)?,
            _upkeep: start_upkeep(&mut handles, source)?,
        };
        Ok(Self {
            pools: RwLock::new(Some(pools)),
            queues: Queues::default(),
            handles: Mutex::new(handles),
        })
    }

    pub fn push(&self, pool: fn(&Pools) -> &Pool, job: Job) -> Result<(), StoreError> {
        self.with(|pools| pool(pools).push(job))
    }

    /// Queues a request that is answered together with others of its kind.
    pub fn push_grouped<R: Grouped>(
        &self,
        pool: fn(&Pools) -> &Pool,
        request: R,
    ) -> Result<oneshot::Receiver<Result<R::Answer, StoreError>>, StoreError> {
        let queue = self.queues.queue()?;
        self.with(|pools| queue.push(request, pool(pools)))
    }

    /// Returns how many jobs wait for each pool, with its name.
    pub fn count_waiting_jobs(&self) -> Result<[(&'static str, usize); 4], StoreError> {
        let named = |pools: &Pools| {
            [
                (WRITERS, &pools.writers),
                (LOOKUPS, &pools.lookups),
                (EXPRESS, &pools.express),
                (READERS, &pools.readers),
            ]
            .map(|(name, pool)| (name, pool.count_waiting_jobs()))
        };
        self.with(|pools| Ok(named(pools)))
    }

    fn with<T>(&self, work: impl FnOnce(&Pools) -> Result<T, StoreError>) -> Result<T, StoreError> {
        // The write lock is taken once, to stop.
        let pools = self.pools.read().unwrap_or_else(PoisonError::into_inner);
        work(pools.as_ref().ok_or(StoreError::Closed)?)
    }

    /// Takes no more work and waits until queued work is done and the threads have ended.
    pub async fn stop(&self) {
        let pools = self
            .pools
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        drop(pools);
        let handles =
            std::mem::take(&mut *self.handles.lock().unwrap_or_else(PoisonError::into_inner));
        let give_up = Instant::now() + MAX_STOP_WAIT;
        while !handles.iter().all(JoinHandle::is_finished) {
            if Instant::now() > give_up {
                tracing::warn!("the store's threads are still at work; not waiting for them");
                return;
            }
            tokio::time::sleep(STOP_POLL_INTERVAL).await;
        }
    }
}

/// The first thread of a pool has the pool's rank; the others are spare.
fn start_pool(
    handles: &mut Vec<JoinHandle<()>>,
    name: &str,
    threads: usize,
    rank: Rank,
    link: impl Fn(Rank) -> Link,
) -> Result<Pool, StoreError> {
    let (pool, jobs) = Pool::new();
    for number in 0..threads {
        let rank = if number == 0 { rank } else { Rank::Spare };
        let (link, jobs) = (link(rank), jobs.clone());
        handles.push(spawn(format!("store-{name}-{number}"), move || {
            run_jobs(link, &jobs);
        })?);
    }
    Ok(pool)
}

fn start_upkeep(
    handles: &mut Vec<JoinHandle<()>>,
    source: &Source,
) -> Result<Option<Sender<Infallible>>, StoreError> {
    let Some(files) = source.sqlite_files().cloned() else {
        return Ok(None);
    };
    let (sender, stop) = bounded(0);
    handles.push(spawn("store-upkeep".to_owned(), move || {
        upkeep::run(&files, &stop);
    })?);
    Ok(Some(sender))
}

pub fn spawn(
    name: String,
    work: impl FnOnce() + Send + 'static,
) -> Result<JoinHandle<()>, StoreError> {
    thread::Builder::new()
        .name(name)
        .spawn(work)
        .map_err(|error| StoreError::Internal(format!("starting a thread: {error}")))
}

/// Runs blocking work on a thread of its own.
pub async fn apart<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let (answer, result) = oneshot::channel();
    spawn(format!("store-{name}"), move || {
        // Nobody may be waiting any more.
        let _ = answer.send(work());
    })?;
    let gone = |_| StoreError::Internal(format!("the thread to {name} ended early"));
    result.await.map_err(gone)?
}
