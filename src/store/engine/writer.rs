//! Group commit: writes of one kind that wait are stored in one transaction and answered after its commit.
//!
//! While a group is committed, the next one gathers (`group`). A client that hangs up cancels nothing.
//!
//! - If a group fails because of one write, its writes are stored one by one, so that only the bad one fails.
//! - If the connection breaks, the whole group is stored again on a new one. The answer to a commit can be lost
//!   after the commit happened, so every write must recognise its own earlier attempt.
//! - Groups are sorted, so that two writers cannot deadlock.

use std::{cmp::Ordering, slice};

use super::{
    connection::Connection,
    error::StoreError,
    group::{Grouped, Waiting},
    link::Link,
};

/// Gauge: submissions and other writes that wait or are being written.
pub const QUEUED_WRITES: &str = "payerline_writer_queued_writes";
/// Histogram: claims written in one transaction.
pub const GROUP_SIZE: &str = "payerline_writer_batch_claims";

/// Waiting writes from which a second writer helps.
const MANY_WAITING_WRITES: usize = 64;

/// A write that is stored in one transaction with others of its kind.
pub trait GroupWrite: Sized + Send + 'static {
    type Stored: Send + 'static;

    /// The order in which every writer locks rows.
    fn order(&self, other: &Self) -> Ordering;

    /// About how many bytes it takes to store.
    fn bytes(&self) -> usize;

    /// Stores sorted writes in a transaction of their own: all of them or none. Returns what became of each.
    fn store(connection: &mut Connection, writes: &[Self])
    -> Result<Vec<Self::Stored>, StoreError>;
}

/// A write that waits to be stored.
pub struct QueuedWrite<W> {
    write: W,
    counted: CountedWrite,
}

impl<W> QueuedWrite<W> {
    pub fn new(write: W) -> Self {
        Self {
            write,
            counted: CountedWrite::new(),
        }
    }
}

impl<W: GroupWrite> Grouped for QueuedWrite<W> {
    /// The write itself comes back, so that its answer need not be read from the database.
    type Answer = (W, W::Stored);
    const MANY_WAITING: usize = MANY_WAITING_WRITES;

    fn bytes(&self) -> usize {
        self.write.bytes()
    }

    fn answer(link: &mut Link, mut group: Vec<Waiting<Self>>) {
        group.sort_by(|one, other| one.request.write.order(&other.request.write));
        metrics::histogram!(GROUP_SIZE)
            .record(f64::from(u32::try_from(group.len()).unwrap_or(u32::MAX)));
        let (writes, replies): (Vec<W>, Vec<_>) = group
            .into_iter()
            .map(|Waiting { request, reply }| (request.write, (reply, request.counted)))
            .unzip();
        let results = match store(link, &writes) {
            Ok(stored) => stored.into_iter().map(Ok).collect(),
            Err(error @ StoreError::Internal(_)) if writes.len() > 1 => {
                tracing::warn!(%error, claims = writes.len(), "a batch failed; storing its claims one by one");
                writes.iter().map(|write| store_one(link, write)).collect()
            }
            Err(error) => writes
                .iter()
                .map(|_| Err(error.clone()))
                .collect::<Vec<_>>(),
        };
        for ((write, (reply, _counted)), result) in writes.into_iter().zip(replies).zip(results) {
            // The write is stored even if nobody waits any more.
            let _ = reply.send(result.map(|stored| (write, stored)));
        }
    }
}

fn store<W: GroupWrite>(link: &mut Link, writes: &[W]) -> Result<Vec<W::Stored>, StoreError> {
    let stored = link.write(|connection| W::store(connection, writes));
    link.source.readiness.note(&stored);
    stored
}

fn store_one<W: GroupWrite>(link: &mut Link, write: &W) -> Result<W::Stored, StoreError> {
    let stored = store(link, slice::from_ref(write))?;
    let missing = || StoreError::Internal("a write without a result".to_owned());
    stored.into_iter().next().ok_or_else(missing)
}

/// A write that waits or is being written, as long as this lives.
pub struct CountedWrite(());

impl CountedWrite {
    pub fn new() -> Self {
        metrics::gauge!(QUEUED_WRITES).increment(1.0);
        Self(())
    }
}

impl Drop for CountedWrite {
    fn drop(&mut self) {
        metrics::gauge!(QUEUED_WRITES).decrement(1.0);
    }
}
