//! The rate at which SQLite stores claims without the service. The rows of one stored claim are written again and again
//! into another migrated file, through prepared statements, many claims a transaction, with the settings of the
//! service's connection.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use clap::Parser;
use rusqlite::{Connection, OpenFlags, Result, Statement, ToSql, types::Value};

/// Writes a claim's rows again and again, and prints the number of claims and the time.
#[derive(Debug, Parser)]
struct Options {
    /// The database in which the service stored the claim.
    #[arg(long)]
    from: PathBuf,
    /// The claim's external id.
    #[arg(long)]
    external_id: String,
    /// The database to write into, migrated by the service and empty.
    #[arg(long)]
    into: PathBuf,
    #[arg(long)]
    seconds: u64,
    /// Claims in one transaction.
    #[arg(long, default_value_t = 64)]
    claims: u64,
}

/// As in `src/store/engine/connection.rs`.
const SESSION: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA cache_size = -4000;
    PRAGMA wal_autocheckpoint = 8192;
    PRAGMA journal_size_limit = 67108864;
";

fn main() -> Result<()> {
    let options = Options::parse();
    let claim = StoredClaim::read(&options.from, &options.external_id)?;
    let database = Connection::open_with_flags(&options.into, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    database.execute_batch(SESSION)?;
    let duration = Duration::from_secs(options.seconds);
    let (claims, took) = write_claims(&database, &claim, options.claims, duration)?;
    let stored: i64 = database.query_row("SELECT count(*) FROM claims", [], |row| row.get(0))?;
    // The reader may be gone.
    let _ = writeln!(
        io::stdout(),
        r#"{{"claims": {claims}, "stored": {stored}, "seconds": {}}}"#,
        took.as_secs_f64()
    );
    Ok(())
}

struct StoredClaim {
    claim: StoredRow,
    items: Vec<StoredRow>,
    services: Vec<StoredRow>,
    event: StoredRow,
}

struct StoredRow {
    table: &'static str,
    columns: Vec<String>,
    values: Vec<Value>,
}

impl StoredClaim {
    fn read(path: &Path, external_id: &str) -> Result<Self> {
        let database = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let claim = StoredRow::read(&database, "claims", "external_id", &external_id)?;
        let claim = take_first(claim)?;
        let id = claim.value("id")?;
        Ok(Self {
            items: StoredRow::read(&database, "claim_items", "claim_id", id)?,
            services: StoredRow::read(&database, "claim_services", "claim_id", id)?,
            event: take_first(StoredRow::read(&database, "events", "subject_id", id)?)?,
            claim,
        })
    }
}

fn take_first(rows: Vec<StoredRow>) -> Result<StoredRow> {
    rows.into_iter()
        .next()
        .ok_or(rusqlite::Error::QueryReturnedNoRows)
}

impl StoredRow {
    /// The rows of a table with a value in a column.
    fn read(
        database: &Connection,
        table: &'static str,
        column: &str,
        value: &dyn ToSql,
    ) -> Result<Vec<Self>> {
        // SQLite assigns an event's number.
        let assigned = if table == "events" { "sequence" } else { "" };
        let mut all = database.prepare(&format!("SELECT * FROM {table} WHERE {column} = ?1"))?;
        let names: Vec<String> = all.column_names().into_iter().map(str::to_owned).collect();
        let columns = || names.iter().filter(|name| *name != assigned);
        let rows = all.query_map([value], |row| {
            let values: Result<Vec<Value>> = columns().map(|name| row.get(name.as_str())).collect();
            Ok(Self {
                table,
                columns: columns().cloned().collect(),
                values: values?,
            })
        })?;
        rows.collect()
    }

    fn value(&self, column: &str) -> Result<&Value> {
        let parameter = self.parameter(column)?;
        let value = parameter
            .checked_sub(1)
            .and_then(|index| self.values.get(index));
        value.ok_or(rusqlite::Error::QueryReturnedNoRows)
    }

    /// The number of a column's parameter, from 1.
    fn parameter(&self, column: &str) -> Result<usize> {
        let index = self.columns.iter().position(|name| name == column);
        let missing = || rusqlite::Error::InvalidColumnName(column.to_owned());
        index.map(|index| index + 1).ok_or_else(missing)
    }

    /// The statement that writes the row again. Its values stay bound from one run to the next.
    fn prepare_insert<'c>(&self, database: &'c Connection) -> Result<Statement<'c>> {
        let on_conflict = match self.table {
            "claims" => "ON CONFLICT (clinic_id, external_id) DO NOTHING",
            _ => "",
        };
        let mut statement = database.prepare(&format!(
            "INSERT INTO {} ({}) VALUES ({}) {on_conflict}",
            self.table,
            self.columns.join(", "),
            vec!["?"; self.columns.len()].join(", "),
        ))?;
        for (value, parameter) in self.values.iter().zip(1..) {
            statement.raw_bind_parameter(parameter, value)?;
        }
        Ok(statement)
    }
}

struct Insert<'c> {
    statement: Statement<'c>,
    /// The parameter of the claim's id.
    id: usize,
}

impl<'c> Insert<'c> {
    fn prepare(row: &StoredRow, id: &str, database: &'c Connection) -> Result<Self> {
        Ok(Self {
            statement: row.prepare_insert(database)?,
            id: row.parameter(id)?,
        })
    }

    fn run(&mut self, id: &[u8; 16]) -> Result<()> {
        self.statement.raw_bind_parameter(self.id, id.as_slice())?;
        self.statement.raw_execute()?;
        Ok(())
    }
}

/// Writes for the duration; returns the number of claims and the time.
fn write_claims(
    database: &Connection,
    stored: &StoredClaim,
    claims_together: u64,
    duration: Duration,
) -> Result<(u64, Duration)> {
    let mut claim = Insert::prepare(&stored.claim, "id", database)?;
    let external_id = stored.claim.parameter("external_id")?;
    let prepare = |rows: &[StoredRow]| -> Result<Vec<Insert<'_>>> {
        let rows = rows.iter();
        rows.map(|row| Insert::prepare(row, "claim_id", database))
            .collect()
    };
    let (mut items, mut services) = (prepare(&stored.items)?, prepare(&stored.services)?);
    let mut event = Insert::prepare(&stored.event, "subject_id", database)?;
    let (mut count, began) = (0, Instant::now());
    while began.elapsed() < duration {
        let ids: Vec<[u8; 16]> = (count..count + claims_together).map(new_id).collect();
        database.execute_batch("BEGIN IMMEDIATE")?;
        for (id, number) in ids.iter().zip(count..) {
            claim
                .statement
                .raw_bind_parameter(external_id, format!("LIMIT-{number}"))?;
            claim.run(id)?;
        }
        for id in &ids {
            for item in &mut items {
                item.run(id)?;
            }
        }
        for id in &ids {
            for service in &mut services {
                service.run(id)?;
            }
        }
        for id in &ids {
            event.run(id)?;
        }
        database.execute_batch("COMMIT")?;
        count += claims_together;
    }
    Ok((count, began.elapsed()))
}

/// Each id is greater than those before it, as the service's ids are.
fn new_id(number: u64) -> [u8; 16] {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let time = u64::try_from(now.as_micros()).unwrap_or(u64::MAX);
    (u128::from(time) << 64 | u128::from(number)).to_be_bytes()
}
