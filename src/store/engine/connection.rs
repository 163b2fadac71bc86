//! One connection to either database.

use diesel::{
    PgConnection, SqliteConnection,
    connection::{AnsiTransactionManager, SimpleConnection, TransactionManager},
};

use super::{error::StoreError, postgres, sqlite, url::DatabaseUrl};

pub enum Connection {
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}

/// Runs one body on whichever database a connection leads to: the body is written once and
/// compiled for both.
macro_rules! on_backend {
    ($connection:expr, |$c:ident| $body:expr) => {
        match $connection {
            $crate::store::engine::connection::Connection::Postgres($c) => $body,
            $crate::store::engine::connection::Connection::Sqlite($c) => $body,
        }
    };
}
pub(crate) use on_backend;

/// The key of the advisory lock that lets one replica migrate at a time: "payerlin" in ASCII.
pub const START_LOCK: i64 = 0x7061_7965_726c_696e;

impl Connection {
    /// Opens a database that is there.
    pub fn open(url: &DatabaseUrl) -> Result<Self, StoreError> {
        match url {
            DatabaseUrl::Postgres(url) => postgres::open::open(url).map(Self::Postgres),
            DatabaseUrl::Sqlite(path) => sqlite::open::open(path).map(Self::Sqlite),
        }
    }

    /// Runs work in a transaction of its own: committed when it succeeds, rolled back when not.
    pub fn transaction<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        match self {
            Self::Postgres(c) => AnsiTransactionManager::begin_transaction(c)?,
            // Taking the write lock at once: a transaction that reads first and then finds
            // somebody else writing could only fail.
            Self::Sqlite(c) => AnsiTransactionManager::begin_transaction_sql(c, "BEGIN IMMEDIATE")?,
        }
        self.finish_transaction(work)
    }

    /// Runs several reads that see the database as of one moment.
    pub fn snapshot<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let begin = match self {
            Self::Postgres(_) => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            Self::Sqlite(_) => "BEGIN DEFERRED",
        };
        on_backend!(self, |c| {
            AnsiTransactionManager::begin_transaction_sql(c, begin)
        })?;
        self.finish_transaction(work)
    }

    fn finish_transaction<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        match work(self) {
            Ok(value) => {
                on_backend!(self, |c| AnsiTransactionManager::commit_transaction(c))?;
                Ok(value)
            }
            Err(error) => {
                let rollback =
                    on_backend!(self, |c| AnsiTransactionManager::rollback_transaction(c));
                match rollback {
                    Ok(()) => Err(error),
                    Err(failed) => Err(StoreError::Interrupted(format!(
                        "{error}; and the rollback failed: {failed}"
                    ))),
                }
            }
        }
    }

    /// Keeps other replicas that start at this moment waiting until the transaction ends. On SQLite the
    /// transaction has the database to itself anyway.
    pub fn wait_for_other_starts(&mut self) -> Result<(), StoreError> {
        match self {
            Self::Postgres(c) => {
                Ok(c.batch_execute(&format!("SELECT pg_advisory_xact_lock({START_LOCK})"))?)
            }
            Self::Sqlite(_) => Ok(()),
        }
    }

    pub fn is_broken(&mut self) -> bool {
        on_backend!(self, |c| {
            AnsiTransactionManager::is_broken_transaction_manager(c)
        })
    }
}
