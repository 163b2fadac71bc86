//! Lookups by key: keys that wait are looked up in one query.

use std::{collections::HashMap, hash::Hash};

use tokio::sync::oneshot;

use super::{
    connection::Connection,
    error::StoreError,
    group::{Grouped, Waiting},
    link::Link,
};

/// Waiting lookups from which a second thread helps.
pub const MANY_WAITING_LOOKUPS: usize = 16;

/// A key by which one row is found.
pub trait Lookup: Copy + Eq + Hash + Send + 'static {
    type Row: Clone + Send + 'static;

    /// The rows of those keys that have one, in any order.
    fn find(
        connection: &mut Connection,
        keys: &[Self],
    ) -> Result<Vec<(Self, Self::Row)>, StoreError>;
}

/// A lookup that waits.
pub struct LookUp<K>(pub K);

impl<K: Lookup> Grouped for LookUp<K> {
    type Answer = Option<K::Row>;
    const MANY_WAITING: usize = MANY_WAITING_LOOKUPS;

    fn answer(link: &mut Link, group: Vec<Waiting<Self>>) {
        // Several requests may ask for one key; those whose client hung up need no answer.
        let mut replies: HashMap<K, Vec<Reply<K>>> = HashMap::new();
        for Waiting { request, reply } in group {
            if !reply.is_closed() {
                replies.entry(request.0).or_default().push(reply);
            }
        }
        if replies.is_empty() {
            return;
        }
        let keys: Vec<K> = replies.keys().copied().collect();
        match link.with(|connection| K::find(connection, &keys)) {
            Ok(found) => {
                for (key, row) in found {
                    send(replies.remove(&key).unwrap_or_default(), Ok(Some(row)));
                }
                send(replies.into_values().flatten().collect(), Ok(None));
            }
            Err(error) => send(replies.into_values().flatten().collect(), Err(error)),
        }
    }
}

type Reply<K> = oneshot::Sender<Result<Option<<K as Lookup>::Row>, StoreError>>;

/// Sends one answer to all, and copies it for all but the last.
fn send<T: Clone>(mut replies: Vec<oneshot::Sender<T>>, answer: T) {
    let last = replies.pop();
    for reply in replies {
        let _ = reply.send(answer.clone());
    }
    if let Some(reply) = last {
        let _ = reply.send(answer);
    }
}
