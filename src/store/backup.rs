//! Backups of a running database, and their way back into an empty one.
//!
//! SQLite copies itself in one step (`VACUUM INTO`), which sees the database as of one moment and holds up no writer.
//! The step-by-step copy that the `sqlite3` program makes begins anew whenever somebody writes, and never ends beside
//! steady traffic. PostgreSQL's own programs, `pg_dump` and `pg_restore`, do the same for PostgreSQL. A backup of SQLite
//! can also be restored into PostgreSQL (`moving`).

use std::{
    env,
    fs::{self, File, OpenOptions},
    io::{self, Read},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use diesel::{
    QueryableByName, RunQueryDsl,
    connection::SimpleConnection,
    sql_query,
    sql_types::{BigInt, Text},
};
use secrecy::{ExposeSecret, SecretString};

use super::{
    engine::{
        connection::{Connection, on_backend},
        error::StoreError,
        migrate,
        store::Store,
        url::DatabaseUrl,
    },
    moving,
};

/// What the two kinds of backups begin with.
const SQLITE_MAGIC: &[u8] = b"SQLite format 3\0";
const PG_DUMP_MAGIC: &[u8] = b"PGDMP";

/// A backup or a restore that was not done.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{path}")]
    File { path: String, source: io::Error },
    #[error("{0} exists already; it is not overwritten: name another file, or move it away")]
    Exists(String),
    #[error(
        "{path} is no backup of {kind}: {kind} needs a file that `payerline backup` wrote from {kind}{or_sqlite}",
        or_sqlite = if *kind == "PostgreSQL" { " or SQLite" } else { "" }
    )]
    WrongKind { path: String, kind: &'static str },
    #[error("{0} is no SQLite database")]
    NoDatabase(String),
    #[error("{0} is damaged: take another backup")]
    Damaged(String),
    #[error("the rows cannot be copied: drop the database and create it anew before you try again")]
    Moving(#[source] StoreError),
    #[error("the database has {0} tables already: restore into an empty one")]
    NotEmpty(i64),
    #[error(
        "{program} cannot be started: install PostgreSQL's client programs of the server's version or newer"
    )]
    NoProgram {
        program: &'static str,
        source: io::Error,
    },
    #[error("{program} failed: {output}")]
    Program {
        program: &'static str,
        output: String,
    },
}

impl Store {
    /// Writes a backup of a database, which may be in use, into a new file.
    pub async fn back_up(url: &DatabaseUrl, file: PathBuf) -> Result<(), BackupError> {
        let url = url.clone();
        run_apart(move || back_up(&url, &file)).await
    }

    /// Brings a backup back into a database that has nothing in it.
    pub async fn restore(url: &DatabaseUrl, file: PathBuf) -> Result<(), BackupError> {
        let url = url.clone();
        run_apart(move || restore(&url, &file)).await
    }
}

async fn run_apart(
    work: impl FnOnce() -> Result<(), BackupError> + Send + 'static,
) -> Result<(), BackupError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|_| Err(StoreError::Internal("it panicked".to_owned()).into()))
}

/// Writes a backup into a new file, which appears under its name when it is whole and on the disk.
fn back_up(url: &DatabaseUrl, file: &Path) -> Result<(), BackupError> {
    refuse_existing(file)?;
    let part = with_ending(file, ".part");
    create_private(&part)?;
    let written = match url {
        DatabaseUrl::Sqlite(path) => copy_sqlite(url, path, &part),
        DatabaseUrl::Postgres(url) => {
            let file = part.display().to_string();
            let arguments = [
                "--format=custom",
                "--no-owner",
                "--no-privileges",
                "--lock-wait-timeout=60s",
            ];
            run_client("pg_dump", url, &arguments, &["--file", &file])
        }
    };
    let kept = written.and_then(|()| keep(&part, file));
    if kept.is_err() {
        // What is left is of no use, and why the backup failed matters more.
        let _ = fs::remove_file(&part);
    }
    kept
}

/// Brings a backup back, all of it or nothing, into a place where nothing is.
fn restore(url: &DatabaseUrl, file: &Path) -> Result<(), BackupError> {
    match url {
        DatabaseUrl::Sqlite(path) => {
            expect_kind(file, SQLITE_MAGIC, "SQLite")?;
            for ending in ["", "-wal", "-shm"] {
                refuse_existing(&with_ending(path, ending))?;
            }
            let part = with_ending(path, ".part");
            create_private(&part)?;
            let copied = copy(file, &part).and_then(|()| check_sqlite(&part, file));
            let kept = copied.and_then(|()| keep(&part, path));
            if kept.is_err() {
                for ending in ["", "-wal", "-shm"] {
                    let _ = fs::remove_file(with_ending(&part, ending));
                }
            }
            kept
        }
        DatabaseUrl::Postgres(secret) => {
            let is_of_sqlite = begins_with(file, SQLITE_MAGIC)?;
            if !is_of_sqlite {
                expect_kind(file, PG_DUMP_MAGIC, "PostgreSQL")?;
            }
            let tables = count_tables(&mut Connection::open(url)?)?;
            if tables > 0 {
                return Err(BackupError::NotEmpty(tables));
            }
            if is_of_sqlite {
                return move_to_postgres(file, url);
            }
            let arguments = [
                "--exit-on-error",
                "--single-transaction",
                "--no-owner",
                "--no-privileges",
            ];
            run_client(
                "pg_restore",
                secret,
                &arguments,
                &[&file.display().to_string()],
            )
        }
    }
}

