//! Watches the files of a SQLite database while the service runs.
//!
//! SQLite opens its files once. If somebody deletes, renames or replaces one of them, SQLite goes on writing into what
//! it has open, and everything that is acknowledged from then on is gone with the last connection. So the files are
//! compared with those that were opened, by device and inode: before each write, and once more between its commit and
//! its acknowledgement. A write whose second comparison finds its files was durable in them before it was answered.
//!
//! When a file is missing, the log is moved into the database file that is open, wherever it is now. So that file is
//! whole by itself, and no log is left beside another file, into which SQLite would copy it at the next start.

use std::{
    fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
};

use diesel::{
    QueryableByName, RunQueryDsl, SqliteConnection,
    connection::SimpleConnection,
    sql_query,
    sql_types::{Integer, Text},
};

use super::open;
use crate::store::engine::error::StoreError;

/// The endings of the names of SQLite's log and of the log's index.
const BESIDE: [&str; 2] = ["-wal", "-shm"];

pub struct SqliteFiles {
    /// As configured: it may be a symbolic link.
    path: PathBuf,
    opened: OnceLock<Opened>,
    /// Held while the files are first opened.
    opening: Mutex<()>,
    fault: Mutex<Option<FileFault>>,
}

/// The files as they were when they were first opened.
struct Opened {
    files: Vec<(PathBuf, FileId)>,
    /// Makes the checkpoints. SQLite deletes the log when the last connection closes, so while this one is open the
    /// log stays the same file.
    keeper: Mutex<SqliteConnection>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct FileId {
    device: u64,
    inode: u64,
}

/// Why nothing may be acknowledged any more.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum FileFault {
    #[error("{} was deleted or renamed while the service runs", .0.display())]
    Gone(PathBuf),
    #[error("{} was replaced by another file while the service runs", .0.display())]
    Replaced(PathBuf),
    #[error("{} cannot be reached any more: {}", .0.display(), .1)]
    Unreachable(PathBuf, io::ErrorKind),
    /// This never heals by itself.
    #[error("{} is damaged: {}", .0.display(), .1)]
    Damaged(PathBuf, String),
}

impl From<FileFault> for StoreError {
    fn from(fault: FileFault) -> Self {
        Self::Unavailable(fault.to_string())
    }
}

