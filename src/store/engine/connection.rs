//! One connection to either database, and a link that reopens it when it breaks.

use std::{path::Path, thread, time::Duration};

use diesel::{
    Connection as _, PgConnection, SqliteConnection,
    connection::{AnsiTransactionManager, SimpleConnection, TransactionManager},
};
use secrecy::{ExposeSecret, SecretString};

use super::{error::StoreError, url::DatabaseUrl};

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

/// Settings of a PostgreSQL session. The time limits, each of one statement, are below the time that a
/// request waits. A role or database that turned `synchronous_commit` off would break the promise that
/// what was answered survives a power cut; stricter settings than `on` are kept.
const POSTGRES_SESSION: &str = "
    SET statement_timeout = '8s';
    SET lock_timeout = '5s';
    SET idle_in_transaction_session_timeout = '30s';
    SET default_transaction_isolation = 'read committed';
    SELECT set_config('synchronous_commit', 'on', false)
        WHERE current_setting('synchronous_commit') = 'off';
";

/// Further settings of a session that only looks up rows by their keys: plans are made once. Otherwise
/// PostgreSQL plans each array of a few keys anew, which costs more than the lookup. A plan made while a table
/// is empty must do when it is full, so none may scan a table.
const POSTGRES_LOOKUPS: &str = "
    SET plan_cache_mode = force_generic_plan;
    SET enable_seqscan = off;
";

/// Settings of a SQLite connection; `journal_mode` comes first and apart. A commit makes a checkpoint only if
/// the log has 32 MiB (8192 pages), because a thread makes them earlier (`checkpoints`).
const SQLITE_SESSION: &str = "
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA cache_size = -4000;
    PRAGMA wal_autocheckpoint = 8192;
    PRAGMA journal_size_limit = 67108864;
";

/// The key of the advisory lock that lets one replica migrate at a time: "payerlin" in ASCII.
pub const START_LOCK: i64 = 0x7061_7965_726c_696e;

/// How often SQLite may refuse to switch to WAL while another process opens the same new file.
const MAX_WAL_ATTEMPTS: u32 = 50;
const WAL_ATTEMPT_PAUSE: Duration = Duration::from_millis(20);

impl Connection {
    pub fn open(url: &DatabaseUrl) -> Result<Self, StoreError> {
        match url {
            DatabaseUrl::Postgres(url) => open_postgres(url).map(Self::Postgres),
            DatabaseUrl::Sqlite(path) => open_sqlite(path).map(Self::Sqlite),
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

    fn is_broken(&mut self) -> bool {
        on_backend!(self, |c| {
            AnsiTransactionManager::is_broken_transaction_manager(c)
        })
    }
}

fn open_postgres(url: &SecretString) -> Result<PgConnection, StoreError> {
    let url = DatabaseUrl::postgres_with_settings(url);
    let mut connection = PgConnection::establish(url.expose_secret())?;
    connection.batch_execute(POSTGRES_SESSION)?;
    Ok(connection)
}

fn open_sqlite(path: &Path) -> Result<SqliteConnection, StoreError> {
    // SQLite reads `:memory:` and `file:` as something other than a file of that name.
    let path = if path.is_absolute() {
        path.to_path_buf()
    } else {
        Path::new(".").join(path)
    };
    let named = |why: String| StoreError::Unavailable(format!("{}: {why}", path.display()));
    let mut connection = SqliteConnection::establish(&path.to_string_lossy())
        .map_err(|error| named(error.to_string()))?;
    connection.batch_execute("PRAGMA busy_timeout = 5000;")?;
    // SQLite does not wait for the lock that switching to WAL takes, so this does.
    let mut attempts = 0;
    while let Err(error) = connection.batch_execute("PRAGMA journal_mode = WAL;") {
        attempts += 1;
        if attempts == MAX_WAL_ATTEMPTS || !error.to_string().contains("locked") {
            return Err(named(error.to_string()));
        }
        thread::sleep(WAL_ATTEMPT_PAUSE);
    }
    connection.batch_execute(SQLITE_SESSION)?;
    Ok(connection)
}

/// A connection that is opened when it is first needed and again after it broke.
pub struct Link {
    url: DatabaseUrl,
    only_lookups: bool,
    connection: Option<Connection>,
}

impl Link {
    pub fn new(url: DatabaseUrl) -> Self {
        Self {
            url,
            only_lookups: false,
            connection: None,
        }
    }

    /// A link for statements that look up a few rows by their keys, and for no others.
    pub fn for_lookups(url: DatabaseUrl) -> Self {
        Self {
            only_lookups: true,
            ..Self::new(url)
        }
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
        let mut connection = Connection::open(&self.url)?;
        if let (true, Connection::Postgres(c)) = (self.only_lookups, &mut connection) {
            c.batch_execute(POSTGRES_LOOKUPS)?;
        }
        Ok(connection)
    }
}
