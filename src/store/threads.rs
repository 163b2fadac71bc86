//! The store's threads: started together, fed through bounded channels, stopped in order.

use std::{
    sync::{Arc, Mutex, PoisonError, RwLock},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use crossbeam_channel::{Sender, TrySendError, bounded};
use tokio::sync::oneshot;

use super::{
    error::StoreError,
    reader::{self, Lookup},
    url::DatabaseUrl,
    write_queue::{Turn, WriteQueue},
    writer::{self, Job, Write},
};

/// How long stopping waits for what is queued: with the seconds that requests in flight get, less
/// than the ten within which the service stops.
const STOP_WAIT: Duration = Duration::from_secs(2);
const STOP_PAUSE: Duration = Duration::from_millis(5);

/// Writer threads on PostgreSQL: when much waits, one writes while the other waits for its commit. SQLite
/// has one writer at a time in any case.
const POSTGRES_WRITERS: usize = 2;

/// Threads that look things up on PostgreSQL: one, since a second would only gather less, and so ask more
/// often. On SQLite they do the work themselves, each with a page cache of its own: one for two cores, within
/// these bounds.
const POSTGRES_LOOKUPS: usize = 1;
const SQLITE_LOOKUPS: (usize, usize) = (1, 2);

/// Threads for reads that may take long, by the same reasons.
const POSTGRES_READERS: usize = 2;
const SQLITE_READERS: (usize, usize) = (1, 2);

/// The threads and the ways to them.
pub struct Threads {
    /// `None` once stopped: dropping the senders is what ends the threads.
    channels: RwLock<Option<Channels>>,
    handles: Mutex<Vec<JoinHandle<()>>>,
}

struct Channels {
    writes: Closing,
    lookups: Sender<Lookup>,
    /// Short reads that requests wait for, on a reader that lists never hold up.
    express: Sender<Job>,
    reads: Sender<Job>,
}

impl Threads {
    /// Starts them. Each opens its connection when it first needs it.
    pub fn start(url: &DatabaseUrl) -> Result<Self, StoreError> {
        let (lookups, lookup_queue) = bounded(reader::QUEUE);
        let (express_sender, express_queue) = bounded(reader::QUEUE);
        let (reads, read_queue) = bounded(reader::QUEUE);
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let half_of_cores = |(least, most): (usize, usize)| (cores / 2).clamp(least, most);
        let (writers, lookup_readers, readers) = match url {
            DatabaseUrl::Sqlite(_) => (
                1,
                half_of_cores(SQLITE_LOOKUPS),
                half_of_cores(SQLITE_READERS),
            ),
            DatabaseUrl::Postgres(_) => (POSTGRES_WRITERS, POSTGRES_LOOKUPS, POSTGRES_READERS),
        };
        let mut handles = Vec::new();
        let writes = Arc::new(WriteQueue::new(writers));
        for number in 0..writers {
            let (url, queue) = (url.clone(), writes.clone());
            let turn = if number == 0 {
                Turn::First
            } else {
                Turn::Helper
            };
            handles.push(spawn(format!("store-writer-{number}"), move || {
                writer::run(&url, &queue, turn);
            })?);
        }
        for number in 0..lookup_readers {
            let (url, queue) = (url.clone(), lookup_queue.clone());
            handles.push(spawn(format!("store-lookup-{number}"), move || {
                reader::look_up_all(&url, &queue);
            })?);
        }
        let express = [express_queue];
        let long = std::iter::repeat_n(read_queue, readers);
        for (number, queue) in express.into_iter().chain(long).enumerate() {
            let url = url.clone();
            handles.push(spawn(format!("store-reader-{number}"), move || {
                reader::run(&url, &queue);
            })?);
        }
        Ok(Self {
            channels: RwLock::new(Some(Channels {
                writes: Closing(writes),
                lookups,
                express: express_sender,
                reads,
            })),
            handles: Mutex::new(handles),
        })
    }

    /// Queues a write.
    pub fn write(&self, write: Write) -> Result<(), StoreError> {
        writer::joined();
        let sent = self.with(|channels| channels.writes.0.push(write));
        if sent.is_err() {
            drop(writer::Leaving(1));
        }
        sent
    }

    /// Queues a lookup.
    pub fn look_up(&self, lookup: Lookup) -> Result<(), StoreError> {
        self.with(|channels| send(&channels.lookups, lookup))
    }

    /// Queues a read that is short and that requests wait for.
    pub fn read_express(&self, job: Job) -> Result<(), StoreError> {
        self.with(|channels| send(&channels.express, job))
    }

    /// Queues any other read.
    pub fn read(&self, job: Job) -> Result<(), StoreError> {
        self.with(|channels| send(&channels.reads, job))
    }

    fn with(
        &self,
        send: impl FnOnce(&Channels) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        // Held only to look at it; the write lock is taken once, to stop.
        let channels = self.channels.read().unwrap_or_else(PoisonError::into_inner);
        send(channels.as_ref().ok_or(StoreError::Closed)?)
    }

    /// Takes no more work and waits until what is queued is done and the threads have ended.
    pub async fn stop(&self) {
        drop(
            self.channels
                .write()
                .unwrap_or_else(PoisonError::into_inner)
                .take(),
        );
        let handles =
            std::mem::take(&mut *self.handles.lock().unwrap_or_else(PoisonError::into_inner));
        let give_up = Instant::now() + STOP_WAIT;
        while !handles.iter().all(JoinHandle::is_finished) {
            if Instant::now() > give_up {
                tracing::warn!("the store's threads are still at work; not waiting for them");
                return;
            }
            tokio::time::sleep(STOP_PAUSE).await;
        }
    }
}

fn send<M>(channel: &Sender<M>, message: M) -> Result<(), StoreError> {
    channel.try_send(message).map_err(|error| match error {
        TrySendError::Full(_) => StoreError::Busy,
        TrySendError::Disconnected(_) => StoreError::Closed,
    })
}

/// Closes the writers' queue when it goes, as dropping a sender closes a channel.
struct Closing(Arc<WriteQueue>);

impl Drop for Closing {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Starts a thread.
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
