//! Turns: of those who want to work on the same thing at once, one after the other does.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

/// Keys that may be known although nobody works on them.
const MAX_IDLE: usize = 1_024;

/// Whose turn it is, by what is worked on. Cheap to clone.
#[derive(Clone)]
pub struct Turns<K>(Arc<Mutex<HashMap<K, Arc<AsyncMutex<()>>>>>);

impl<K> Default for Turns<K> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K: Eq + Hash> Turns<K> {
    /// Waits until nobody else works on it. It is the caller's turn as long as the guard lives.
    pub async fn take(&self, key: K) -> OwnedMutexGuard<()> {
        let turn = {
            let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if turns.len() > MAX_IDLE {
                turns.retain(|_, turn| Arc::strong_count(turn) > 1);
            }
            Arc::clone(turns.entry(key).or_default())
        };
        turn.lock_owned().await
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn one_works_on_a_thing_at_a_time() {
        let turns = Turns::default();
        let first = turns.take(1).await;
        let other = turns.take(2).await;
        let second = timeout(Duration::from_millis(10), turns.take(1)).await;
        assert!(second.is_err(), "the first still works on it");
        drop((first, other));
        turns.take(1).await;
        for key in 0..2 * MAX_IDLE {
            turns.take(key).await;
        }
        assert!(turns.0.lock().unwrap().len() <= MAX_IDLE + 1);
    }
}
