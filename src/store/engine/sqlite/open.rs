//! Creates a SQLite file for its owner alone, and opens it.

use std::{
    fs::{self, OpenOptions},
    io::ErrorKind,
    os::unix::{
        ffi::OsStrExt,
        fs::{OpenOptionsExt, PermissionsExt},
    },
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use diesel::{Connection, SqliteConnection, connection::SimpleConnection};

use crate::store::engine::error::StoreError;

/// How long a statement waits for a lock of another connection, in milliseconds.
pub const LOCK_WAIT_MILLISECONDS: u32 = 5000;

/// Settings of a connection; `journal_mode` comes first and apart. A commit makes a checkpoint only if the log has
/// 32 MiB (8192 pages), because a thread makes them earlier (`upkeep`).
const SESSION: &str = "
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA cache_size = -4000;
    PRAGMA wal_autocheckpoint = 8192;
    PRAGMA journal_size_limit = 67108864;
";

/// How often SQLite may refuse to switch to WAL while another process opens the same new file.
const MAX_WAL_ATTEMPTS: u32 = 50;
const WAL_ATTEMPT_PAUSE: Duration = Duration::from_millis(20);

/// The owner may read and write, nobody else may do anything. SQLite gives its log and the log's index the same mode.
const PRIVATE_MODE: u32 = 0o600;
/// What a mode allows those who are not the owner.
const OTHERS: u32 = 0o077;
const MAX_SYMBOLIC_LINKS: usize = 40;

/// Creates the file if there is none. It never opens one that is there: closing it again would take away the locks
/// that SQLite has on it in this process.
pub fn create_if_missing(path: &Path) -> Result<(), StoreError> {
    let file = follow_links(path);
    let created = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(PRIVATE_MODE)
        .open(&file);
    match created {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(StoreError::Unavailable(format!(
            "{}: {error}; its directory must be there, and the service must be allowed to write in it",
            file.display()
        ))),
    }
}

/// The path that a chain of symbolic links ends at, whether or not there is a file.
fn follow_links(path: &Path) -> PathBuf {
    let mut path = path.to_path_buf();
    for _ in 0..MAX_SYMBOLIC_LINKS {
        let Ok(target) = fs::read_link(&path) else {
            break;
        };
        path = path.parent().unwrap_or(Path::new("")).join(target);
    }
    path
}

/// Says how to close a file that others may read. Its mode stays: whoever set it may have had a reason, such as a
/// backup that another user makes.
pub fn warn_if_others_may_read(path: &Path) {
    let mode = fs::metadata(path).map_or(0, |file| file.permissions().mode());
    if mode & OTHERS != 0 {
        tracing::warn!(
            "other users of this machine may read the database, which holds patients' data: its mode is {:03o}; \
             `chmod 600 {path}*` keeps it to its owner",
            mode & 0o777,
            path = path.display(),
        );
    }
}

/// Opens a file that is there.
pub fn open(path: &Path) -> Result<SqliteConnection, StoreError> {
    let named = |why: String| StoreError::Unavailable(format!("{}: {why}", path.display()));
    let mut connection =
        SqliteConnection::establish(&uri(path)).map_err(|error| named(error.to_string()))?;
    let wait = format!("PRAGMA busy_timeout = {LOCK_WAIT_MILLISECONDS};");
    connection.batch_execute(&wait)?;
    // SQLite does not wait for the lock that switching to WAL takes, so this does.
    let mut attempts = 0;
    while let Err(error) = connection.batch_execute("PRAGMA journal_mode = WAL;") {
        attempts += 1;
        if attempts == MAX_WAL_ATTEMPTS || !error.to_string().contains("locked") {
            return Err(named(error.to_string()));
        }
        thread::sleep(WAL_ATTEMPT_PAUSE);
    }
    connection.batch_execute(SESSION)?;
    Ok(connection)
}

/// The path as a URI: as a plain path SQLite would create a missing file, and read `:memory:` as something else.
fn uri(path: &Path) -> String {
    let authority = if path.is_absolute() { "//" } else { "./" };
    let mut uri = format!("file:{authority}");
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => {
                uri.push(char::from(*byte));
            }
            byte => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri + "?mode=rw"
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_file_of_any_name_is_opened_under_this_name() {
        let directory = tempfile::tempdir().unwrap();
        for name in [":memory:", "file:a.db", "p a%20+.db", "x?mode=ro", "é#.db"] {
            let path = directory.path().join(name);
            assert!(open(&path).is_err(), "{name}: opening creates nothing");
            create_if_missing(&path).unwrap();
            open(&path)
                .unwrap()
                .batch_execute("CREATE TABLE t (a)")
                .unwrap();
            assert!(path.metadata().unwrap().len() > 0, "{name}");
        }
        assert_eq!(uri(Path::new("a.db")), "file:./a.db?mode=rw");
    }

    #[test]
    fn a_link_to_nothing_yet_gets_a_private_file() {
        let directory = tempfile::tempdir().unwrap();
        let [link, second, file] = ["link", "second", "file"].map(|it| directory.path().join(it));
        symlink("second", &link).unwrap();
        symlink(&file, &second).unwrap();
        create_if_missing(&link).unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        create_if_missing(&link).unwrap();
        let error = create_if_missing(&file.join("below")).unwrap_err();
        assert!(
            error.to_string().contains("directory must be there"),
            "{error}"
        );
    }
}
