//! The readers: a few threads with a connection each, and lookups that are asked together.
//!
//! A claim by its id and the caller behind a key are asked for with nearly every request. A
//! reader drains the lookups that wait and asks once for all of them. Everything else is a job of
//! its own: short ones (the ledger, readiness) go to a reader that takes no lists, so that slow lists
//! hold up neither claims nor probes.

use std::{
    collections::HashMap,
    hash::Hash,
    panic::{AssertUnwindSafe, catch_unwind},
};

use crossbeam_channel::Receiver;
use tokio::sync::oneshot;

use payerline_domain::access::Actor;

use super::{
    connection::{Connection, Link},
    error::StoreError,
    sql_types::Id,
    url::DatabaseUrl,
    write::Job,
};
use crate::store::{
    access::keys::{self, KeyHash},
    claims::row::{self as stored_claim, StoredClaim},
};

/// Reads that may wait; more are refused as busy.
pub const QUEUE: usize = 4096;
/// Lookups that are asked together at most.
const TOGETHER: usize = 256;
/// Lookups that are enough to be asked together: more wait for another thread.
pub const ENOUGH: usize = 16;

/// Who waits for a lookup.
type Answer<V> = oneshot::Sender<Result<Option<V>, StoreError>>;

/// Something looked up by its key.
pub enum Lookup {
    /// A claim by clinic and id.
    Claim((Id, Id), Answer<StoredClaim>),
    /// The caller behind a key.
    Caller(KeyHash, Answer<Actor>),
}

/// The life of a thread that looks up: until every sender is gone and the queue is empty.
pub fn look_up_all(url: &DatabaseUrl, lookups: &Receiver<Lookup>) {
    outlive_panics(|| {
        let mut link = Link::for_lookups(url.clone());
        for first in lookups {
            look_up(&mut link, first, lookups);
        }
    });
}

/// The life of a thread that reads anything else: until every sender is gone and the queue is empty.
pub fn run(url: &DatabaseUrl, jobs: &Receiver<Job>) {
    outlive_panics(|| {
        let mut link = Link::new(url.clone());
        for job in jobs {
            job(&mut link);
        }
    });
}

/// See the writer: nothing should panic, and the service outlives it if something does.
pub fn outlive_panics(work: impl Fn()) {
    while catch_unwind(AssertUnwindSafe(&work)).is_err() {
        tracing::error!("a thread of the store panicked and starts again");
    }
}

/// Answers a lookup together with those that wait behind it.
fn look_up(link: &mut Link, first: Lookup, lookups: &Receiver<Lookup>) {
    let (mut claims, mut callers) = (Waiting::new(), Waiting::new());
    let waiting = lookups.try_iter().take(TOGETHER - 1);
    for lookup in std::iter::once(first).chain(waiting) {
        match lookup {
            Lookup::Claim(key, answer) => wait_for(&mut claims, key, answer),
            Lookup::Caller(hash, answer) => wait_for(&mut callers, hash, answer),
        }
    }
    answer_all(link, callers, keys::callers);
    answer_all(link, claims, |connection, keys| {
        let rows = stored_claim::by_ids(connection, keys)?;
        Ok(rows.into_iter().map(|row| (row.key(), row)).collect())
    });
}

/// Those who wait, by what they wait for: several may wait for one thing.
type Waiting<K, V> = HashMap<K, Vec<Answer<V>>>;

fn wait_for<K: Eq + Hash, V>(waiting: &mut Waiting<K, V>, key: K, answer: Answer<V>) {
    // Who has hung up needs no answer, and reading changes nothing.
    if !answer.is_closed() {
        waiting.entry(key).or_default().push(answer);
    }
}

fn answer_all<K: Copy + Eq + Hash, V: Clone>(
    link: &mut Link,
    mut waiting: Waiting<K, V>,
    ask: impl Fn(&mut Connection, &[K]) -> Result<Vec<(K, V)>, StoreError>,
) {
    if waiting.is_empty() {
        return;
    }
    let keys: Vec<K> = waiting.keys().copied().collect();
    let found = match link.with(|connection| ask(connection, &keys)) {
        Ok(found) => found,
        Err(error) => {
            for answer in waiting.into_values().flatten() {
                let _ = answer.send(Err(error.clone()));
            }
            return;
        }
    };
    for (key, value) in found {
        let mut answers = waiting.remove(&key).unwrap_or_default();
        let last = answers.pop();
        for answer in answers {
            let _ = answer.send(Ok(Some(value.clone())));
        }
        if let Some(answer) = last {
            let _ = answer.send(Ok(Some(value)));
        }
    }
    for answer in waiting.into_values().flatten() {
        let _ = answer.send(Ok(None));
    }
}

/// Makes a job of work that only reads, and tells where its result will be.
pub fn job<T: Send + 'static>(
    work: impl Fn(&mut Connection) -> Result<T, StoreError> + Send + 'static,
) -> (Job, oneshot::Receiver<Result<T, StoreError>>) {
    let (answer, result) = oneshot::channel();
    let job = move |link: &mut Link| {
        if !answer.is_closed() {
            let _ = answer.send(link.with(&work));
        }
    };
    (Box::new(job), result)
}
