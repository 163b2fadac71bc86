//! Lays the tables out on Citus, a PostgreSQL on several machines.
//!
//! All rows of a clinic lie on one machine, since every key starts with `clinic_id` and every query for a clinic names
//! it. A key is looked up without its clinic, so keys, and the clinics that they refer to, are copied to each machine.
//! Tables that belong to no clinic, such as the list of migrations, and the clock of changes stay on the coordinator.
//!
//! Each table is laid out by a statement of its own, and one that is laid out already is passed over. So what broke off
//! is finished by doing it again, and tables of a later version follow in the same way.

use diesel::{
    PgConnection, QueryableByName, RunQueryDsl,
    connection::SimpleConnection,
    sql_query,
    sql_types::{Bool, Text},
};

use super::engine::{
    connection::START_LOCK, error::StoreError, postgres, store::Store, threads, url::DatabaseUrl,
};

/// Tables that are copied to every machine. A table comes after those that it refers to.
const REFERENCE_TABLES: [&str; 2] = ["clinics", "api_keys"];
/// The table whose machines the others share, clinic by clinic.
const FIRST_TABLE: &str = "claims";
const TABLES: [&str; 18] = [
    "claim_items",
    "claim_services",
    "claim_ledgers",
    "claim_terms",
    "claim_search",
    "claim_progress",
    "claim_tasks",
    "task_search",
    "preauthorizations",
    "preauthorization_draws",
    "claim_preauthorizations",
    "minor_injury_charges",
    "account_upgrades",
    "events",
    "rulebooks",
    "rulebook_activations",
    "backtests",
    "backtest_changes",
];

/// Moving rows takes as long as it takes. Without `enable_unsafe_triggers` Citus refuses tables that have triggers; those of
/// `events` only raise an error, which is safe on every machine.
const SESSION: &str = "
    SET statement_timeout = 0;
    SET lock_timeout = 0;
    SET citus.enable_unsafe_triggers = on;
";

const HAS_CITUS: &str = "
    SELECT to_regclass('pg_dist_partition') IS NOT NULL AND (
        SELECT count(DISTINCT proname) = 2 FROM pg_proc
        WHERE proname IN ('create_reference_table', 'create_distributed_table')) AS is_so";

#[derive(Debug, thiserror::Error)]
pub enum DistributionError {
    #[error(
        "a SQLite database is one file: only PostgreSQL with the extension `citus` can be laid out on several machines"
    )]
    NotPostgres,
    #[error(
        "this database does not have the extension `citus`. Where Citus is installed, a superuser runs \
         `CREATE EXTENSION citus` in it and adds the workers; nothing was changed"
    )]
    NoCitus,
    #[error(
        "the table {table} cannot be laid out; do it again when the cause is gone, and it goes on from there"
    )]
    Table {
        table: &'static str,
        source: StoreError,
    },
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Fails if the tables of a database cannot be laid out on Citus.
    pub async fn check_distributable(url: &DatabaseUrl) -> Result<(), DistributionError> {
        run_apart(url, |_| Ok(Vec::new())).await.map(drop)
    }

    /// Lays the tables out on Citus; returns those that were not laid out yet.
    pub async fn distribute(url: &DatabaseUrl) -> Result<Vec<&'static str>, DistributionError> {
        run_apart(url, distribute).await
    }
}

async fn run_apart(
    url: &DatabaseUrl,
    work: fn(&mut PgConnection) -> Result<Vec<&'static str>, DistributionError>,
) -> Result<Vec<&'static str>, DistributionError> {
    let url = url.clone();
    threads::apart("distribute", move || {
        // A SQLite file is not opened: that would create one.
        let DatabaseUrl::Postgres(url) = &url else {
            return Ok(Err(DistributionError::NotPostgres));
        };
        let mut connection = postgres::open::open(url)?;
        if !find_flag(&mut connection, HAS_CITUS)? {
            return Ok(Err(DistributionError::NoCitus));
        }
        Ok(work(&mut connection))
    })
    .await?
}

fn distribute(connection: &mut PgConnection) -> Result<Vec<&'static str>, DistributionError> {
    // No other replica migrates meanwhile. The lock goes with the connection.
    execute(connection, SESSION)?;
    execute(
        connection,
        &format!("SELECT pg_advisory_lock({START_LOCK})"),
    )?;
    let mut done = Vec::new();
    let tables = REFERENCE_TABLES.iter().chain([&FIRST_TABLE]).chain(&TABLES);
    for table in tables {
        let failed = |source| DistributionError::Table { table, source };
        if !is_laid_out(connection, table).map_err(failed)? {
            execute(connection, &statement(table)).map_err(failed)?;
            done.push(*table);
        }
    }
    Ok(done)
}

fn statement(table: &str) -> String {
    if REFERENCE_TABLES.contains(&table) {
        format!("SELECT create_reference_table('{table}')")
    } else if table == FIRST_TABLE {
        format!("SELECT create_distributed_table('{table}', 'clinic_id')")
    } else {
        format!(
            "SELECT create_distributed_table('{table}', 'clinic_id', colocate_with => '{FIRST_TABLE}')"
        )
    }
}

#[derive(QueryableByName)]
struct Flag {
    #[diesel(sql_type = Bool)]
    is_so: bool,
}

fn is_laid_out(connection: &mut PgConnection, table: &str) -> Result<bool, StoreError> {
    let query = "SELECT EXISTS (
        SELECT FROM pg_dist_partition WHERE logicalrelid = to_regclass($1)) AS is_so";
    let Flag { is_so } = sql_query(query)
        .bind::<Text, _>(table)
        .get_result(connection)?;
    Ok(is_so)
}

fn find_flag(connection: &mut PgConnection, query: &str) -> Result<bool, StoreError> {
    let Flag { is_so } = sql_query(query).get_result(connection)?;
    Ok(is_so)
}

fn execute(connection: &mut PgConnection, sql: &str) -> Result<(), StoreError> {
    Ok(connection.batch_execute(sql)?)
}
