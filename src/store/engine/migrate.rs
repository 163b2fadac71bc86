//! Creates and upgrades the tables, safe against several processes starting together.

use std::{
    thread,
    time::{Duration, Instant},
};

use diesel::{
    PgConnection, QueryableByName, RunQueryDsl, migration::MigrationSource, pg::Pg, sql_query,
    sql_types::Text, sqlite::Sqlite,
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use payerline_domain::values::text::to_nfc;

use super::{
    connection::{Connection, START_LOCK, on_backend},
    error::{LOCK_TIMEOUT, StoreError},
    url::DatabaseUrl,
};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// How long starting waits for a server that cannot be reached, or for a table in use.
const MAX_START_WAIT: Duration = Duration::from_secs(30);
const START_ATTEMPT_PAUSE: Duration = Duration::from_millis(500);

/// Connects, waiting for a server that is not up yet, and runs what migrations are missing.
pub fn connect_and_migrate(url: &DatabaseUrl) -> Result<usize, StoreError> {
    let give_up = Instant::now() + MAX_START_WAIT;
    let mut connection = loop {
        match Connection::open(url) {
            Ok(connection) => break connection,
            Err(error) if is_hopeless(url, &error) || Instant::now() > give_up => {
                return Err(error.during("connecting"));
            }
            Err(error) => {
                tracing::warn!(%error, "cannot connect to the database yet");
                thread::sleep(START_ATTEMPT_PAUSE);
            }
        }
    };
    run(&mut connection)
        .map_err(|error| StoreError::Internal(error).during("migrating the database"))
}

/// A file that cannot be opened will not open by waiting, and neither will a refused password.
fn is_hopeless(url: &DatabaseUrl, error: &StoreError) -> bool {
    let text = error.to_string();
    matches!(url, DatabaseUrl::Sqlite(_))
        || text.contains("authentication failed")
        || (text.contains("FATAL") && text.contains("does not exist"))
}

fn run(connection: &mut Connection) -> Result<usize, String> {
    match connection {
        Connection::Postgres(c) => {
            use diesel::connection::SimpleConnection;
            // The time limits of requests do not apply to migrations, nor to waiting until another
            // replica has run them. Closing the connection releases the lock in any case.
            let lock = format!(
                "SET statement_timeout = 0; SET lock_timeout = 0; SET client_min_messages = warning;
                 SELECT pg_advisory_lock({START_LOCK})"
            );
            c.batch_execute(&lock).map_err(|error| error.to_string())?;
            let done = run_patiently(c);
            c.batch_execute(&format!("SELECT pg_advisory_unlock({START_LOCK})"))
                .map_err(|error| error.to_string())?;
            done
        }
        Connection::Sqlite(c) => {
            nfc_utils::register_impl(c, |text: String| to_nfc(&text).into_owned())
                .map_err(|error| error.to_string())?;
            c.immediate_transaction(|c| {
                c.run_pending_migrations(SQLITE)
                    .map(|run| run.len())
                    .map_err(|error| Failure(error.to_string()))
            })
            .map_err(|Failure(error)| error)
        }
    }
}

// Migrations of SQLite write it; PostgreSQL has a function of its own.
#[diesel::declare_sql_function]
extern "SQL" {
    /// Writes a text in Unicode's normalization form C.
    fn nfc(text: Text) -> Text;
}

/// Runs the missing migrations. One that waits for a table in use would keep everybody else from it: so it gives
/// up soon and is tried again.
fn run_patiently(connection: &mut PgConnection) -> Result<usize, String> {
    let give_up = Instant::now() + MAX_START_WAIT;
    loop {
        match connection.run_pending_migrations(POSTGRES) {
            Ok(run) => return Ok(run.len()),
            Err(error) if error.to_string().contains(LOCK_TIMEOUT) && Instant::now() < give_up => {
                tracing::warn!(%error, "a migration has to wait for a table that is in use");
                thread::sleep(START_ATTEMPT_PAUSE);
            }
            Err(error) => return Err(error.to_string()),
        }
    }
}

/// An error that a diesel transaction accepts.
struct Failure(String);

impl From<diesel::result::Error> for Failure {
    fn from(error: diesel::result::Error) -> Self {
        Self(error.to_string())
    }
}

#[derive(QueryableByName)]
struct Applied {
    #[diesel(sql_type = Text)]
    version: String,
}

/// Fails if the database does not answer or lacks a migration of this binary, and names the first missing one.
/// This only reads: diesel itself would try to create its table.
pub fn check(connection: &mut Connection) -> Result<(), StoreError> {
    let query = "SELECT version FROM __diesel_schema_migrations";
    let applied: Vec<Applied> = on_backend!(connection, |c| sql_query(query).load(c))?;
    let wanted = match connection {
        Connection::Postgres(_) => versions::<Pg>(&POSTGRES),
        Connection::Sqlite(_) => versions::<Sqlite>(&SQLITE),
    }?;
    match wanted
        .iter()
        .find(|wanted| !applied.iter().any(|applied| applied.version == **wanted))
    {
        None => Ok(()),
        Some(missing) => Err(StoreError::Internal(format!(
            "migration {missing} has not been run"
        ))),
    }
}

fn versions<DB: diesel::backend::Backend>(
    source: &EmbeddedMigrations,
) -> Result<Vec<String>, StoreError> {
    let migrations = MigrationSource::<DB>::migrations(source)
        .map_err(|error| StoreError::Internal(error.to_string()))?;
    Ok(migrations
        .iter()
        .map(|migration| migration.name().version().to_string())
        .collect())
}
