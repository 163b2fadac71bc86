//! The group-committing writer: what waits is written together and answered after one commit.
//!
//! A durable commit costs the same for one claim as for a few hundred. So submissions go through
//! a bounded queue to a thread that takes what waits, stores it in one transaction, commits,
//! and then answers every waiter. While it commits, the next batch gathers. A full queue is
//! [`StoreError::Busy`]; a client that hangs up cancels nothing.
//!
//! - A batch that fails otherwise than by a claim that is there already is tried again claim by claim, so that one
//!   bad claim fails alone.
//! - A batch whose connection broke is tried again as a whole on a new one. The answer to a commit
//!   can be lost after the commit happened: a claim found stored under its own id is then its own.
//! - Batches are sorted by (clinic, external id), so that two writers cannot deadlock.
//!
//! Other writes are rare: each is a job with a transaction of its own on the same threads.

use std::{
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
    slice,
};

use tokio::sync::oneshot;

use super::{
    checkpoints::{self, Checkpoints},
    connection::{Connection, Link},
    error::StoreError,
    url::DatabaseUrl,
    write::{Job, Outcome, QueuedClaim},
    write_queue::{Batch, Turn, WriteQueue},
};
use crate::store::claims::{
    batch::{self as claim_batch, Stored},
    submit::{ClaimRow, Details, Prepared},
};

/// Gauge: submissions and other writes that wait or are being written.
pub const QUEUE_DEPTH: &str = "payerline_writer_queue_depth";
/// Histogram: claims written in one transaction.
pub const BATCH_SIZE: &str = "payerline_writer_batch_size";

/// The life of a writer thread: until the queue is closed and has nothing left for it.
pub(crate) fn run(
    url: &DatabaseUrl,
    queue: &WriteQueue,
    turn: Turn,
    checkpoints: Option<&Checkpoints>,
) {
    let work = || {
        let mut link = Link::new(url.clone());
        while let Some(batch) = queue.take(turn) {
            let pages = checkpoints::pages(&batch);
            work_off(&mut link, batch);
            if let Some(checkpoints) = checkpoints {
                checkpoints.wrote(pages);
            }
        }
    };
    // Nothing here should panic. If something does, its waiters learn that their sender is gone,
    // and the thread goes on with a new connection: without it nothing would be stored any more.
    while catch_unwind(AssertUnwindSafe(work)).is_err() {
        tracing::error!("the writer panicked and starts again");
    }
}

fn work_off(link: &mut Link, mut batch: Batch<'_>) {
    let _leaving = Leaving(batch.len());
    let (claims, jobs) = (mem::take(&mut batch.claims), mem::take(&mut batch.jobs));
    if !claims.is_empty() {
        record_batch(claims.len());
        commit(link, claims);
    }
    if !jobs.is_empty() {
        batch.leave();
    }
    for job in jobs {
        job(link);
    }
}

/// Stores a batch and answers everybody in it.
fn commit(link: &mut Link, mut batch: Vec<QueuedClaim>) {
    batch.sort_by(|one, other| one.claim.key().cmp(&other.claim.key()));
    let (claims, answers): (Vec<_>, Vec<_>) = batch
        .into_iter()
        .map(|submission| (submission.claim.split(), submission.answer))
        .unzip();
    let (rows, details): (Vec<ClaimRow>, Vec<Details>) = claims.into_iter().unzip();

    let results = match store(link, &rows, &details) {
        Ok(stored) => stored.into_iter().map(Ok).collect(),
        Err(error @ StoreError::Internal(_)) if rows.len() > 1 => {
            tracing::warn!(%error, claims = rows.len(), "a batch failed; storing its claims one by one");
            one_by_one(link, &rows, &details)
        }
        Err(error) => rows.iter().map(|_| Err(error.clone())).collect(),
    };

    let claims = rows.into_iter().zip(details);
    for (((row, details), answer), result) in claims.zip(answers).zip(results) {
        let outcome = result.map(|stored| match stored {
            Stored::Created => Outcome::Created(Box::new(Prepared::join(row, details))),
            Stored::Replayed(claim) => Outcome::Replayed(claim),
            Stored::Conflict(id) => Outcome::Conflict(id),
        });
        // Nobody may be waiting any more: the claim is stored all the same.
        let _ = answer.send(outcome);
    }
}

fn store(
    link: &mut Link,
    rows: &[ClaimRow],
    details: &[Details],
) -> Result<Vec<Stored>, StoreError> {
    link.with(|connection| claim_batch::store(connection, rows, details))
}

fn one_by_one(
    link: &mut Link,
    rows: &[ClaimRow],
    details: &[Details],
) -> Vec<Result<Stored, StoreError>> {
    rows.iter()
        .zip(details)
        .map(|(row, details)| {
            let stored = store(link, slice::from_ref(row), slice::from_ref(details))?;
            let missing = || StoreError::Internal("a claim without an outcome".to_owned());
            stored.into_iter().next().ok_or_else(missing)
        })
        .collect()
}

/// Makes a job of work that needs a transaction, and tells where its result will be.
pub(crate) fn job<T: Send + 'static>(
    work: impl Fn(&mut Connection) -> Result<T, StoreError> + Send + 'static,
) -> (Job, oneshot::Receiver<Result<T, StoreError>>) {
    let (answer, result) = oneshot::channel();
    let job = move |link: &mut Link| {
        let outcome = link.with(|connection| connection.transaction(&work));
        // Nobody may be waiting any more: the work is done all the same.
        let _ = answer.send(outcome);
    };
    (Box::new(job), result)
}

/// Counts a write that joins the queue.
pub fn joined() {
    metrics::gauge!(QUEUE_DEPTH).increment(1.0);
}

/// Writes that leave the queue when this is dropped: done, refused, or given up in a panic.
pub struct Leaving(pub usize);

impl Drop for Leaving {
    fn drop(&mut self) {
        metrics::gauge!(QUEUE_DEPTH).decrement(approximate(self.0));
    }
}

fn record_batch(size: usize) {
    metrics::histogram!(BATCH_SIZE).record(approximate(size));
}

/// A small count as metrics want it.
fn approximate(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
