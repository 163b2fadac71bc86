//! [`Store`], the door to the database: opened, asked and closed. Each table's file adds its own methods.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use serde::Serialize;
use tokio::{sync::oneshot, time::timeout};

use super::{
    connection::Connection,
    error::StoreError,
    group::Grouped,
    link::{Link, Source},
    lookup::{LookUp, Lookup},
    migrate::{self, MAX_START_WAIT},
    pool::{Job, Pool},
    postgres::limit::{self, MAX_CONNECTIONS, MIN_CONNECTIONS},
    readiness::{self, NotReady},
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
    pub(crate) source: Source,
    pub(crate) threads: Arc<Threads>,
}

impl Store {
    /// Opens a database: connects (waiting up to 30 s for a server that is not up yet), migrates
    /// it, starts the store's threads and connects them.
    pub async fn open(url: &DatabaseUrl) -> Result<Self, StoreError> {
        Self::migrate(url).await?;
        let store = Self::start(url)?;
        store.connect(MAX_START_WAIT).await?;
        store.warn_of_few_connections().await;
        Ok(store)
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
        let check = |connection: &mut Connection| {
            migrate::refuse_newer(connection)?;
            migrate::check(connection)
        };
        store.read_express("checking the database", check).await?;
        Ok(store)
    }

    pub(crate) fn start(url: &DatabaseUrl) -> Result<Self, StoreError> {
        let source = Source::new(url);
        let threads = Arc::new(Threads::start(&source)?);
        Ok(Self { source, threads })
    }

    /// Opens a connection for each pool, the writers' first. Waits until PostgreSQL grants so many, since a replica
    /// that is being replaced may still have them.
    pub(crate) async fn connect(&self, max_wait: Duration) -> Result<(), StoreError> {
        let pools: [fn(&Pools) -> &Pool; MIN_CONNECTIONS] = [
            |pools| &pools.writers,
            |pools| &pools.lookups,
            |pools| &pools.express,
            |pools| &pools.readers,
        ];
        let give_up = Instant::now() + max_wait;
        for (granted, pool) in pools.into_iter().enumerate() {
            while let Err(error) = self.connect_one(pool).await {
                if !error.is_too_many_connections() {
                    return Err(error);
                }
                if Instant::now() > give_up {
                    return Err(error.during(&format!(
                        "PostgreSQL grants only {granted} connections, and {}",
                        limit::explain()
                    )));
                }
            }
        }
        Ok(())
    }

    async fn connect_one(&self, pool: fn(&Pools) -> &Pool) -> Result<(), StoreError> {
        let (answer, result) = oneshot::channel();
        let job = move |link: &mut Link| {
            let _ = answer.send(link.connect());
        };
        self.threads.push(pool, Box::new(job))?;
        wait("connecting", MAX_WAIT, result).await
    }

    async fn warn_of_few_connections(&self) {
        let find = |connection: &mut Connection| match connection {
            Connection::Postgres(c) => limit::find(c).map(Some),
            Connection::Sqlite(_) => Ok(None),
        };
        match self
            .read_express("finding the limit of connections", find)
            .await
        {
            Ok(Some(limit)) if limit < MAX_CONNECTIONS => tracing::warn!(
                "PostgreSQL allows this role {limit} connections, and {}",
                limit::explain()
            ),
            Ok(_) => {}
            Err(error) => tracing::debug!(%error, "the limit of connections is not known"),
        }
    }

    /// Creates or upgrades the tables; returns how many migrations were run.
    pub async fn migrate(url: &DatabaseUrl) -> Result<usize, StoreError> {
        let url = url.clone();
        threads::apart("migrate", move || migrate::connect_and_migrate(&url)).await
    }

    /// Fails if no claims can be stored; answers within about 2 s.
    pub async fn ready(&self) -> Result<(), NotReady> {
        let files = self.source.check_files();
        files.map_err(|error| NotReady::from_error(&error))?;
        self.source.readiness.ask(self.probe()).await
    }

    /// Returns how many jobs wait for each pool of connections, with its name.
    pub fn count_waiting_jobs(&self) -> Vec<(&'static str, usize)> {
        let counted = self.threads.count_waiting_jobs();
        counted.map_or_else(|_| Vec::new(), Vec::from)
    }

    /// Returns the kind of the database, and its newest migration that this binary knows: the one that it has, once
    /// the store is open.
    pub fn describe_schema(&self) -> Result<(&'static str, String), StoreError> {
        let (kind, known) = match self.source.sqlite_files() {
            Some(_) => ("sqlite", migrate::read_known_to_sqlite()),
            None => ("postgres", migrate::read_known_to_postgres()),
        };
        Ok((kind, known?.into_iter().max().unwrap_or_default()))
    }

    /// Fails if the database lacks a migration or nothing can be written.
    pub(crate) async fn probe(&self) -> Result<(), StoreError> {
        let (answer, result) = oneshot::channel();
        let job = move |link: &mut Link| {
            // So that probes that nobody waits for do not pile up.
            if !answer.is_closed() {
                let _ = answer.send(link.write(readiness::probe));
            }
        };
        self.threads.push(|pools| &pools.writers, Box::new(job))?;
        wait("checking the database", MAX_PROBE_WAIT, result).await
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
        self.read_grouped(what, LookUp(key)).await
    }

    /// Reads a few rows by their keys, together with others of its kind that wait.
    pub(crate) async fn read_grouped<R: Grouped>(
        &self,
        what: &'static str,
        request: R,
    ) -> Result<R::Answer, StoreError> {
        let lookups: fn(&Pools) -> &Pool = |pools| &pools.lookups;
        let answer = self.threads.push_grouped(lookups, request)?;
        wait(what, MAX_WAIT, answer).await
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
            let outcome = link.write(|connection| connection.transaction(&work));
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
