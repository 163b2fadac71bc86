//! A store's way to its database: a connection that is opened when it is needed and again after it broke.

use std::sync::Arc;

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

/// Further settings of a session that only looks up rows by their keys: plans are made once. Otherwise
/// PostgreSQL plans each array of a few keys anew, which costs more than the lookup. A plan made while a table
/// is empty must do when it is full, so none may scan a table.
const POSTGRES_LOOKUPS: &str = "
    SET plan_cache_mode = force_generic_plan;
    SET enable_seqscan = off;
";

/// The database of a store, and what all links to it know together. Cheap to clone.
#[derive(Clone)]
pub struct Source {
    database: Database,
    pub readiness: Arc<Readiness>,
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
    only_lookups: bool,
    connection: Option<Connection>,
}

impl Link {
    pub fn new(source: Source) -> Self {
        Self {
            source,
            rank: Rank::Readers,
            only_lookups: false,
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

    pub fn with_rank(self, rank: Rank) -> Self {
        Self { rank, ..self }
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
        let was_open = self.connection.is_some();
        match self.once(&work) {
            Err(error) if error.is_interruption() && was_open => {
                tracing::warn!(%error, "the database interrupted its work, trying once more");
                self.once(&work)
            }
            result => result,
        }
    }

    fn once<T>(
        &mut self,
        work: impl Fn(&mut Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.open()?,
        };
        let result = work(&mut connection);
        // Taken out while the work runs: if that panics, the connection goes with it.
        let interrupted = matches!(&result, Err(error) if error.is_interruption());
        if !interrupted && !connection.is_broken() {
            self.connection = Some(connection);
        }
        result
    }

    fn open(&self) -> Result<Connection, StoreError> {
        let mut connection = self.source.open(self.rank)?;
        if let (true, Connection::Postgres(c)) = (self.only_lookups, &mut connection) {
            c.batch_execute(POSTGRES_LOOKUPS)?;
        }
        Ok(connection)
    }
}
