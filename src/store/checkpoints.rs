//! SQLite's checkpoints on a thread of their own: the log's pages go into the database while claims are written.
//!
//! SQLite by itself does this inside the commit that makes the log long, and whoever waits for that commit waits
//! for it too. So a thread does it each time the log has grown by some claims. It never holds up a writer; what a
//! writer adds meanwhile stays for the next time. Only a checkpoint that nothing was added to lets the log begin
//! anew, so the connections still make one in a commit, of the little that is then left, when the log has
//! grown long (`wal_autocheckpoint` in `connection`).

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::Duration,
};

use crossbeam_channel::{Receiver, Sender, bounded};
use diesel::connection::SimpleConnection;

use super::{
    connection::{Connection, Link},
    error::StoreError,
    url::DatabaseUrl,
};

/// Claims that make the log about as long as SQLite by itself lets it become, a thousand pages.
const CLAIMS: usize = 256;
/// How long it rests in between, so that pages which change all the time are not written all the time.
const PAUSE: Duration = Duration::from_millis(100);

/// Tells the thread how many claims were written.
pub struct Checkpoints {
    written: AtomicUsize,
    due: Sender<()>,
}

impl Checkpoints {
    /// One end for the writer, the other for the thread.
    pub fn new() -> (Self, Receiver<()>) {
        let (due, waits) = bounded(1);
        let written = AtomicUsize::new(0);
        (Self { written, due }, waits)
    }

    /// So many claims were committed.
    pub fn wrote(&self, claims: usize) {
        let written = self.written.fetch_add(claims, Ordering::Relaxed) + claims;
        if written >= CLAIMS {
            self.written.store(0, Ordering::Relaxed);
            // One that is due already will see to these too.
            let _ = self.due.try_send(());
        }
    }
}

/// The life of the thread: until the other end is gone.
pub fn run(url: &DatabaseUrl, due: &Receiver<()>) {
    let mut link = Link::new(url.clone());
    for () in due {
        if let Err(error) = link.with(checkpoint) {
            tracing::warn!(%error, "the log could not be moved into the database; trying again later");
        }
        thread::sleep(PAUSE);
    }
}

fn checkpoint(connection: &mut Connection) -> Result<(), StoreError> {
    match connection {
        Connection::Sqlite(c) => Ok(c.batch_execute("PRAGMA wal_checkpoint(PASSIVE);")?),
        Connection::Postgres(_) => Ok(()),
    }
}
