//! A store's way to its database: a connection that is opened when it is needed and again after it broke.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use diesel::connection::SimpleConnection;
use secrecy::SecretString;

use super::{
    connection::Connection,
    error::StoreError,
    postgres::{
        open,
        scarcity::{Rank, Scarcity},
    },
    readiness::Readiness,
    sqlite::files::SqliteFiles,
    url::DatabaseUrl,
};

/// Further settings of a session that only looks up rows by their keys: plans are made for all keys. Otherwise
/// PostgreSQL plans each array of a few keys anew, which costs more than the lookup. A plan made while a table
/// is small must do for a while when it is large, so none may scan a table.
const POSTGRES_LOOKUPS: &str = "
    SET plan_cache_mode = force_generic_plan;
    SET enable_seqscan = off;
";

/// How long such plans are used. In a small table one index is as good as another, so PostgreSQL may walk all entries of
/// a clinic in one that does not begin with the key. It notices that the table has grown only when it is analyzed, which
/// may be minutes later; planning anew looks at the size of the table.
const MAX_PLAN_AGE: Duration = Duration::from_secs(1);

/// Gauge: connections that are open, by pool.
pub const POOL_CONNECTIONS: &str = "payerline_database_pool_connections";

/// The database of a store, and what all links to it know together. Cheap to clone.
#[derive(Clone)]
pub struct Source {
    database: Database,
    pub readiness: Arc<Readiness>,
    interrupted_at: Arc<Mutex<Option<Instant>>>,
}

#[derive(Clone)]
enum Database {
    Postgres(SecretString, Arc<Scarcity>),
    Sqlite(Arc<SqliteFiles>),
}

impl Source {
    /// Opens nothing yet.
    pub fn new(url: &DatabaseUrl) -> Self {
        let database = match url {
            DatabaseUrl::Postgres(url) => Database::Postgres(url.clone(), Arc::default()),
            DatabaseUrl::Sqlite(path) => Database::Sqlite(Arc::new(SqliteFiles::new(path.clone()))),
        };
        Self {
            database,
            readiness: Arc::default(),
            interrupted_at: Arc::default(),
        }
    }

    pub fn sqlite_files(&self) -> Option<&Arc<SqliteFiles>> {
        match &self.database {
            Database::Sqlite(files) => Some(files),
            Database::Postgres(..) => None,
        }
    }

    /// Fails if the files of a SQLite database are not those that were opened.
    pub fn check_files(&self) -> Result<(), StoreError> {
        self.sqlite_files().map_or(Ok(()), |files| files.check())
    }

    /// Notes that the database interrupted work on a connection. Returns true if the log does not have it yet: all
    /// connections of before break together, and each link finds that by itself.
    fn note_interruption(&self, opened_at: Instant) -> bool {
        let mut last = self
            .interrupted_at
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let is_news = last.is_none_or(|last| opened_at > last);
        if is_news {
            *last = Some(Instant::now());
        }
        is_news
    }

    fn open(&self, rank: Rank) -> Result<Connection, StoreError> {
        match &self.database {
            Database::Sqlite(files) => files.open().map(Connection::Sqlite),
            Database::Postgres(url, scarcity) => scarcity
                .open(rank, || open::open(url))
                .map(Connection::Postgres),
        }
    }

    fn scarcity(&self) -> Option<&Scarcity> {
        match &self.database {
            Database::Postgres(_, scarcity) => Some(scarcity),
            Database::Sqlite(_) => None,
        }
    }
}

pub struct Link {
    pub source: Source,
    rank: Rank,
    /// The name of its pool, for metrics.
    pool: &'static str,
    only_lookups: bool,
    planned_at: Instant,
    /// When it last connected.
    opened_at: Option<Instant>,
    connection: Option<CountedConnection>,
}

/// A connection that is counted as long as it is open.
struct CountedConnection {
    connection: Connection,
    pool: &'static str,
}

impl CountedConnection {
    fn new(connection: Connection, pool: &'static str) -> Self {
        metrics::gauge!(POOL_CONNECTIONS, "pool" => pool).increment(1.0);
        Self { connection, pool }
    }
}

impl Drop for CountedConnection {
    fn drop(&mut self) {
        metrics::gauge!(POOL_CONNECTIONS, "pool" => self.pool).decrement(1.0);
    }
}

