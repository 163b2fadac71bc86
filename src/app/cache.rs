//! One cache for all that is looked up with every request: values by key, in memory, for a limited time.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Values by key. A full cache is emptied: what is needed comes back with the next lookup.
pub struct Cache<K, V> {
    /// `None`: a value never grows old.
    max_age: Option<Duration>,
    max_entries: usize,
    entries: Mutex<Entries<K, V>>,
}

struct Entries<K, V> {
    by_key: HashMap<K, (Instant, V)>,
    /// Counts how often something was forgotten: a value loaded before that is not kept after it.
    generation: u64,
}

impl<K: Eq + Hash, V: Clone> Cache<K, V> {
    /// An empty cache whose values are used for `max_age` after they were asked for, or for ever.
    pub fn new(max_age: Option<Duration>, max_entries: usize) -> Self {
        let by_key = HashMap::new();
        Self {
            max_age,
            max_entries,
            entries: Mutex::new(Entries {
                by_key,
                generation: 0,
            }),
        }
    }

    /// The value of a key: the kept one, or else what `load` finds, which is kept. `None` is not kept.
    pub async fn get_or_load<E>(
        &self,
        key: K,
        load: impl Future<Output = Result<Option<V>, E>>,
    ) -> Result<Option<V>, E> {
        let generation = {
            let entries = self.lock();
            if let Some((asked, value)) = entries.by_key.get(&key)
                && self.max_age.is_none_or(|max_age| asked.elapsed() < max_age)
            {
                return Ok(Some(value.clone()));
            }
            entries.generation
        };
        let asked = Instant::now();
        let loaded = load.await?;
        let mut entries = self.lock();
        if entries.by_key.len() >= self.max_entries {
            entries.by_key.clear();
        }
        match &loaded {
            Some(value) if entries.generation == generation => {
                entries.by_key.insert(key, (asked, value.clone()));
            }
            _ => {
                entries.by_key.remove(&key);
            }
        }
        Ok(loaded)
    }

    /// Forgets one key, since its value changed.
    pub fn forget(&self, key: &K) {
        let mut entries = self.lock();
        entries.by_key.remove(key);
        entries.generation += 1;
    }

    /// Forgets every key.
    pub fn clear(&self) {
        let mut entries = self.lock();
        entries.by_key.clear();
        entries.generation += 1;
    }

    fn lock(&self) -> MutexGuard<'_, Entries<K, V>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    type Loaded = Result<Option<u8>, Infallible>;

    fn cache(max_age: Option<Duration>) -> Cache<&'static str, u8> {
        Cache::new(max_age, 2)
    }

    async fn get(cache: &Cache<&'static str, u8>, key: &'static str, value: u8) -> Option<u8> {
        let Ok(found) = cache
            .get_or_load(key, async { Loaded::Ok(Some(value)) })
            .await;
        found
    }

    #[tokio::test]
    async fn a_value_is_loaded_once_while_it_is_young() {
        let young = cache(None);
        assert_eq!(get(&young, "a", 1).await, Some(1));
        assert_eq!(get(&young, "a", 2).await, Some(1));
        let old = cache(Some(Duration::ZERO));
        assert_eq!(get(&old, "a", 1).await, Some(1));
        assert_eq!(get(&old, "a", 2).await, Some(2));
    }

    #[tokio::test]
    async fn a_forgotten_value_is_loaded_again() {
        let cache = cache(None);
        get(&cache, "a", 1).await;
        cache.forget(&"a");
        assert_eq!(get(&cache, "a", 2).await, Some(2));
        cache.clear();
        assert_eq!(get(&cache, "a", 3).await, Some(3));
    }

    #[tokio::test]
    async fn a_value_asked_for_before_a_change_is_not_kept_after_it() {
        let cache = cache(None);
        let load = async {
            cache.forget(&"a");
            Loaded::Ok(Some(1))
        };
        assert_eq!(cache.get_or_load("a", load).await, Ok(Some(1)));
        assert_eq!(get(&cache, "a", 2).await, Some(2));
    }

    #[tokio::test]
    async fn a_missing_value_is_asked_for_again() {
        let cache = cache(None);
        let missing = cache.get_or_load("a", async { Loaded::Ok(None) }).await;
        assert_eq!(missing, Ok(None));
        assert_eq!(get(&cache, "a", 2).await, Some(2));
    }

    #[tokio::test]
    async fn a_full_cache_is_emptied() {
        let cache = cache(None);
        for key in ["a", "b", "c"] {
            get(&cache, key, 1).await;
        }
        assert!(cache.lock().by_key.len() <= 2);
    }
}