/// Brings a backup of SQLite into an empty PostgreSQL database. It is read from a copy, which is brought up to date
/// first, so that the backup stays as it is.
fn move_to_postgres(file: &Path, url: &DatabaseUrl) -> Result<(), BackupError> {
    let directory = tempfile::tempdir().map_err(at(&env::temp_dir()))?;
    let part = directory.path().join("moving.db");
    create_private(&part)?;
    copy(file, &part)?;
    check_sqlite(&part, file)?;
    migrate::connect_and_migrate(&DatabaseUrl::Sqlite(part.clone()))?;
    let moved = migrate::connect_and_migrate(url).and_then(|_| match Connection::open(url)? {
        Connection::Postgres(mut target) => moving::copy_rows(&part, &mut target),
        Connection::Sqlite(_) => Ok(()),
    });
    moved.map_err(BackupError::Moving)
}

/// Copies the content alone: the copy stays private whatever mode the backup has.
fn copy(from: &Path, to: &Path) -> Result<(), BackupError> {
    let mut source = File::open(from).map_err(at(from))?;
    let mut target = OpenOptions::new().write(true).open(to).map_err(at(to))?;
    io::copy(&mut source, &mut target).map(drop).map_err(at(to))
}

fn copy_sqlite(url: &DatabaseUrl, path: &Path, part: &Path) -> Result<(), BackupError> {
    // Opening a file that is missing or empty would make a database of it.
    if !begins_with(path, SQLITE_MAGIC)? {
        return Err(BackupError::NoDatabase(path.display().to_string()));
    }
    let quoted = part.display().to_string().replace('\'', "''");
    let mut connection = Connection::open(url)?;
    on_backend!(&mut connection, |c| {
        c.batch_execute(&format!("VACUUM INTO '{quoted}'"))
    })
    .map_err(StoreError::from)?;
    Ok(())
}

/// Runs a program of PostgreSQL on the database. The password goes by the environment, which other users do not see.
fn run_client(
    program: &'static str,
    url: &SecretString,
    options: &[&str],
    file: &[&str],
) -> Result<(), BackupError> {
    let (address, password) = DatabaseUrl::split_password(url);
    let mut command = Command::new(program);
    command
        .args(options)
        .args(["--dbname", &address])
        .args(file);
    if let Some(password) = password {
        command.env("PGPASSWORD", password.expose_secret());
    }
    let output = command
        .output()
        .map_err(|source| BackupError::NoProgram { program, source })?;
    if output.status.success() {
        return Ok(());
    }
    let printed = String::from_utf8_lossy(&output.stderr);
    // These lines may quote a row.
    let quotes = |line: &&str| line.starts_with("CONTEXT:") || line.starts_with("DETAIL:");
    let lines: Vec<&str> = printed.lines().filter(|line| !quotes(line)).collect();
    let output = lines.join("\n").trim().to_owned();
    Err(BackupError::Program { program, output })
}

#[derive(QueryableByName)]
struct Finding {
    #[diesel(sql_type = Text)]
    quick_check: String,
}

/// Fails if a copied database is damaged, so that it does not get its name.
fn check_sqlite(part: &Path, file: &Path) -> Result<(), BackupError> {
    let damaged = || BackupError::Damaged(file.display().to_string());
    let copy = DatabaseUrl::Sqlite(part.to_path_buf());
    let mut connection = Connection::open(&copy).map_err(|_| damaged())?;
    let found: Result<Vec<Finding>, _> = on_backend!(&mut connection, |c| {
        sql_query("PRAGMA quick_check").load(c)
    });
    match found.as_deref() {
        Ok([Finding { quick_check }]) if quick_check == "ok" => Ok(()),
        _ => Err(damaged()),
    }
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    tables: i64,
}

fn count_tables(connection: &mut Connection) -> Result<i64, StoreError> {
    let query = "SELECT count(*) AS tables FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')";
    let count: Count = on_backend!(connection, |c| sql_query(query).get_result(c))?;
    Ok(count.tables)
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn at(path: &Path) -> impl Fn(io::Error) -> BackupError {
    let path = path.display().to_string();
    move |source| BackupError::File {
        path: path.clone(),
        source,
    }
}

fn refuse_existing(path: &Path) -> Result<(), BackupError> {
    if path.symlink_metadata().is_ok() {
        return Err(BackupError::Exists(path.display().to_string()));
    }
    Ok(())
}

/// Creates an empty file that nobody else can read. What a broken-off attempt left behind is replaced.
fn create_private(path: &Path) -> Result<(), BackupError> {
    let _ = fs::remove_file(path);
    let created = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    created.map(|_| ()).map_err(at(path))
}

/// Gives a finished file its name: first its content is on the disk, then its name.
fn keep(part: &Path, file: &Path) -> Result<(), BackupError> {
    let flush = |path: &Path| File::open(path).and_then(|file| file.sync_all());
    flush(part).map_err(at(part))?;
    // A link, since a rename would replace a file that came into being meanwhile.
    fs::hard_link(part, file).map_err(at(file))?;
    fs::remove_file(part).map_err(at(part))?;
    let directory = match file.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    flush(directory).map_err(at(directory))
}

fn expect_kind(file: &Path, magic: &[u8], kind: &'static str) -> Result<(), BackupError> {
    if begins_with(file, magic)? {
        return Ok(());
    }
    Err(BackupError::WrongKind {
        path: file.display().to_string(),
        kind,
    })
}

fn begins_with(file: &Path, magic: &[u8]) -> Result<bool, BackupError> {
    let mut start = vec![0; magic.len()];
    let read = File::open(file).and_then(|mut file| file.read_exact(&mut start));
    match read {
        Ok(()) => Ok(start == magic),
        Err(source) if source.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(source) => Err(at(file)(source)),
    }
}
