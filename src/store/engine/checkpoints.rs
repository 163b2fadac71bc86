//! SQLite's checkpoints on a thread of their own.
//!
//! By itself SQLite copies its log into the database inside the commit that makes the log long, which delays
//! everybody who waits for that commit. A `PASSIVE` checkpoint copies what it can and never holds up a writer.
//! Only a checkpoint that reaches the end of the log lets the log start again, so a commit still makes one when
//! the log has grown long (`wal_autocheckpoint` in `connection`); little is left to copy then.

use std::{convert::Infallible, time::Duration};

use crossbeam_channel::{Receiver, RecvTimeoutError};
use diesel::connection::SimpleConnection;

use super::{
    connection::{Connection, Link},
    error::StoreError,
    url::DatabaseUrl,
};

const CHECKPOINT_INTERVAL: Duration = Duration::from_millis(100);

/// The life of the thread: until the sender is dropped.
pub fn run(url: &DatabaseUrl, stop: &Receiver<Infallible>) {
    let mut link = Link::new(url.clone());
    while let Err(RecvTimeoutError::Timeout) = stop.recv_timeout(CHECKPOINT_INTERVAL) {
        if let Err(error) = link.with(checkpoint) {
            tracing::warn!(%error, "a checkpoint failed; the next one will copy what it left");
        }
    }
}

fn checkpoint(connection: &mut Connection) -> Result<(), StoreError> {
    match connection {
        Connection::Sqlite(c) => Ok(c.batch_execute("PRAGMA wal_checkpoint(PASSIVE);")?),
        Connection::Postgres(_) => Ok(()),
    }
}
