//! The cache for lookups of every request: it keeps values by key, in memory, for a limited time.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// A full cache is emptied, and lookups fill it again.
pub struct Cache<K, V> {
    /// `None`: values never expire.
    max_age: Option<Duration>,
    max_entries: usize,
    entries: Mutex<Entries<K, V>>,
}

struct Entries<K, V> {
    by_key: HashMap<K, Cached<V>>,
    /// Counts removals. A load that began before a removal may hold an old value, so its value is not kept.
    generation: u64,
}

struct Cached<V> {
    value: V,
    load_started: Instant,
    /// A caller is loading the value again.
    is_refreshing: bool,
}

impl<K: Eq + Hash, V: Clone> Cache<K, V> {
    /// Creates an empty cache whose values expire `max_age` after their load began, or never.
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

    /// Returns the cached value of a key, or loads and caches it. A `None` is not cached.
    ///
    /// From half of its age on, one caller refreshes a value while the others use it: otherwise all callers of a busy
    /// key would load it at the instant at which it expires.
    pub async fn get_or_load<E>(
        &self,
        key: K,
        load: impl Future<Output = Result<Option<V>, E>>,
    ) -> Result<Option<V>, E> {
        let generation = {
            let mut entries = self.lock();
            if let Some(cached) = entries.by_key.get_mut(&key) {
                if self.is_usable(cached) {
                    return Ok(Some(cached.value.clone()));
                }
                cached.is_refreshing = true;
            }
            entries.generation
        };
        let load_started = Instant::now();
        let loaded = load.await?;
        let mut entries = self.lock();
        if entries.by_key.len() >= self.max_entries {
            entries.by_key.clear();
        }
        match &loaded {
            Some(value) if entries.generation == generation => {
                let cached = Cached {
                    value: value.clone(),
                    load_started,
                    is_refreshing: false,
                };
                entries.by_key.insert(key, cached);
            }
            _ => {
                entries.by_key.remove(&key);
            }
        }
        Ok(loaded)
    }

    fn is_usable(&self, cached: &Cached<V>) -> bool {
        let Some(max_age) = self.max_age else {
            return true;
        };
        let age = cached.load_started.elapsed();
        age < max_age / 2 || (cached.is_refreshing && age < max_age)
    }

    /// Removes a key whose value has changed.
    pub fn remove(&self, key: &K) {
        let mut entries = self.lock();
        entries.by_key.remove(key);
        entries.generation += 1;
    }

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
    async fn a_value_is_loaded_once_until_it_expires() {
        let young = cache(None);
        assert_eq!(get(&young, "a", 1).await, Some(1));
        assert_eq!(get(&young, "a", 2).await, Some(1));
        let old = cache(Some(Duration::ZERO));
        assert_eq!(get(&old, "a", 1).await, Some(1));
        assert_eq!(get(&old, "a", 2).await, Some(2));
    }

    #[tokio::test]
    async fn a_removed_value_is_loaded_anew() {
        let cache = cache(None);
        get(&cache, "a", 1).await;
        cache.remove(&"a");
        assert_eq!(get(&cache, "a", 2).await, Some(2));
        cache.clear();
        assert_eq!(get(&cache, "a", 3).await, Some(3));
    }

    #[tokio::test]
    async fn a_load_that_began_before_a_removal_is_not_kept() {
        let cache = cache(None);
        let load = async {
            cache.remove(&"a");
            Loaded::Ok(Some(1))
        };
        assert_eq!(cache.get_or_load("a", load).await, Ok(Some(1)));
        assert_eq!(get(&cache, "a", 2).await, Some(2));
    }

    #[tokio::test]
    async fn a_missing_value_is_not_cached() {
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

    #[tokio::test]
    async fn one_caller_refreshes_a_value_while_the_others_use_it() {
        let max_age = Duration::from_millis(400);
        let cache = cache(Some(max_age));
        get(&cache, "a", 1).await;
        tokio::time::sleep(max_age * 5 / 8).await;
        let load = async {
            assert_eq!(get(&cache, "a", 2).await, Some(1));
            Loaded::Ok(Some(3))
        };
        assert_eq!(cache.get_or_load("a", load).await, Ok(Some(3)));
        assert_eq!(get(&cache, "a", 4).await, Some(3));
    }
}
