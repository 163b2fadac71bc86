//! Creates and upgrades the tables, safe against several processes starting together.

use std::{
    thread,
    time::{Duration, Instant},
};

use diesel::{
    PgConnection,
    connection::SimpleConnection,
    migration::{MigrationConnection, MigrationSource},
    pg::Pg,
    prelude::*,
    sql_query,
    sql_types::Text,
    sqlite::Sqlite,
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use payerline_domain::values::text::to_nfc;

use super::{
    connection::{Connection, START_LOCK, on_backend},
    error::{LOCK_TIMEOUT, StoreError, join_lines},
    postgres::{limit, start},
    schema::schema_versions,
    sqlite::open::{create_if_missing, warn_if_others_may_read},
    url::DatabaseUrl,
};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// How long starting waits for a server that cannot be reached, or for a table in use.
pub const MAX_START_WAIT: Duration = Duration::from_secs(30);
const START_ATTEMPT_PAUSE: Duration = Duration::from_millis(500);
const MIN_ATTEMPTS: u32 = 5;

/// The version of Payerline that this is, as it is kept with the migrations that it runs.
const OWN_VERSION: &str = env!("CARGO_PKG_VERSION");

/// Connects, waiting for a server that is not up yet, and runs what migrations are missing.
pub fn connect_and_migrate(url: &DatabaseUrl) -> Result<usize, StoreError> {
    if let DatabaseUrl::Sqlite(path) = url {
        create_if_missing(path)?;
        warn_if_others_may_read(path);
    }
    let give_up = Instant::now() + MAX_START_WAIT;
    let mut connection = loop {
        match Connection::open(url) {
            Ok(connection) => break connection,
            Err(error) if !start::may_pass(url, &error) || Instant::now() > give_up => {
                return Err(explain(error.during("connecting")));
            }
            Err(error) => {
                tracing::warn!(%error, "cannot connect to the database yet");
                thread::sleep(START_ATTEMPT_PAUSE);
            }
        }
    };
    run(&mut connection).map_err(|error| explain(error.during("migrating the database")))
}

/// Adds what to do, where that is known.
fn explain(error: StoreError) -> StoreError {
    if error.is_too_many_connections() {
        return error.during(&limit::explain());
    }
    error
}

fn run(connection: &mut Connection) -> Result<usize, StoreError> {
    if let Connection::Sqlite(c) = connection {
        nfc_utils::register_impl(c, |text: String| to_nfc(&text).into_owned())?;
        return connection.transaction(run_alone);
    }
    // The time limits of requests do not apply to migrations, nor to waiting until another
    // replica has run them. Closing the connection releases the lock in any case.
    execute(
        connection,
        &format!(
            "SET statement_timeout = 0; SET lock_timeout = 0; SET client_min_messages = warning;
             SELECT pg_advisory_lock({START_LOCK})"
        ),
    )?;
    let done = run_alone(connection);
    execute(
        connection,
        &format!("SELECT pg_advisory_unlock({START_LOCK})"),
    )?;
    done
}

/// Runs the missing migrations while nobody else does.
fn run_alone(connection: &mut Connection) -> Result<usize, StoreError> {
    on_backend!(connection, |c| c.setup())?;
    refuse_newer(connection)?;
    let missing = without(read_known(connection)?, &read_applied(connection)?);
    match connection {
        Connection::Postgres(c) => run_patiently(c),
        Connection::Sqlite(c) => c.run_pending_migrations(SQLITE).map(drop),
    }
    .map_err(failed)?;
    for migration in &missing {
        let made = (
            schema_versions::migration.eq(migration),
            schema_versions::payerline.eq(OWN_VERSION),
        );
        on_backend!(connection, |c| diesel::insert_into(schema_versions::table)
            .values(made)
            .on_conflict_do_nothing()
            .execute(c))?;
    }
    Ok(missing.len())
}

// Migrations of SQLite write it; PostgreSQL has a function of its own.
#[diesel::declare_sql_function]
extern "SQL" {
    /// Writes a text in Unicode's normalization form C.
    fn nfc(text: Text) -> Text;
}

/// Runs the missing migrations. One that waits for a table in use would keep everybody else from it: so it gives
/// up soon and is tried again.
fn run_patiently(connection: &mut PgConnection) -> Result<(), MigrationError> {
    let give_up = Instant::now() + MAX_START_WAIT;
    let mut attempts = 0;
    while let Err(error) = connection.run_pending_migrations(POSTGRES).map(drop) {
        attempts += 1;
        // One that reads a large table before it waits has more than one attempt all the same.
        let is_over = attempts >= MIN_ATTEMPTS && Instant::now() > give_up;
        if !error.to_string().contains(LOCK_TIMEOUT) || is_over {
            return Err(error);
        }
        tracing::warn!(
            error = join_lines(&error.to_string()),
            "a migration has to wait for a table that is in use"
        );
        thread::sleep(START_ATTEMPT_PAUSE);
    }
    Ok(())
}

type MigrationError = Box<dyn std::error::Error + Send + Sync>;

fn failed(error: MigrationError) -> StoreError {
    StoreError::Internal(join_lines(&error.to_string()))
}

fn execute(connection: &mut Connection, sql: &str) -> Result<(), StoreError> {
    Ok(on_backend!(connection, |c| c.batch_execute(sql))?)
}

#[derive(QueryableByName)]
struct Applied {
    #[diesel(sql_type = Text)]
    version: String,
}

/// Reads which migrations were run. This only reads: diesel itself would try to create its table.
fn read_applied(connection: &mut Connection) -> Result<Vec<String>, StoreError> {
    let query = "SELECT version FROM __diesel_schema_migrations";
    let applied: Vec<Applied> = on_backend!(connection, |c| sql_query(query).load(c))?;
    Ok(applied.into_iter().map(|row| row.version).collect())
}

fn read_known(connection: &Connection) -> Result<Vec<String>, StoreError> {
    match connection {
        Connection::Postgres(_) => read_known_to_postgres(),
        Connection::Sqlite(_) => read_known_to_sqlite(),
    }
}

pub fn read_known_to_postgres() -> Result<Vec<String>, StoreError> {
    versions::<Pg>(&POSTGRES)
}

pub fn read_known_to_sqlite() -> Result<Vec<String>, StoreError> {
    versions::<Sqlite>(&SQLITE)
}

/// Fails if the database does not answer or lacks a migration of this binary, and names the first missing one.
pub fn check(connection: &mut Connection) -> Result<(), StoreError> {
    let missing = without(read_known(connection)?, &read_applied(connection)?);
    missing.first().map_or(Ok(()), |missing| {
        let why = format!("migration {missing} has not been run");
        Err(StoreError::Internal(why))
    })
}

/// Fails if a later version of Payerline made the database, and names it. A service that is running when the
/// database is migrated goes on; only starting on it is refused.
pub fn refuse_newer(connection: &mut Connection) -> Result<(), StoreError> {
    let (applied, known) = (read_applied(connection)?, read_known(connection)?);
    let Some(migration) = find_unknown(&applied, &known) else {
        return Ok(());
    };
    let maker = find_maker(connection, migration)?.map_or_else(
        || "a later version of Payerline".to_owned(),
        |version| format!("Payerline {version}"),
    );
    Err(StoreError::Internal(format!(
        "{maker} made this database: it has the migration {migration}, which this Payerline {OWN_VERSION} does not \
         know. Nothing was changed. Start the version that made it or a later one, or restore a backup that was made \
         before the upgrade"
    )))
}

/// The version of Payerline that ran a migration, where it is known.
fn find_maker(connection: &mut Connection, migration: &str) -> Result<Option<String>, StoreError> {
    let find_table = match connection {
        Connection::Postgres(_) => {
            "SELECT 'schema_versions' AS version WHERE to_regclass('schema_versions') IS NOT NULL"
        }
        Connection::Sqlite(_) => {
            "SELECT name AS version FROM sqlite_schema WHERE name = 'schema_versions'"
        }
    };
    let table: Vec<Applied> = on_backend!(connection, |c| sql_query(find_table).load(c))?;
    if table.is_empty() {
        return Ok(None);
    }
    Ok(on_backend!(connection, |c| {
        schema_versions::table
            .select(schema_versions::payerline)
            .filter(schema_versions::migration.eq(migration))
            .first(c)
            .optional()
    })?)
}

/// The newest migration that was run and that this binary does not have.
fn find_unknown<'a>(applied: &'a [String], known: &[String]) -> Option<&'a str> {
    let unknown = applied.iter().filter(|version| !known.contains(version));
    unknown.max().map(String::as_str)
}

fn without(mut versions: Vec<String>, others: &[String]) -> Vec<String> {
    versions.retain(|version| !others.contains(version));
    versions
}

fn versions<DB: diesel::backend::Backend>(
    source: &EmbeddedMigrations,
) -> Result<Vec<String>, StoreError> {
    let migrations = MigrationSource::<DB>::migrations(source).map_err(failed)?;
    Ok(migrations
        .iter()
        .map(|migration| migration.name().version().to_string())
        .collect())
}
