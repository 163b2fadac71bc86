//! [`Store`], the door to the database: opened, asked and closed. Each table's file adds its own methods.

use std::{path::PathBuf, sync::Arc, time::Duration};

use serde::Serialize;
use tokio::{sync::oneshot, time::timeout};

use super::{
    backup::{self, BackupError},
    connection::{Connection, Link},
    error::StoreError,
    lookup::{LookUp, Lookup},
    migrate,
    pool::{Job, Pool},
    threads::{self, Pools, Threads},
    url::DatabaseUrl,
    writer::{CountedWrite, GroupWrite, QueuedWrite},
};

/// How long a request waits for the store.
const MAX_WAIT: Duration = Duration::from_secs(10);
/// How long a readiness probe waits.
const MAX_PROBE_WAIT: Duration = Duration::from_secs(2);

/// The door to the database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pub(crate) url: DatabaseUrl,
    pub(crate) threads: Arc<Threads>,
}

impl Store {
    /// Opens a database: connects (waiting up to 30 s for a server that is not up yet), migrates
    /// it and starts the store's threads.
    pub async fn open(url: &DatabaseUrl) -> Result<Self, StoreError> {
        Self::migrate(url).await?;
        Self::start(url)
    }

    /// Opens a database that has every migration already, and changes nothing of it.
    pub async fn attach(url: &DatabaseUrl) -> Result<Self, StoreError> {
        if let DatabaseUrl::Sqlite(path) = url
            && !path.exists()
        {
            // Opening it would make an empty one.
            let why = format!("there is no file {}", path.display());
            return Err(StoreError::Unavailable(why));
        }
        let store = Self::start(url)?;
        store.check(MAX_WAIT).await?;
        Ok(store)
    }

    fn start(url: &DatabaseUrl) -> Result<Self, StoreError> {
        Ok(Self {
            url: url.clone(),
            threads: Arc::new(Threads::start(url)?),
        })
    }

    /// Creates or upgrades the tables; returns how many migrations were run.
    pub async fn migrate(url: &DatabaseUrl) -> Result<usize, StoreError> {
        let url = url.clone();
        threads::apart("migrate", move || migrate::connect_and_migrate(&url)).await
    }

    /// Writes a backup of a database, which may be in use, into a new file.
    pub async fn back_up(url: &DatabaseUrl, file: PathBuf) -> Result<(), BackupError> {
        let url = url.clone();
        run_apart(move || backup::back_up(&url, &file)).await
    }

    /// Brings a backup back into a database that has nothing in it.
    pub async fn restore(url: &DatabaseUrl, file: PathBuf) -> Result<(), BackupError> {
        let url = url.clone();
        run_apart(move || backup::restore(&url, &file)).await
    }

    /// Fails if the database cannot be reached or lacks a migration; answers within 2 s.
    pub async fn ready(&self) -> Result<(), StoreError> {
        self.check(MAX_PROBE_WAIT).await
    }

    async fn check(&self, max_wait: Duration) -> Result<(), StoreError> {
        let result = self.push_read(|pools| &pools.express, migrate::check)?;
        wait("checking the database", max_wait, result).await
    }

    /// Takes no more work, finishes what is queued and stops the threads; takes a few seconds at most.
    pub async fn close(&self) {
        self.threads.stop().await;
    }

    /// Reads what may take long, such as a list.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        what: &'static str,
        work: impl Fn(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let result = self.push_read(|pools| &pools.readers, work)?;
        wait(what, MAX_WAIT, result).await
    }

    /// Reads a few rows by their keys, on a thread that takes no lists.
    pub(crate) async fn read_express<T: Send + 'static>(
        &self,
        what: &'static str,
        work: impl Fn(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let result = self.push_read(|pools| &pools.express, work)?;
        wait(what, MAX_WAIT, result).await
    }

    /// Finds a row by its key, in one query with other keys that wait.
    pub(crate) async fn look_up<K: Lookup>(
        &self,
        what: &'static str,
        key: K,
    ) -> Result<Option<K::Row>, StoreError> {
        let lookups: fn(&Pools) -> &Pool = |pools| &pools.lookups;
        let row = self.threads.push_grouped(lookups, LookUp(key))?;
        wait(what, MAX_WAIT, row).await
    }

    /// Runs work in a transaction of its own.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        what: &'static str,
        work: impl Fn(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, result) = oneshot::channel();
        let counted = CountedWrite::new();
        let job = move |link: &mut Link| {
            let _counted = counted;
            let outcome = link.with(|connection| connection.transaction(&work));
            // The work is done even if nobody waits any more.
            let _ = answer.send(outcome);
        };
        self.threads.push(|pools| &pools.writers, Box::new(job))?;
        wait(what, MAX_WAIT, result).await
    }

    /// Stores a write in one transaction with others of its kind that wait.
    pub(crate) async fn write_grouped<W: GroupWrite>(
        &self,
        what: &'static str,
        write: W,
    ) -> Result<(W, W::Stored), StoreError> {
        let writers: fn(&Pools) -> &Pool = |pools| &pools.writers;
        let stored = self
            .threads
            .push_grouped(writers, QueuedWrite::new(write))?;
        wait(what, MAX_WAIT, stored).await
    }

    fn push_read<T: Send + 'static>(
        &self,
        pool: fn(&Pools) -> &Pool,
        work: impl Fn(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<oneshot::Receiver<Result<T, StoreError>>, StoreError> {
        let (answer, result) = oneshot::channel();
        let job: Job = Box::new(move |link| {
            if !answer.is_closed() {
                let _ = answer.send(link.with(&work));
            }
        });
        self.threads.push(pool, job)?;
        Ok(result)
    }
}

async fn run_apart(
    work: impl FnOnce() -> Result<(), BackupError> + Send + 'static,
) -> Result<(), BackupError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|_| Err(StoreError::Internal("it panicked".to_owned()).into()))
}

/// Waits for an answer from the store's threads.
async fn wait<T>(
    what: &'static str,
    max_wait: Duration,
    answer: oneshot::Receiver<Result<T, StoreError>>,
) -> Result<T, StoreError> {
    let result = match timeout(max_wait, answer).await {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => Err(StoreError::Internal("it was given up".to_owned())),
        Err(_) => Err(StoreError::Unavailable(format!(
            "no answer within {} s",
            max_wait.as_secs()
        ))),
    };
    result.map_err(|error| error.during(what))
}

/// A value as JSON text.
pub(crate) fn json<T: Serialize + ?Sized>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(json_error)
}

/// None of our types fails to serialize; the serializer's signature says it could.
pub(crate) fn json_error(error: serde_json::Error) -> StoreError {
    StoreError::Internal(format!("writing JSON: {error}"))
}
