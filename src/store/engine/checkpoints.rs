//! SQLite's checkpoints on a thread of their own: the log's pages go into the database while claims are written.
//!
//! SQLite by itself does this inside the commit that makes the log long, and whoever waits for that commit waits
//! for it too. So a thread does it each time the log has grown by some pages. It never holds up a writer; what a
//! writer adds meanwhile stays for the next time. Only a checkpoint that nothing was added to lets the log begin
//! anew, so the connections still make one in a commit, of the little that is then left, when the log has
//! grown long (`wal_autocheckpoint` in `connection`).
//!
//! SQLite flushes the database to the disk only in a checkpoint that reaches the end of the log. What this thread moved
//! without reaching it would all be flushed by the commit that does, so the thread flushes it itself.

use std::{
    fs::File,
    io,
    mem::ManuallyDrop,
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::Duration,
};

use crossbeam_channel::{Receiver, Sender, bounded};
use diesel::connection::SimpleConnection;

use super::{
    connection::{Connection, Link},
    error::StoreError,
    reader::outlive_panics,
    url::DatabaseUrl,
    write_queue::Batch,
};

/// Pages after which a checkpoint is due: SQLite's own default.
const PAGES: usize = 1000;
/// Pages that a claim adds to the log beside those of its own length, about: its place in each index, and items.
const PAGES_OF_A_CLAIM: usize = 3;
/// Pages that any other write adds, about: there are small ones, and those of a back-test or a redecision.
const PAGES_OF_A_JOB: usize = 16;
const BYTES_OF_A_PAGE: usize = 4096;
/// How long it rests in between, so that pages which change all the time are not written all the time.
const PAUSE: Duration = Duration::from_millis(20);

/// Tells the thread when there is something to do.
pub struct Checkpoints {
    /// Pages since the last time, about.
    pages: AtomicUsize,
    due: Sender<()>,
}

impl Checkpoints {
    /// One end for the writer, the other for the thread.
    pub fn new() -> (Self, Receiver<()>) {
        let (due, waits) = bounded(1);
        let pages = AtomicUsize::new(0);
        (Self { pages, due }, waits)
    }

    /// So many pages were committed.
    pub fn wrote(&self, pages: usize) {
        let pages = self.pages.fetch_add(pages, Ordering::Relaxed) + pages;
        if pages >= PAGES {
            self.pages.store(0, Ordering::Relaxed);
            // One that is due already will see to these too.
            let _ = self.due.try_send(());
        }
    }
}

/// About how many pages a batch adds to the log.
pub fn pages(batch: &Batch<'_>) -> usize {
    batch.claims.len() * PAGES_OF_A_CLAIM
        + batch.bytes() / BYTES_OF_A_PAGE
        + batch.jobs.len() * PAGES_OF_A_JOB
}

/// The life of the thread: until the other end is gone.
pub fn run(url: &DatabaseUrl, due: &Receiver<()>) {
    let DatabaseUrl::Sqlite(path) = url else {
        return;
    };
    outlive_panics(|| {
        let mut link = Link::new(url.clone());
        let mut database = DatabaseFile::default();
        for () in due {
            if let Err(error) = link.with(checkpoint) {
                tracing::warn!(%error, "the log could not be moved into the database; trying again later");
            } else if let Err(error) = database.flush(path) {
                // As after any failed flush, nobody knows what of it is on the disk.
                tracing::error!(%error, "what was moved into the database may not be on the disk");
            }
            thread::sleep(PAUSE);
        }
    });
}

fn checkpoint(connection: &mut Connection) -> Result<(), StoreError> {
    match connection {
        Connection::Sqlite(c) => Ok(c.batch_execute("PRAGMA wal_checkpoint(PASSIVE);")?),
        Connection::Postgres(_) => Ok(()),
    }
}

/// The database's file, opened when it is first flushed and never closed: closing it would drop the locks that SQLite
/// has on it through descriptors of its own, for by POSIX they are the process's.
#[derive(Default)]
struct DatabaseFile(Option<ManuallyDrop<File>>);

impl DatabaseFile {
    /// Sees to it that what was written to the file is on the disk.
    fn flush(&mut self, path: &Path) -> io::Result<()> {
        let file = match &mut self.0 {
            Some(file) => file,
            none => none.insert(ManuallyDrop::new(File::open(path)?)),
        };
        file.sync_data()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_flushed_file_stays_open() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("payerline.db");
        {
            let mut database = DatabaseFile::default();
            assert!(database.flush(&path).is_err(), "there is no such file");
            fs::write(&path, "pages").unwrap();
            database.flush(&path).unwrap();
            database.flush(&path).unwrap();
        }
        let open = fs::read_dir("/proc/self/fd").unwrap();
        let open = open.filter_map(|file| fs::read_link(file.ok()?.path()).ok());
        assert_eq!(open.filter(|file| *file == path).count(), 1);
    }
}
