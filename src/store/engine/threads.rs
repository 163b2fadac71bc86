//! The store's threads: started together, fed through bounded channels, stopped in order.

use std::{
    sync::{Arc, Mutex, PoisonError, RwLock},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use crossbeam_channel::{Sender, TrySendError, bounded};
use tokio::sync::oneshot;

use super::{
    checkpoints::{self, Checkpoints},
    error::StoreError,
    reader::{self, Lookup},
    url::DatabaseUrl,
    write::{Job, Write},
    write_queue::{Turn, WriteQueue},
    writer,
};

/// How long stopping waits for what is queued: with the seconds that requests in flight get, less
/// than the ten within which the service stops.
const STOP_WAIT: Duration = Duration::from_secs(2);
const STOP_PAUSE: Duration = Duration::from_millis(5);

/// Writer threads on PostgreSQL: when much waits, one writes while the other waits for its commit. SQLite
/// has one writer at a time in any case.
const POSTGRES_WRITERS: usize = 2;

/// Threads that look things up on PostgreSQL: while it answers one, the other asks. On SQLite they do the work
/// themselves, each with a page cache of its own: one for two cores, within these bounds.
const POSTGRES_LOOKUPS: usize = 2;
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
    /// On PostgreSQL one for each thread, which gathers lookups; on SQLite one for all.
    lookups: Vec<Sender<Lookup>>,
    /// Short reads that requests wait for, on a reader that lists never hold up.
    express: Sender<Job>,
    reads: Sender<Job>,
}

impl Threads {
    /// Starts them. Each opens its connection when it first needs it.
    pub fn start(url: &DatabaseUrl) -> Result<Self, StoreError> {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let half_of_cores = |(least, most): (usize, usize)| (cores / 2).clamp(least, most);
        let (writers, lookups, readers) = match url {
            DatabaseUrl::Sqlite(_) => (
                1,
                half_of_cores(SQLITE_LOOKUPS),
                half_of_cores(SQLITE_READERS),
            ),
            DatabaseUrl::Postgres(_) => (POSTGRES_WRITERS, POSTGRES_LOOKUPS, POSTGRES_READERS),
        };
        let mut starting = Starting {
            url,
            handles: Vec::new(),
        };
        let channels = Channels {
            writes: starting.writers(writers)?,
            lookups: starting.lookups(lookups)?,
            express: starting.readers("express", 1)?,
            reads: starting.readers("reader", readers)?,
        };
        Ok(Self {
            channels: RwLock::new(Some(channels)),
            handles: Mutex::new(starting.handles),
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
        self.with(|channels| {
            let number = where_to_look_up(channels.lookups.iter().map(Sender::len));
            let queue = channels.lookups.get(number).ok_or(StoreError::Closed)?;
            send(queue, lookup)
        })
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

/// The threads that are started so far.
struct Starting<'u> {
    url: &'u DatabaseUrl,
    handles: Vec<JoinHandle<()>>,
}

impl Starting<'_> {
    /// Writers, and on SQLite the thread that makes its checkpoints.
    fn writers(&mut self, count: usize) -> Result<Closing, StoreError> {
        let checkpoints = match self.url {
            DatabaseUrl::Sqlite(_) => {
                let (checkpoints, due) = Checkpoints::new();
                self.spawn("checkpoints".to_owned(), move |url| {
                    checkpoints::run(url, &due);
                })?;
                Some(Arc::new(checkpoints))
            }
            DatabaseUrl::Postgres(_) => None,
        };
        let writes = Arc::new(WriteQueue::new(count));
        for number in 0..count {
            let (queue, checkpoints) = (writes.clone(), checkpoints.clone());
            let turn = if number == 0 {
                Turn::First
            } else {
                Turn::Helper
            };
            self.spawn(format!("writer-{number}"), move |url| {
                writer::run(url, &queue, turn, checkpoints.as_deref());
            })?;
        }
        Ok(Closing(writes))
    }

    fn lookups(&mut self, threads: usize) -> Result<Vec<Sender<Lookup>>, StoreError> {
        let queues = match self.url {
            DatabaseUrl::Sqlite(_) => 1,
            DatabaseUrl::Postgres(_) => threads,
        };
        let (senders, queues): (Vec<_>, Vec<_>) = std::iter::repeat_with(|| bounded(reader::QUEUE))
            .take(queues)
            .unzip();
        for (number, queue) in queues.iter().cycle().take(threads).enumerate() {
            let queue = queue.clone();
            self.spawn(format!("lookup-{number}"), move |url| {
                reader::look_up_all(url, &queue);
            })?;
        }
        Ok(senders)
    }

    fn readers(&mut self, name: &str, count: usize) -> Result<Sender<Job>, StoreError> {
        let (sender, queue) = bounded(reader::QUEUE);
        for number in 0..count {
            let queue = queue.clone();
            self.spawn(format!("{name}-{number}"), move |url| {
                reader::run(url, &queue);
            })?;
        }
        Ok(sender)
    }

    fn spawn(
        &mut self,
        name: String,
        work: impl FnOnce(&DatabaseUrl) + Send + 'static,
    ) -> Result<(), StoreError> {
        let url = self.url.clone();
        self.handles
            .push(spawn(format!("store-{name}"), move || work(&url))?);
        Ok(())
    }
}

/// Which queue gets a further lookup, by how many wait in each: the first that has not enough for a question.
/// What few ask is so gathered in one question; when all have enough, the one with the fewest.
fn where_to_look_up(waiting: impl Iterator<Item = usize> + Clone) -> usize {
    let fewest = || waiting.clone().enumerate().min_by_key(|(_, count)| *count);
    let first = waiting.clone().position(|count| count < reader::ENOUGH);
    first
        .or_else(|| fewest().map(|(number, _)| number))
        .unwrap_or_default()
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

#[cfg(test)]
mod tests {
    use super::{reader::ENOUGH, where_to_look_up};

    #[test]
    fn lookups_gather_in_the_first_queue_until_it_has_enough() {
        for (waiting, number) in [
            ([0, 0], 0),
            ([ENOUGH - 1, 0], 0),
            ([ENOUGH, 0], 1),
            ([ENOUGH, ENOUGH - 1], 1),
            ([ENOUGH, ENOUGH + 1], 0),
            ([ENOUGH + 2, ENOUGH + 1], 1),
        ] {
            assert_eq!(where_to_look_up(waiting.into_iter()), number, "{waiting:?}");
        }
    }
}
