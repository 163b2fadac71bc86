//! [`Store`], the door to the database: opened, asked and closed. Each table's file adds its own methods.

use std::{sync::Arc, time::Duration};

use serde::Serialize;
use tokio::{sync::oneshot, time::timeout};

use super::{
    connection::Connection,
    error::StoreError,
    migrate, reader,
    threads::{self, Threads},
    url::DatabaseUrl,
    write::Write,
    writer,
};

/// How long a request waits for the store.
pub(crate) const WAIT: Duration = Duration::from_secs(10);
/// How long a readiness probe waits.
const READY_WAIT: Duration = Duration::from_secs(2);

/// The door to the database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pub(crate) url: DatabaseUrl,
    pub(crate) threads: Arc<Threads>,
}

impl Store {
    /// Opens a database: connects (waiting up to 30 s for a server that is not up yet), migrates
    /// it and starts the store's threads.
    ///
    /// # Errors
    /// When the database cannot be reached or migrated.
    pub async fn open(url: &DatabaseUrl) -> Result<Self, StoreError> {
        Self::migrate(url).await?;
        Self::start(url)
    }

    /// Opens a database whose tables are there and up to date, and changes nothing of it.
    ///
    /// # Errors
    /// When it cannot be reached, or is not up to date.
    pub async fn attach(url: &DatabaseUrl) -> Result<Self, StoreError> {
        if let DatabaseUrl::Sqlite(path) = url
            && !path.exists()
        {
            // Opening it would make an empty one.
            let why = format!("there is no file {}", path.display());
            return Err(StoreError::Unavailable(why));
        }
        let store = Self::start(url)?;
        store.check(WAIT).await?;
        Ok(store)
    }

    fn start(url: &DatabaseUrl) -> Result<Self, StoreError> {
        Ok(Self {
            url: url.clone(),
            threads: Arc::new(Threads::start(url)?),
        })
    }

    /// Creates or upgrades the tables; returns how many migrations were run.
    ///
    /// # Errors
    /// When the database cannot be reached or migrated.
    pub async fn migrate(url: &DatabaseUrl) -> Result<usize, StoreError> {
        let url = url.clone();
        threads::apart("migrate", move || migrate::connect_and_migrate(&url)).await
    }

    /// Whether the database can be reached and has all migrations; answers within 2 s.
    ///
    /// # Errors
    /// When it cannot or has not.
    pub async fn ready(&self) -> Result<(), StoreError> {
        self.check(READY_WAIT).await
    }

    async fn check(&self, most: Duration) -> Result<(), StoreError> {
        let (job, result) = reader::job(migrate::check);
        self.threads.read_express(job)?;
        wait("checking the database", most, result).await
    }

    /// Takes no more work, finishes what is queued and stops the threads; takes a few seconds at most.
    pub async fn close(&self) {
        self.threads.stop().await;
    }

    pub(crate) async fn read<T: Send + 'static>(
        &self,
        what: &'static str,
        work: impl Fn(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (job, result) = reader::job(work);
        self.threads.read(job)?;
        wait(what, WAIT, result).await
    }

    pub(crate) async fn write<T: Send + 'static>(
        &self,
        what: &'static str,
        work: impl Fn(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (job, result) = writer::job(work);
        self.threads.write(Write::Job(job))?;
        wait(what, WAIT, result).await
    }
}

/// Waits for an answer from the store's threads.
pub(crate) async fn wait<T>(
    what: &'static str,
    most: Duration,
    answer: oneshot::Receiver<Result<T, StoreError>>,
) -> Result<T, StoreError> {
    let result = match timeout(most, answer).await {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => Err(StoreError::Internal("it was given up".to_owned())),
        Err(_) => Err(StoreError::Unavailable(format!(
            "no answer within {} s",
            most.as_secs()
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
