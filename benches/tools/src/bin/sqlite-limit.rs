//! How many claims a second SQLite takes without the service: the rows of one claim that the service stored are
//! written again and again into another file that it has migrated, through prepared statements, many claims a
//! transaction, with the settings of the service's connection.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use clap::Parser;
use rusqlite::{Connection, OpenFlags, Result, Statement, ToSql, types::Value};

/// Writes a claim's rows again and again, and prints how many claims a second that were.
#[derive(Debug, Parser)]
struct Options {
    /// The file in which the service has stored the claim.
    #[arg(long)]
    from: PathBuf,
    /// The claim's external id.
    #[arg(long)]
    external_id: String,
    /// The file to write into, migrated by the service and empty.
    #[arg(long)]
    into: PathBuf,
    /// For how long.
    #[arg(long)]
    seconds: u64,
    /// Claims that one transaction takes.
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
    let rows = read(&options.from, &options.external_id)?;
    let database = Connection::open_with_flags(&options.into, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    database.execute_batch(SESSION)?;
    let patience = Duration::from_secs(options.seconds);
    let (claims, took) = write(&database, &rows, options.claims, patience)?;
    let stored: i64 = database.query_row("SELECT count(*) FROM claims", [], |row| row.get(0))?;
    // Whoever reads may have gone.
    let _ = writeln!(
        io::stdout(),
        r#"{{"claims": {claims}, "stored": {stored}, "seconds": {}}}"#,
        took.as_secs_f64()
    );
    Ok(())
}

/// The rows of one claim.
struct Rows {
    claim: Row,
    items: Vec<Row>,
    event: Row,
}

/// One row.
struct Row {
    table: &'static str,
    columns: Vec<String>,
    values: Vec<Value>,
}

fn read(path: &Path, external_id: &str) -> Result<Rows> {
    let database = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let claim = Row::read(&database, "claims", "external_id", &external_id)?;
    let claim = first(claim)?;
    let id = claim.value("id")?;
    Ok(Rows {
        items: Row::read(&database, "claim_items", "claim_id", id)?,
        event: first(Row::read(&database, "events", "subject_id", id)?)?,
        claim,
    })
}

fn first(rows: Vec<Row>) -> Result<Row> {
    rows.into_iter()
        .next()
        .ok_or(rusqlite::Error::QueryReturnedNoRows)
}

impl Row {
    /// The rows of a table in which a column has a value.
    fn read(
        database: &Connection,
        table: &'static str,
        column: &str,
        value: &dyn ToSql,
    ) -> Result<Vec<Self>> {
        // An event's number in the table is given by SQLite.
        let given = if table == "events" { "sequence" } else { "" };
        let mut all = database.prepare(&format!("SELECT * FROM {table} WHERE {column} = ?1"))?;
        let names: Vec<String> = all.column_names().into_iter().map(str::to_owned).collect();
        let columns = || names.iter().filter(|name| *name != given);
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
        let place = self.place(column)?;
        let value = place
            .checked_sub(1)
            .and_then(|index| self.values.get(index));
        value.ok_or(rusqlite::Error::QueryReturnedNoRows)
    }

    /// The number of a column's parameter, from 1.
    fn place(&self, column: &str) -> Result<usize> {
        let index = self.columns.iter().position(|name| name == column);
        let missing = || rusqlite::Error::InvalidColumnName(column.to_owned());
        index.map(|index| index + 1).ok_or_else(missing)
    }

    /// The statement that writes it again, with its values bound; they stay bound from one run to the next.
    fn insert<'c>(&self, database: &'c Connection) -> Result<Statement<'c>> {
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
        for (value, place) in self.values.iter().zip(1..) {
            statement.raw_bind_parameter(place, value)?;
        }
        Ok(statement)
    }
}

/// A statement, and which of its parameters is the claim's id.
struct Insert<'c>(Statement<'c>, usize);

impl<'c> Insert<'c> {
    fn of(row: &Row, id: &str, database: &'c Connection) -> Result<Self> {
        Ok(Self(row.insert(database)?, row.place(id)?))
    }

    fn run(&mut self, id: &[u8; 16]) -> Result<()> {
        self.0.raw_bind_parameter(self.1, id.as_slice())?;
        self.0.raw_execute()?;
        Ok(())
    }
}

/// Writes for some time, and returns how many claims that were and how long it took.
fn write(
    database: &Connection,
    rows: &Rows,
    at_once: u64,
    patience: Duration,
) -> Result<(u64, Duration)> {
    let mut claim = Insert::of(&rows.claim, "id", database)?;
    let external_id = rows.claim.place("external_id")?;
    let items = rows.items.iter();
    let items: Result<Vec<_>> = items
        .map(|row| Insert::of(row, "claim_id", database))
        .collect();
    let (mut items, mut event) = (items?, Insert::of(&rows.event, "subject_id", database)?);
    let (mut count, began) = (0, Instant::now());
    while began.elapsed() < patience {
        let ids: Vec<[u8; 16]> = (count..count + at_once).map(new_id).collect();
        database.execute_batch("BEGIN IMMEDIATE")?;
        for (id, number) in ids.iter().zip(count..) {
            claim
                .0
                .raw_bind_parameter(external_id, format!("LIMIT-{number}"))?;
            claim.run(id)?;
        }
        for id in &ids {
            for item in &mut items {
                item.run(id)?;
            }
        }
        for id in &ids {
            event.run(id)?;
        }
        database.execute_batch("COMMIT")?;
        count += at_once;
    }
    Ok((count, began.elapsed()))
}

/// An id that is greater than those before it, as the service's are.
fn new_id(number: u64) -> [u8; 16] {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let time = u64::try_from(now.as_micros()).unwrap_or(u64::MAX);
    (u128::from(time) << 64 | u128::from(number)).to_be_bytes()
}
