//! The thread that looks after a SQLite file: it makes checkpoints and watches the files.
//!
//! By itself SQLite copies its log into the database inside the commit that makes the log long, which delays
//! everybody who waits for that commit. A `PASSIVE` checkpoint copies what it can and never holds up a writer.
//! Only a checkpoint that reaches the end of the log lets the log start again, so a commit still makes one when
//! the log has grown long (`wal_autocheckpoint` in `open`); little is left to copy then.
//!
//! While a file is missing there are no such checkpoints: `files` says what is done then.

use std::{
    convert::Infallible,
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, RecvTimeoutError};

use super::files::SqliteFiles;

const INTERVAL: Duration = Duration::from_millis(100);
const DAMAGE_INTERVAL: Duration = Duration::from_secs(5);

/// The life of the thread: until the sender is dropped.
pub fn run(files: &SqliteFiles, stop: &Receiver<Infallible>) {
    let mut failed = false;
    let mut emptied = false;
    let mut looked_at = Instant::now();
    while let Err(RecvTimeoutError::Timeout) = stop.recv_timeout(INTERVAL) {
        let is_whole = files.check().is_ok();
        let done = if is_whole {
            files.checkpoint()
        } else {
            files.empty_log()
        };
        match &done {
            Err(error) if !failed => {
                tracing::warn!(%error, "a checkpoint failed; later ones will copy what it left");
            }
            Ok(()) if !is_whole && !emptied => {
                tracing::info!(
                    "the database file that the service has open holds all that was acknowledged"
                );
            }
            _ => {}
        }
        failed = done.is_err();
        emptied = !is_whole && !failed;
        if is_whole && looked_at.elapsed() >= DAMAGE_INTERVAL {
            files.look_for_damage();
            looked_at = Instant::now();
        }
    }
}