impl SqliteFiles {
    /// Nothing is opened yet.
    pub fn new(path: PathBuf) -> Self {
        Self {
            path,
            opened: OnceLock::new(),
            opening: Mutex::new(()),
            fault: Mutex::new(None),
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens a connection to the files that were opened first.
    pub fn open(&self) -> Result<SqliteConnection, StoreError> {
        self.open_first()?;
        // Beside a log that was deleted SQLite would begin another one, and mix up the two.
        self.check()?;
        let connection = open::open(&self.path)?;
        self.check()?;
        Ok(connection)
    }

    fn open_first(&self) -> Result<(), StoreError> {
        let _opening = lock(&self.opening);
        if self.opened.get().is_none() {
            let opened = Opened::open(&self.path)?;
            // Nobody else sets it meanwhile.
            let _ = self.opened.set(opened);
        }
        Ok(())
    }

    /// Fails if a file is not the one that was opened; the log says when this begins and ends. Takes some
    /// microseconds.
    pub fn check(&self) -> Result<(), StoreError> {
        let Some(opened) = self.opened.get() else {
            return Ok(());
        };
        let mut known = lock(&self.fault);
        if !matches!(*known, Some(FileFault::Damaged(..))) {
            let found = opened.find_fault();
            if *known != found {
                log(found.as_ref());
                *known = found;
            }
        }
        known.clone().map_or(Ok(()), |fault| Err(fault.into()))
    }

    /// Copies the log into the database, as far as nobody has to wait for it.
    pub fn checkpoint(&self) -> Result<(), StoreError> {
        self.open_first()?;
        self.opened.get().map_or(Ok(()), |opened| {
            Ok(lock(&opened.keeper).batch_execute("PRAGMA wal_checkpoint(PASSIVE)")?)
        })
    }

    /// Moves all of the log into the database file that is open, and empties it. A damaged file stays as it is.
    pub fn empty_log(&self) -> Result<(), StoreError> {
        if let Some(fault @ FileFault::Damaged(..)) = &*lock(&self.fault) {
            return Err(fault.clone().into());
        }
        let Some(opened) = self.opened.get() else {
            return Ok(());
        };
        let Checkpoint { busy } =
            sql_query("PRAGMA wal_checkpoint(TRUNCATE)").get_result(&mut *lock(&opened.keeper))?;
        if busy == 0 {
            return Ok(());
        }
        let why = "the log is in use, so it cannot be emptied yet";
        Err(StoreError::Unavailable(why.to_owned()))
    }

    /// Reads a row of each table from the file, past the pages that other connections remember. What it finds damaged
    /// takes no more claims, even if SQLite still could write some into it.
    pub fn look_for_damage(&self) {
        let looked = self.open().and_then(|mut new| read_each_table(&mut new));
        if let Err(error) = looked
            && error.is_damage()
        {
            let fault = FileFault::Damaged(self.path.clone(), error.to_string());
            let mut known = lock(&self.fault);
            if known.is_none() {
                log(Some(&fault));
                *known = Some(fault);
            }
        }
    }
}

impl Opened {
    fn open(path: &Path) -> Result<Self, StoreError> {
        let named =
            |error: io::Error| StoreError::Unavailable(format!("{}: {error}", path.display()));
        let before = FileId::find(path).map_err(named)?;
        let mut keeper = open::open(path)?;
        // SQLite opens the log and its index when it first reads.
        keeper.batch_execute("SELECT count(*) FROM sqlite_schema")?;
        if FileId::find(path).map_err(named)? != before {
            return Err(FileFault::Replaced(path.to_path_buf()).into());
        }
        let mut files = vec![(path.to_path_buf(), before)];
        // They lie beside the file itself, not beside a symbolic link to it.
        let real = fs::canonicalize(path).map_err(named)?;
        for ending in BESIDE {
            let mut beside = real.clone().into_os_string();
            beside.push(ending);
            let beside = PathBuf::from(beside);
            // Where a file system allows no log, SQLite works without one.
            if let Ok(id) = FileId::find(&beside) {
                files.push((beside, id));
            }
        }
        Ok(Self {
            files,
            keeper: Mutex::new(keeper),
        })
    }

    fn find_fault(&self) -> Option<FileFault> {
        self.files.iter().find_map(|(path, opened)| {
            let path = path.clone();
            match FileId::find(&path) {
                Ok(id) if id == *opened => None,
                Ok(_) => Some(FileFault::Replaced(path)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    Some(FileFault::Gone(path))
                }
                Err(error) => Some(FileFault::Unreachable(path, error.kind())),
            }
        })
    }
}

impl FileId {
    /// A file that is mounted at its path can still be found there after it was deleted; then no directory names it.
    fn find(path: &Path) -> io::Result<Self> {
        let file = fs::metadata(path)?;
        if file.nlink() == 0 {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(Self {
            device: file.dev(),
            inode: file.ino(),
        })
    }
}

fn log(fault: Option<&FileFault>) {
    match fault {
        Some(fault) => tracing::error!(
            "no more claims are stored: {fault}. Before you restart the service, read \
             \"When /readyz answers 503\" in docs/operations.md: what it has open may be the only copy"
        ),
        None => tracing::info!("the database's files are back, so claims are stored again"),
    }
}

#[derive(QueryableByName)]
struct Checkpoint {
    #[diesel(sql_type = Integer)]
    busy: i32,
}

#[derive(QueryableByName)]
struct Table {
    #[diesel(sql_type = Text)]
    name: String,
}

fn read_each_table(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let tables: Vec<Table> =
        sql_query("SELECT name FROM sqlite_schema WHERE type = 'table'").load(connection)?;
    for Table { name } in tables {
        let name = name.replace('"', "\"\"");
        connection.batch_execute(&format!("SELECT EXISTS (SELECT 1 FROM \"{name}\")"))?;
    }
    Ok(())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use tempfile::TempDir;

    use super::*;

    /// An opened database in a directory of its own.
    fn opened() -> (TempDir, PathBuf, SqliteFiles) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.db");
        let files = open_at(&path);
        (directory, path, files)
    }

    fn open_at(path: &Path) -> SqliteFiles {
        open::create_if_missing(path).unwrap();
        let files = SqliteFiles::new(path.to_path_buf());
        files
            .open()
            .unwrap()
            .batch_execute("CREATE TABLE t (a)")
            .unwrap();
        files.check().unwrap();
        files
    }

    fn beside(path: &Path, ending: &str) -> PathBuf {
        PathBuf::from(format!("{}{ending}", path.display()))
    }

    #[test]
    fn each_of_the_files_is_missed_until_it_is_back() {
        let (_directory, path, files) = opened();
        for ending in ["", "-wal", "-shm"] {
            let (file, away) = (beside(&path, ending), beside(&path, ".away"));
            fs::rename(&file, &away).unwrap();
            let error = files.check().unwrap_err().to_string();
            assert!(error.contains("was deleted or renamed"), "{error}");
            assert!(error.contains(file.to_str().unwrap()), "{error}");
            assert!(files.open().is_err(), "no connection beside it: {ending}");
            assert!(!file.exists(), "nothing is made in its place");

            fs::write(&file, "another").unwrap();
            let error = files.check().unwrap_err().to_string();
            assert!(error.contains("was replaced"), "{error}");

            fs::rename(&away, &file).unwrap();
            files.check().unwrap();
            files.open().unwrap();
        }
    }

    #[test]
    fn the_file_that_is_open_is_made_whole_and_another_is_not_mixed_with_it() {
        let (_directory, path, files) = opened();
        let mut writer = files.open().unwrap();
        writer
            .batch_execute("INSERT INTO t VALUES ('ours')")
            .unwrap();
        let (away, other) = (beside(&path, ".away"), beside(&path, ".other"));
        drop(open_at(&other));
        fs::rename(&path, &away).unwrap();
        fs::rename(&other, &path).unwrap();
        assert!(files.check().is_err());
        files.empty_log().unwrap();
        assert_eq!(beside(&path, "-wal").metadata().unwrap().len(), 0);
        drop((writer, files));
        let count = |path: &Path| {
            let mut connection = open::open(path).unwrap();
            let rows: Vec<Table> = sql_query("SELECT a AS name FROM t")
                .load(&mut connection)
                .unwrap();
            rows.len()
        };
        assert_eq!((count(&away), count(&path)), (1, 0));
    }

    #[test]
    fn a_link_may_move_but_not_lead_elsewhere() {
        let directory = tempfile::tempdir().unwrap();
        let [one, other, link] = ["one", "other", "link"].map(|it| directory.path().join(it));
        open::create_if_missing(&one).unwrap();
        open::create_if_missing(&other).unwrap();
        symlink(&one, &link).unwrap();
        let files = open_at(&link);
        assert!(
            beside(&one, "-wal").exists(),
            "the log lies beside the file"
        );
        fs::remove_file(beside(&one, "-wal")).unwrap();
        assert!(files.check().is_err(), "and is watched there");

        let link = directory.path().join("second");
        symlink(&other, &link).unwrap();
        let files = open_at(&link);
        fs::remove_file(&link).unwrap();
        symlink(&one, &link).unwrap();
        let error = files.check().unwrap_err().to_string();
        assert!(error.contains("was replaced"), "{error}");
    }

    #[test]
    fn a_file_that_is_mounted_at_its_path_is_missed_when_it_is_deleted() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.db");
        let file = fs::File::create(&path).unwrap();
        // The path through the descriptor leads to the file whether or not a directory names it, like a mount.
        let descriptor = std::os::fd::AsRawFd::as_raw_fd(&file);
        let mounted = PathBuf::from(format!("/proc/self/fd/{descriptor}"));
        FileId::find(&mounted).unwrap();
        fs::remove_file(&path).unwrap();
        assert!(fs::metadata(&mounted).is_ok());
        let error = FileId::find(&mounted).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn damage_is_found_in_the_file_and_stays() {
        let (_directory, path, files) = opened();
        files
            .open()
            .unwrap()
            .batch_execute("PRAGMA wal_checkpoint(TRUNCATE)")
            .unwrap();
        files.look_for_damage();
        files.check().unwrap();
        let whole = fs::read(&path).unwrap();
        fs::write(&path, vec![b'?'; whole.len()]).unwrap();
        files.look_for_damage();
        let error = files.check().unwrap_err();
        assert!(error.is_damage(), "{error}");
        fs::write(&path, whole).unwrap();
        assert!(files.check().is_err(), "nobody knows what else was lost");
    }
}