impl Link {
    pub fn new(source: Source) -> Self {
        Self {
            source,
            rank: Rank::Readers,
            pool: "scan",
            only_lookups: false,
            planned_at: Instant::now(),
            opened_at: None,
            connection: None,
        }
    }

    /// A link for statements that look up a few rows by their keys, and for no others.
    pub fn for_lookups(source: Source) -> Self {
        Self {
            only_lookups: true,
            ..Self::new(source)
        }
    }

    pub fn in_pool(self, pool: &'static str, rank: Rank) -> Self {
        Self { pool, rank, ..self }
    }

    /// Connects if there is no connection.
    pub fn connect(&mut self) -> Result<(), StoreError> {
        self.with(|_| Ok(()))
    }

    /// Returns true if this link may do work. A spare one leaves work to others while it gets no connection.
    pub fn can_work(&mut self) -> bool {
        let may_connect = || self.source.scarcity().is_none_or(|it| !it.is_scarce());
        self.is_at_work() || (may_connect() && self.connect().is_ok())
    }

    /// Returns true if this link takes work without trying to connect first.
    pub fn is_at_work(&self) -> bool {
        self.rank != Rank::Spare || self.connection.is_some()
    }

    /// Closes the connection if a more important link waits for one.
    pub fn give_way(&mut self) {
        let scarcity = self.source.scarcity();
        if self.connection.is_some() && scarcity.is_some_and(|it| it.must_give_way(self.rank)) {
            self.connection = None;
        }
    }

    /// Runs work that changes something. What SQLite wrote into a file that is not the database any more is not
    /// acknowledged.
    pub fn write<T>(
        &mut self,
        work: impl Fn(&mut Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.source.check_files()?;
        let written = self.with(work)?;
        self.source.check_files()?;
        Ok(written)
    }

    /// Runs work on the connection, and once more on a new one if it was interrupted. The work must bear being
    /// done twice: a lost answer to a commit does not tell whether the commit happened. A statement or lock that
    /// took too long is an answer and is not tried again.
    pub fn with<T>(
        &mut self,
        work: impl Fn(&mut Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let opened_at = self.connection.is_some().then_some(self.opened_at);
        match (self.once(&work), opened_at.flatten()) {
            (Err(error), Some(opened_at)) if error.is_interruption() => {
                let again = self.once(&work);
                // If the database is away, that is logged by `readiness`, once.
                if self.source.note_interruption(opened_at) && again.is_ok() {
                    tracing::warn!(%error, "the database interrupted its work, which was done again");
                }
                again
            }
            (result, _) => result,
        }
    }

    fn once<T>(
        &mut self,
        work: impl Fn(&mut Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut counted = match self.connection.take() {
            Some(counted) => counted,
            None => self.open_counted()?,
        };
        let connection = &mut counted.connection;
        let result = self.renew_plans(connection).and_then(|()| work(connection));
        // Taken out while the work runs: if that panics, the connection goes with it.
        let interrupted = matches!(&result, Err(error) if error.is_interruption());
        if !interrupted && !connection.is_broken() {
            self.connection = Some(counted);
        }
        result
    }

    fn renew_plans(&mut self, connection: &mut Connection) -> Result<(), StoreError> {
        if let (true, Connection::Postgres(c)) = (self.only_lookups, connection)
            && self.planned_at.elapsed() > MAX_PLAN_AGE
        {
            c.batch_execute("DISCARD PLANS")?;
            self.planned_at = Instant::now();
        }
        Ok(())
    }

    /// Connects. That a link which was connected before cannot is told to whoever asks for readiness; at the start
    /// there is somebody who waits for the error.
    fn open_counted(&mut self) -> Result<CountedConnection, StoreError> {
        let opened = self.open();
        match &opened {
            Ok(_) => self.opened_at = Some(Instant::now()),
            Err(error) if self.opened_at.is_some() => {
                self.source.readiness.note_no_connection(error)
            }
            Err(_) => {}
        }
        Ok(CountedConnection::new(opened?, self.pool))
    }

    fn open(&self) -> Result<Connection, StoreError> {
        let mut connection = self.source.open(self.rank)?;
        if let (true, Connection::Postgres(c)) = (self.only_lookups, &mut connection) {
            c.batch_execute(POSTGRES_LOOKUPS)?;
        }
        Ok(connection)
    }
}
