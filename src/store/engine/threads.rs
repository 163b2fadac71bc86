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
    checkpoints,
    connection::Link,
    error::StoreError,
    group::{Grouped, Queues},
    pool::{Job, Pool, run_jobs},
    url::DatabaseUrl,
};

/// How long stopping waits for queued work. Together with the seconds that requests in flight get, this is less
/// than the ten within which the service stops.
const MAX_STOP_WAIT: Duration = Duration::from_secs(2);
const STOP_POLL_INTERVAL: Duration = Duration::from_millis(5);

/// Threads of each pool on PostgreSQL: while it works for one, the other decodes or asks. SQLite works on the
/// threads themselves and has one writer at a time; there lookups and lists have one thread for two cores.
const POSTGRES_THREADS: usize = 2;
const MAX_SQLITE_READERS: usize = 2;

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
    _checkpoints: Option<Sender<Infallible>>,
}

impl Threads {
    /// Starts the threads. Each opens its connection when it first needs it.
    pub fn start(url: &DatabaseUrl) -> Result<Self, StoreError> {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let (readers, writers) = match url {
            DatabaseUrl::Sqlite(_) => ((cores / 2).clamp(1, MAX_SQLITE_READERS), 1),
            DatabaseUrl::Postgres(_) => (POSTGRES_THREADS, POSTGRES_THREADS),
        };
        let mut handles = Vec::new();
        let mut start = |name, threads, link: fn(DatabaseUrl) -> Link| {
            start_pool(&mut handles, name, threads, || link(url.clone()))
        };
        let pools = Pools {
            lookups: start("lookup", readers, Link::for_lookups)?,
            express: start("express", 1, Link::new)?,
            readers: start("reader", readers, Link::new)?,
            writers: start("writer", writers, Link::new)?,
            _checkpoints: start_checkpoints(&mut handles, url)?,
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

fn start_pool(
    handles: &mut Vec<JoinHandle<()>>,
    name: &str,
    threads: usize,
    link: impl Fn() -> Link,
) -> Result<Pool, StoreError> {
    let (pool, jobs) = Pool::new();
    for number in 0..threads {
        let (link, jobs) = (link(), jobs.clone());
        handles.push(spawn(format!("store-{name}-{number}"), move || {
            run_jobs(link, &jobs);
        })?);
    }
    Ok(pool)
}

fn start_checkpoints(
    handles: &mut Vec<JoinHandle<()>>,
    url: &DatabaseUrl,
) -> Result<Option<Sender<Infallible>>, StoreError> {
    if let DatabaseUrl::Postgres(_) = url {
        return Ok(None);
    }
    let (sender, stop) = bounded(0);
    let url = url.clone();
    handles.push(spawn("store-checkpoints".to_owned(), move || {
        checkpoints::run(&url, &stop);
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
